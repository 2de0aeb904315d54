"""Matchers are read as people type them, hold as Alertmanager's do, and survive being written."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sotpctl.alerts.matchers import Matcher, MatcherError, Op, escaped, from_api, one_of, parse


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("device=waw-core-1", Matcher("device", "=", "waw-core-1")),
        ("severity=~warning|info", Matcher("severity", "=~", "warning|info")),
        ('severity=~"warning|info"', Matcher("severity", "=~", "warning|info")),
        ("site!=krk", Matcher("site", "!=", "krk")),
        ("ifName!~Te.*", Matcher("ifName", "!~", "Te.*")),
        (" device = a b ", Matcher("device", "=", "a b ")),
        ("device=", Matcher("device", "=", "")),
        ("device=a=b", Matcher("device", "=", "a=b")),
        (r'device="a\"b\\c\nd"', Matcher("device", "=", 'a"b\\c\nd')),
        ('"odd name"="x"', Matcher("odd name", "=", "x")),
    ],
)
def test_alerts_a_matcher_is_read(text: str, found: Matcher) -> None:
    """All four operators, with and without quotes; in quotes backslashes escape."""
    assert parse(text) == found


@pytest.mark.parametrize(
    "text", ["", "device", "=x", "device==~", 'device="a', 'device="a"b', "device=~(", "a b=c", "{a=b}"]
)
def test_alerts_what_is_no_matcher_is_explained(text: str) -> None:
    """A mistake says what would be right; nothing is guessed."""
    with pytest.raises(MatcherError, match=r"write|regular expression|quote"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "labels", "holds"),
    [
        ("site=waw", {"site": "waw"}, True),
        ("site=waw", {"site": "wawa"}, False),
        ("site=~wa.", {"site": "wawa"}, False),
        ("site=~wa.|krk", {"site": "krk"}, True),
        ("site!=waw", {}, True),
        ("site!~.+", {}, True),
        ("site=", {}, True),
        ("site=~.*", {}, True),
        ("site=~.+", {}, False),
        ("site=~a.b", {"site": "a\nb"}, False),
    ],
)
def test_alerts_a_matcher_holds(text: str, labels: dict[str, str], holds: bool) -> None:
    """A regular expression is anchored; a label that is missing is empty."""
    assert parse(text).matches(labels) is holds


def test_alerts_bytes_that_are_no_text_are_refused() -> None:
    """Alertmanager would put a replacement character in their place, and hide something else."""
    with pytest.raises(MatcherError, match="no UTF-8"):
        parse("device=\udc80")


_TEXTS = st.text(max_size=12).filter(
    lambda text: text.isascii() or not any("\ud800" <= one <= "\udfff" for one in text)
)


@given(name=st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True), value=_TEXTS)
def test_alerts_a_matcher_survives_being_written(name: str, value: str) -> None:
    """Whatever the value, as text and as API v2's JSON it is the same matcher again."""
    ops: tuple[Op, Op] = ("=", "!=")
    for op in ops:
        one = Matcher(name, op, value)
        assert parse(str(one)) == one
        assert from_api(json.loads(json.dumps(one.to_api()))) == one


@given(values=st.sets(_TEXTS, min_size=1, max_size=5), other=_TEXTS)
def test_alerts_one_of_holds_for_exactly_these(values: set[str], other: str) -> None:
    """The regular expression of several texts matches them and no other."""
    found = one_of("x", values)
    assert all(found.holds(value) for value in values)
    assert found.holds(other) == (other in values)


def test_alerts_only_what_is_special_is_escaped() -> None:
    """Names stay readable: a hyphen and a blank are no special characters, in Go as in Python."""
    assert escaped("waw-core-1 é") == "waw-core-1 é"
    assert escaped("a.b{c}") == r"a\.b\{c\}"
