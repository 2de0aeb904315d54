"""docs/alerting.md is true of rules of one's own: the example is taken, and every key that a file may have is named."""

import re
from pathlib import Path

import yaml

from sotpctl.inventory import load
from sotpctl.inventory.rule_model import PromqlGroup, PromqlRule
from sotpctl.render import plan

_TEXT = (Path(__file__).parents[3] / "docs" / "alerting.md").read_text(encoding="utf-8")
_SECTION = _TEXT.partition("## Rules of your own\n")[2].partition("\n## ")[0]
_FILES = dict(re.findall(r"```yaml\n# (prometheus/rules/\S+\.yml)\n(.*?)```", _SECTION, re.DOTALL))
_INVENTORY = """\
sites: {waw: {}}
roles: {edge: {}}
devices: {waw-edge-1: {address: 192.0.2.1, site: waw, role: edge}}
"""


def test_docs_alerting_rules_of_ones_own_are_taken(tmp_path: Path) -> None:
    """The example and its test lie where the page says, without a mistake; the rules are rendered, the test isn't."""
    (tmp_path / "inventory.yaml").write_text(_INVENTORY)
    for name, text in _FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    loaded = load(tmp_path / "inventory.yaml")
    assert [str(problem) for problem in loaded.problems] == []
    assert loaded.inventory
    own = {name: text for name, text in plan(loaded.inventory, "").files.items() if "/own-" in name}
    (group,) = yaml.safe_load(own.pop("prometheus/rules/own-uplinks.yml"))["groups"]
    assert [rule.get("alert", "") for rule in group["rules"]] == ["", "UplinkQuiet", "SiteTrafficMissing"]
    assert not own
    assert len(_FILES) == 2


def test_docs_alerting_names_every_key() -> None:
    """Every key that a file may have stands in the section."""
    keys = {info.alias or name for model in (PromqlGroup, PromqlRule) for name, info in model.model_fields.items()}
    assert {key for key in keys if not re.search(rf"\b{key}\b", _SECTION)} == set()
