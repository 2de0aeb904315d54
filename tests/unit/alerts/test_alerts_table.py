"""Tables of `sotpctl alerts list` and `maintenance list` on narrow terminals and off any."""

import pytest

from sotpctl.alerts.table import table
from sotpctl.cli.terminal import columns

ROWS = [
    ["SEVERITY", "FOR", "ALERT", "DEVICE", "SITE", "SUMMARY"],
    [
        "none",
        "25m",
        "DeviceUnreachable",
        "nyc-core-1",
        "nyc",
        "nyc-core-1 can't be reached: all that leads to it is down",
    ],
]


@pytest.mark.parametrize("width", [55, 60, 80, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """The summary gives way, so that an alert stays on its line."""
    assert max(map(len, table(ROWS, width))) <= width
    assert "DeviceUnreachable  nyc-core-1  nyc" in table(ROWS, width)[1]


def test_off_a_terminal_nothing_is_cut(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """For grep a line is whole, as wide as it may be; COLUMNS says otherwise."""
    del capfd  # stdout is a file
    monkeypatch.delenv("COLUMNS", raising=False)
    assert table(ROWS, columns())[1].endswith("is down")
    monkeypatch.setenv("COLUMNS", "70")
    assert columns() == 70
