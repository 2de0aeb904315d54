"""How long a probe may take."""

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from exporters.kit.scrape import DEFAULT_S, HEADER, MOST_S, OFFSET_S, timeout


@pytest.mark.parametrize(
    ("said", "seconds"),
    [(None, DEFAULT_S - OFFSET_S), ("10", 9.5), ("1.5", 1.0), ("0.6", 0.3), ("1e308", MOST_S - OFFSET_S)],
)
def test_the_scrapes_time_less_the_offset(said, seconds):
    """Of little time half; a day at most, because timers take no larger numbers."""
    assert timeout(make_mocked_request("GET", "/", headers={HEADER: said} if said else {})) == pytest.approx(seconds)


@pytest.mark.parametrize("said", ["0", "-1", "nan", "inf", "5s", ""])
def test_what_is_no_time(said):
    """It is a 400 that quotes it."""
    with pytest.raises(web.HTTPBadRequest) as refused:
        timeout(make_mocked_request("GET", "/", headers={HEADER: said}))
    assert refused.value.text == f'{HEADER}: "{said}" is no number of seconds above 0\n'
