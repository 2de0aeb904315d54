"""Interfaces' numbers as the dashboards ask for them, worked out by promtool from a past that is known."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from sotpctl.render.grafana.queries import queries
from sotpctl.verify import tools

pytestmark = pytest.mark.engines

Dashboards = dict[str, dict[str, Any]]


@pytest.fixture
def works_out(tmp_path: Path, dashboards: Dashboards) -> Any:
    """Let promtool compare what a query of the Interface page gives after an hour with a number, None for nothing."""
    promtool = tools.find("promtool")
    if promtool is None:
        pytest.skip("no promtool: make engines")

    def check(panel: str, ref: str, expected: float | None, **series: str) -> subprocess.CompletedProcess[str]:
        (query,) = (
            one
            for one in queries(dashboards["interface"], range_s=1800, device="sw", ifName="Gi0/1")
            if (one.panel, one.ref) == (panel, ref)
        )
        names = {name: f'interface:{name.replace("__", ":")}{{device="sw",ifName="Gi0/1"}}' for name in series}
        samples = [] if expected is None else [{"labels": "{}", "value": expected}]
        case = {
            "interval": "1m",
            "input_series": [{"series": names[name], "values": values} for name, values in series.items()],
            "promql_expr_test": [{"expr": query.expr, "eval_time": "1h", "exp_samples": samples}],
        }
        (tmp_path / "test.yml").write_text(yaml.safe_dump({"rule_files": [], "tests": [case]}))
        return subprocess.run(
            [promtool, "test", "rules", "test.yml"], cwd=tmp_path, capture_output=True, text=True, check=False
        )

    return check


@pytest.mark.parametrize(
    ("oper", "admin", "code"),
    [
        ("1x60", "1x60", 1),  # up
        ("1x45 0x15", "1x60", 0),  # down, and was up in the last half hour
        ("1x10 0x50", "1x60", 4),  # down for longer: unused
        ("1x45 0x15", "1x45 0x15", 2),  # switched off
        ("1x60", "0x60", 2),  # off, whatever it says of itself
        ("_x60", "_x60", None),  # nobody knows
    ],
)
def test_grafana_port_states(works_out: Any, oper: str, admin: str, code: float | None) -> None:
    """Down is what fell; what nobody uses, and what somebody switched off, is neither down nor up."""
    done = works_out("Interface", "A", code, oper_up__bool=oper, admin_up__bool=admin)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("most", "drawn"), [(24, None), (26, 100)])
def test_grafana_speed_is_drawn_where_traffic_comes_near(works_out: Any, most: int, drawn: float | None) -> None:
    """Of less than a quarter of the speed, the speed would make traffic a line on the floor."""
    done = works_out(
        "Traffic", "SpeedIn", drawn, speed__bits="100x60", in_bits__rate="1x60", out_bits__rate=f"1x50 {most} 1x9"
    )
    assert done.returncode == 0, done.stdout + done.stderr
