"""What the exporters write, read by the real promtool."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import exporters
from exporters.kit.exposition import header, label_text, samples, series

pytestmark = pytest.mark.engines
ROOT = Path(exporters.__file__).parents[1]


@pytest.fixture
def promtool() -> Callable[[str], set[str]]:
    """Gives a text to `promtool check metrics`; returns what the parser and the linter complain about."""
    local = ROOT / ".engines" / "bin" / "promtool"
    found = str(local) if local.exists() else shutil.which("promtool")
    if found is None:
        pytest.skip("no promtool: run `make engines`")

    def check(text: str) -> set[str]:
        done = subprocess.run([found, "check", "metrics"], input=text.encode(), capture_output=True, check=False)
        return {*(done.stdout + done.stderr).decode().splitlines()}

    return check


def test_promtool_sees_a_mistake(promtool: Callable[[str], set[str]]) -> None:
    """The check itself works: a value that is no number is a parse error."""
    assert any("error while linting" in line for line in promtool("x one\n"))


def test_promtool_reads_every_number_and_label(promtool: Callable[[str], set[str]]) -> None:
    """Nasty labels and numbers make no complaint, neither from the parser nor from the linter."""
    nasty = ["", "\\", '"', "\n", "\\n", "}", "{", ",", "=", "#", " ", "é", "\u2028", "\ud800", "\U0001f4a1", "\x00"]
    numbers: list[float] = [0, -1, 2**64, 10**400, 1e-320, 1e308, float("inf"), float("-inf"), float("nan"), True, 0.1]
    rows: list[tuple[str, float]] = [(series("sotp_x", label_text({"device": text})), 1) for text in nasty]
    rows += [(series("sotp_y_bytes_total", label_text({"n": str(n)})), value) for n, value in enumerate(numbers)]
    half = len(nasty)
    text = header("sotp_x", "gauge", 'A "help"\\ over\ntwo lines.') + samples(rows[:half])
    text += header("sotp_y_bytes_total", "counter", "All numbers.") + samples(rows[half:])
    assert promtool(text) == set()


def test_promtool_has_nothing_to_say_about_facts(
    promtool: Callable[[str], set[str]], facts: Any, fetch: Any, rewrite: Any
) -> None:
    """All of /metrics with a window open passes; only the MIB's own name, ifName, is remarked on."""
    always = {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "from": "00:00", "to": "24:00"}
    window = {"name": "x", "devices": ["a"], "weekly": always, "timezone": "Europe/Warsaw"}
    limit = {"ifName": "Te1/0/1", "metric": "cpu", "severity": "warning", "value": 0.8}
    settings = {"commit": "", "expected_targets": {"icmp": 1}, "links": [["a", "x", "b", "y"]], "maintenance": [window]}
    rewrite(settings=settings, targets={"a": {"dependents": 3, "thresholds": [limit]}})
    _, text = fetch(facts().address(), "/metrics")
    assert 'sotp_maintenance{device="a"} 1\n' in text
    complaint = "label names should be written in 'snake_case' not 'camelCase'"
    names = ("sotp_link_info", "sotp_link_first", "sotp_threshold")
    assert promtool(text) == {f"{name} {complaint}" for name in names}
