"""Availability as the dashboards ask for it, worked out by promtool from a past that is known to the second."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from sotpctl.inventory import load
from sotpctl.render import data, rules
from sotpctl.render.grafana.queries import queries
from sotpctl.verify import tools

pytestmark = pytest.mark.engines

Dashboards = dict[str, dict[str, Any]]
_LABELS = 'device="sw",site="waw",role="core",team="noc"'
_WELL = 'device="well",site="krk",role="edge",team="noc"'
# Two hours in tiles of five minutes: an hour up, half an hour down, half an hour of which nothing is known.
_UP, _KNOWN, _ALWAYS = "_ 1x11 0x5 stale _x5", "_ 1x17 stale _x5", "_ 1x23"
_SERIES = {
    f"device:up:ratio_5m{{{_LABELS}}}": _UP,
    f"device:known:ratio_5m{{{_LABELS}}}": _KNOWN,
    f"device:state:code{{{_LABELS}}}": "1x12 2x5 0x6",
    f"device:up:ratio_5m{{{_WELL}}}": _ALWAYS,
    f"device:known:ratio_5m{{{_WELL}}}": _ALWAYS,
    f"device:state:code{{{_WELL}}}": _ALWAYS,
}


@pytest.fixture
def works_out(tmp_path: Path, dashboards: Dashboards) -> Any:
    """Let promtool compare what a panel's query gives for a device with a number."""
    promtool = tools.find("promtool")
    if promtool is None:
        pytest.skip("no promtool: make engines")
    path = tmp_path / "inventory.yaml"
    path.write_text("devices: {sw: {address: 192.0.2.1}}\n")
    inventory = load(path).inventory
    assert inventory
    (tmp_path / "rules.yml").write_bytes(rules.build(inventory, data.files("rules", ".yml"))["dashboards.yml"])

    def check(
        page: str, panel: str, expected: float, site: str = ".*", device: str = ".*"
    ) -> subprocess.CompletedProcess[str]:
        (query,) = (
            one
            for one in queries(dashboards[page], range_s=7200, objective="0.5", site=site, device=device)
            if one.panel == panel
        )
        case = {
            "interval": "5m",
            "input_series": [{"series": name, "values": values} for name, values in _SERIES.items()],
            "promql_expr_test": [
                {
                    "expr": f"round({query.expr}, 0.0001)",
                    "eval_time": "2h",
                    "exp_samples": [{"labels": "{}", "value": expected}],
                }
            ],
        }
        document = {"rule_files": ["rules.yml"], "evaluation_interval": "5m", "tests": [case]}
        (tmp_path / "test.yml").write_text(yaml.safe_dump(document))
        return subprocess.run(
            [promtool, "test", "rules", "test.yml"], cwd=tmp_path, capture_output=True, text=True, check=False
        )

    return check


@pytest.mark.parametrize(
    ("panel", "expected"),
    [
        ("Availability", 0.6667),  # 60 of the 90 minutes that are known
        ("Unknown time", 0.25),  # 30 of 120 minutes
        ("Time not up", 1800),
        ("Error budget left", 0.3333),  # of half of 90 minutes that may be down, 30 are used
    ],
)
def test_grafana_availability_of_a_device(works_out: Any, panel: str, expected: float) -> None:
    """Missing data is neither up nor down, and has its own number."""
    done = works_out("availability", panel, expected, device="sw")
    assert done.returncode == 0, done.stdout + done.stderr


def test_grafana_availability_of_all(works_out: Any) -> None:
    """Of two devices, every known second counts alike: 180 of 210 minutes."""
    done = works_out("availability", "Availability", 0.8571)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("site", "expected"), [(".*", 0.8571), ("waw", 0.6667), ("krk", 1)])
def test_grafana_fleet_and_availability_agree(works_out: Any, site: str, expected: float) -> None:
    """The tile on Fleet, from sums by site, is the number that Availability works out from devices."""
    for page, panel in (("fleet", "Availability, 24 h"), ("availability", "Availability")):
        done = works_out(page, panel, expected, site=site)
        assert done.returncode == 0, done.stdout + done.stderr
