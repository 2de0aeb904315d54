"""Every mistake in a file of prometheus/rules gives its exact message: promql/*.yml, what is said of each beside it.

`UPDATE_EXPECTED=1 pytest tests/unit/inventory/test_inventory_promql.py` writes what is said now; read the diff.
"""

from pathlib import Path

import pytest

from sotpctl.inventory import load
from sotpctl.inventory.shipped import shipped
from tests.unit.rule_files import INVENTORY, said, says_exactly, written

_BAD = Path(__file__).parent / "promql"
_FOLDER = "prometheus/rules"
_RULE = '{alert: %s, expr: "up == 0", labels: {severity: info}}'
_POLLED = """\
auths: {ro: {type: snmp, version: 2c, community: {env: COMMUNITY}}}
defaults: {snmp: {auth: ro, poll_interval: 300s}}
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", sorted(path.stem for path in _BAD.glob("*.yml")))
def test_promql_rules_say_exactly_this(name: str) -> None:
    """A bad file is described word for word as recorded, with the place in it, whatever else is wrong."""
    says_exactly(_BAD / f"{name}.yml", _FOLDER, _POLLED + INVENTORY)


def test_promql_rules_are_one_with_each_other_and_with_logql() -> None:
    """A group's name, and an alert of the same labels, stands in one file, be it in the other language."""
    loaded = written(_FOLDER, a=_RULE % "Same", b=_RULE % "Same")
    (again,) = said(loaded)
    assert again == (
        f"error: {_FOLDER}/b.yml:1:36: groups[0].rules[0].alert: another alert of this name with these labels stands "
        f"at {_FOLDER}/a.yml:1:36: keep one"
    )
    Path(_FOLDER, "b.yml").write_text(f"groups: [{{name: a, rules: [{_RULE % 'Other'}]}}]\n")
    (group,) = said(load(Path("inventory.yaml")))
    assert group == (
        f'error: {_FOLDER}/b.yml:1:17: groups[0].name: another group of these rules is called "a", '
        f"at {_FOLDER}/a.yml:1:17: choose another name"
    )
    Path(_FOLDER, "b.yml").unlink()
    (logql,) = said(written("loki/rules", a='{alert: Same, expr: "vector(1) > 0", labels: {severity: info}}'))
    assert logql == (
        f"error: {_FOLDER}/a.yml:1:36: groups[0].rules[0].alert: another alert of this name with these labels stands "
        "at loki/rules/a.yml:1:36: keep one"
    )


def test_promql_rules_that_would_not_be_read_are_said() -> None:
    """*.yaml and folders are no silence; a folder `tests` is promtool's, and hidden files are an editor's."""
    written(_FOLDER, good=_RULE % "Good")
    for folder in ("noc", "tests"):
        Path(_FOLDER, folder).mkdir()
        Path(_FOLDER, folder, "x.yml").write_text("no: rules")
    for name in ("a.yaml", "README.md", ".hidden.yml"):
        Path(_FOLDER, name).write_text("no: rules")
    why = "is not read, as rules are prometheus/rules/*.yml"
    assert said(load(Path("inventory.yaml"))) == [
        f"error: {_FOLDER}/a.yaml: {why}: call it *.yml",
        f"error: {_FOLDER}/noc: {why}: move its files up into this folder",
    ]


def test_promql_rules_names_of_ours_are_those_that_are_rendered() -> None:
    """Names that the sources make up are among them: alerts of a loop, series of a window, groups of a poll class."""
    ours = shipped({})
    assert {"DeviceDown", "FanFailed", "PowerSupplyFailed"} <= ours.alerts
    assert {"device:up:bool", "interface:in_bits:rate", "device:availability:ratio_1d"} <= ours.records
    assert {"reachability", "snmp-60s", "snmp-60s-packets"} <= ours.groups


def test_promql_rules_labels_may_be_routed() -> None:
    """Routes may name a label that only a rule or its group has, and its values; a typo in either is a question."""
    text = f"groups: [{{name: g, labels: {{team: vpn}}, rules: [{_RULE % 'A'}]}}]".replace("info}", "info, tier: gold}")
    written(_FOLDER)
    Path(_FOLDER, "a.yml").write_text(text)
    routes = "[{match: {team: vpn, tier: gold}, receiver: r}, {match: {teir: gold}, receiver: r}]"
    alerting = f"{{receivers: {{r: {{webhook: {{url: 'http://127.0.0.1'}}}}}}, routes: {routes}}}"
    inventory = Path("inventory.yaml")
    inventory.write_text(f"devices: {{fw-1: {{address: 192.0.2.1}}}}\nalerting: {alerting}\n")
    (question,) = load(inventory).problems
    assert question.message == 'nothing here has a label "teir"; did you mean "tier"?'
    inventory.write_text(inventory.read_text().replace("team: vpn", "team: vpm"))
    assert next(one.message for one in load(inventory).problems) == 'no team is called "vpm"; did you mean "vpn"?'
