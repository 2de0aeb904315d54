"""The LogQL rules of docs/logs.md are taken as they are written, and the page names what there is."""

import re
from pathlib import Path

import yaml

from sotpctl.inventory import load
from sotpctl.inventory.rule_model import Group, Rule
from sotpctl.render import plan

_TEXT = (Path(__file__).parents[3] / "docs" / "logs.md").read_text(encoding="utf-8")
_SECTION = _TEXT.partition("## LogQL rules of your own\n")[2].partition("\n## ")[0]
_INVENTORY = """\
sites: {waw: {}}
roles: {vpn: {}}
devices: {waw-fw-1: {address: 192.0.2.1, site: waw, role: vpn}}
"""


def test_loki_rules_of_the_docs_are_taken(tmp_path: Path) -> None:
    """The example has no mistake, and is in the tree under its name."""
    (example,) = re.findall(r"```yaml\n# (loki/rules/\w+\.yml)\n(.*?)```", _SECTION, re.DOTALL)
    (tmp_path / "loki/rules").mkdir(parents=True)
    (tmp_path / example[0]).write_text(example[1])
    (tmp_path / "inventory.yaml").write_text(_INVENTORY)
    loaded = load(tmp_path / "inventory.yaml")
    assert [str(problem) for problem in loaded.problems] == []
    assert loaded.inventory
    rendered = yaml.safe_load(plan(loaded.inventory, "").files["loki/rules/fake/vpn.yml"])
    assert [rule["alert"] for rule in rendered["groups"][0]["rules"]] == ["TunnelsUnstable", "FirewallSilent"]


def test_loki_rules_keys_are_in_the_docs() -> None:
    """Every key that a file may have stands in the section."""
    keys = {info.alias or name for model in (Group, Rule) for name, info in model.model_fields.items()}
    assert {key for key in keys if not re.search(rf"\b{key}\b", _SECTION)} == set()
