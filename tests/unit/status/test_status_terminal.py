"""What a terminal is given: safe, cut to its width, and without colours where none are wanted."""

import io
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sotpctl.cli.terminal import aligned, coloured, fit, width, working


@given(st.text(), st.integers(1, 100))
def test_any_text_fits(text: str, columns: int) -> None:
    """Never wider than asked for, and nothing in it that isn't seen."""
    cut = fit(text, columns)
    assert width(cut) <= columns
    assert cut.isprintable()


def test_a_text_that_fits_is_left_alone() -> None:
    """To the last column; an ellipsis takes the place of what doesn't."""
    assert fit("abcd", 4) == "abcd"
    assert fit("abcde", 4) == "abc…"
    assert fit("東京都", 6) == "東京都"
    assert fit("東京都", 5) == "東京…"


@given(st.lists(st.tuples(st.text(max_size=30), st.text(max_size=30), st.text(max_size=90)), min_size=1, max_size=5))
def test_columns_are_aligned_whatever_is_in_them(rows: list[tuple[str, str, str]]) -> None:
    """No line is too wide, each row is one line."""
    found = aligned(rows, (10, 10), 80)
    assert len(found) == len(rows)
    assert all(width(line) <= 80 and line.isprintable() for line in found)


def test_columns_start_where_they_do_in_every_row() -> None:
    """A wide character counts as two columns."""
    assert aligned([("東京", "x", "1"), ("a", "yy", "2")], (10, 10), 80) == ["東京  x   1", "a     yy  2"]


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [("NO_COLOR", "1", False), ("NO_COLOR", "", True), ("TERM", "dumb", False), ("X", "1", True)],
)
def test_colours_are_for_terminals_that_want_them(monkeypatch, name: str, value: str, wanted: bool) -> None:
    """NO_COLOR, when it isn't empty, and a dumb terminal get none; what is no terminal gets none ever."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv(name, value)
    assert coloured(_Terminal()) is wanted
    assert coloured(io.StringIO()) is False


def test_progress_is_a_line_that_goes_again(monkeypatch) -> None:
    """On a terminal it stands for as long as the work takes, also when that fails; off one nothing is said."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", terminal := _Terminal())
    shown = []

    def fail() -> None:
        shown.append(terminal.getvalue())
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"), working("checking 9 files"):
        fail()
    assert shown == ["checking 9 files …"]
    assert terminal.getvalue() == "checking 9 files …\r\x1b[2K"
    monkeypatch.setattr(sys, "stderr", pipe := io.StringIO())
    with working("checking 9 files"):
        pass
    assert pipe.getvalue() == ""
