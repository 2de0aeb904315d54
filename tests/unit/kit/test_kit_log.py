"""Log lines: one event is one line that a log store can take apart."""

import json
import logging
import re
import sys
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from exporters.kit.log import JSONFormatter, LogfmtFormatter, fields

PAIR = re.compile(r'([^\s"=]+)=("(?:[^"\\]|\\.)*"|[^\s"=]*)(?: |\Z)')
TEXTS = st.text(st.characters(codec=None, exclude_categories=()))


def record(message: str, levelno: int = logging.INFO, **values: object) -> logging.LogRecord:
    """A record as a logger makes it."""
    made = logging.LogRecord("icmp", levelno, "app.py", 1, message, None, None)
    made.__dict__ |= fields(**values)
    return made


def parse(line: str) -> dict[str, str]:
    """Reads a logfmt line; every character of it must belong to a pair."""
    found, end = {}, 0
    while end < len(line):
        pair = PAIR.match(line, end)
        assert pair, line[end:]
        found[pair[1]] = json.loads(pair[2]) if pair[2].startswith('"') else pair[2]
        end = pair.end()
    return found


def test_a_line_reads_as_the_fields_it_was_made_of() -> None:
    """The line's exact shape: time in UTC, level, logger, message, then the fields; None is left out."""
    line = LogfmtFormatter().format(record("listening", address="127.0.0.1:1", why="a b", ok=True, count=3, no=None))
    head, _, rest = line.partition(" ")
    assert datetime.fromisoformat(head.removeprefix("ts=")).utcoffset() is not None
    assert rest == 'level=info logger=icmp msg="listening" address=127.0.0.1:1 why="a b" ok=true count=3'


@given(TEXTS, TEXTS)
def test_any_text_stays_on_one_line(message: str, value: str) -> None:
    """Newlines, quotes, control characters and lone surrogates come back out of both formats."""
    for line, back in (
        (LogfmtFormatter().format(record(message, value=value)), parse),
        (JSONFormatter().format(record(message, value=value)), json.loads),
    ):
        assert len(line.splitlines()) == 1
        line.encode()
        # JSON's escapes can't tell a surrogate pair from the character that it stands for.
        expected = json.loads(json.dumps([message, value]))
        assert [back(line)["msg"], back(line)["value"]] == expected


def test_levels_have_the_names_of_the_option() -> None:
    """Warn as in --log.level, not warning; critical counts as error."""
    lines = [parse(LogfmtFormatter().format(record("x", level))) for level in (10, 20, 30, 40, 50)]
    assert [line["level"] for line in lines] == ["debug", "info", "warn", "error", "error"]


def test_an_exception_is_two_fields() -> None:
    """What and where, on the same line; no traceback over many."""
    try:
        raise KeyError("a\nb")  # noqa: TRY301  # raised to be caught
    except KeyError:
        made = record("failed")
        made.exc_info = sys.exc_info()
    line = LogfmtFormatter().format(made)
    assert "\n" not in line
    assert parse(line)["error"] == r"KeyError: 'a\nb'"
    assert re.search(r"test_kit_log\.py:\d+$", parse(line)["where"])


def test_a_field_never_hides_the_head() -> None:
    """A field called level is kept beside the line's own level."""
    made = json.loads(JSONFormatter().format(record("x", level="critical", ts=1)))
    assert (made["level"], made["level_"], made["ts_"]) == ("info", "critical", 1)
