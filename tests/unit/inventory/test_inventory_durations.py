"""Durations: what is read is what is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sotpctl.inventory import durations


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("6s", 6), ("1m30s", 90), ("500ms", 0.5), ("90d", 7_776_000), ("1y2w", 32_745_600), ("1h1s", 3601), ("0s", 0)],
)
def test_reads_prometheus_durations(text: str, seconds: float) -> None:
    """The units and their order are those of Prometheus."""
    assert durations.seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "6", "6 s", "s", "1.5s", "1s1m", "-1s", "6S", "1m1m", "٣s"])
def test_refuses_anything_else(text: str) -> None:
    """No unit, a fraction, a wrong order or a sign is no duration."""
    with pytest.raises(ValueError, match="write it like"):
        durations.seconds(text)


@given(st.integers(0, 10**12))
def test_what_is_written_reads_back(milliseconds: int) -> None:
    """The canonical text of a duration means that duration."""
    assert durations.seconds(durations.text(milliseconds / 1000)) == milliseconds / 1000
