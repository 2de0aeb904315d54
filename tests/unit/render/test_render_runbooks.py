"""docs/alerting.md and docs/runbooks hold what the rules hold: every alert, every recorded series, no other."""

import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from sotpctl.inventory import Inventory, load
from sotpctl.render import plan

Loaded = Callable[[dict[str, Any]], Inventory]
_DOCS = Path(__file__).parents[3] / "docs"
_TEXT = (_DOCS / "alerting.md").read_text(encoding="utf-8")
_RUNBOOKS = {path.stem: path.read_text(encoding="utf-8") for path in (_DOCS / "runbooks").glob("*.md")}
_RECORDED = (
    "reachability.yml",
    "quality.yml",
    "sotp.yml",
    "engines.yml",
    "snmp.yml",
    "snmp-60s.yml",
)  # others describe their series elsewhere
_SEVERITIES = ("critical", "warning", "info", "none")


@pytest.fixture
def rules(loaded: Loaded) -> dict[str, list[dict[str, Any]]]:
    """All rules of a minimal inventory with a device that is polled, by file."""
    auths = {"ro": {"type": "snmp", "version": "2c", "community": {"env": "SOTP_TEST_COMMUNITY"}}}
    files = plan(loaded({"auths": auths, "devices": {"a": {"address": "192.0.2.1", "snmp": {"auth": "ro"}}}}), "").files
    return {
        Path(name).name: [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]
        for name, text in files.items()
        if name.startswith("prometheus/rules/")
    }


def _alerts(rules: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return [rule for of_file in rules.values() for rule in of_file if "alert" in rule]


def test_render_runbooks_alerts_stand_in_the_table(rules: dict[str, list[dict[str, Any]]]) -> None:
    """The table names each alert once, with its severities, the longest time it must be true for, and its page."""
    found: dict[str, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    for rule in _alerts(rules):
        found[rule["alert"]][0].add(rule["labels"]["severity"])
        found[rule["alert"]][1].add(rule.get("for", ""))
    expected = [
        (name, name, ", ".join(sorted(severities, key=_SEVERITIES.index)), max(waits))
        for name, (severities, waits) in found.items()
    ]

    rows = re.findall(r"^\| \[(\w+)\]\(runbooks/(\w+)\.md\) \| ([\w, ]+) \| (\w*) ?\|", _TEXT, re.MULTILINE)
    assert sorted(rows) == sorted(expected)


def test_render_runbooks_series_stand_in_the_table(rules: dict[str, list[dict[str, Any]]]) -> None:
    """The table names each recorded series, and only such."""
    recorded = {rule["record"] for name in _RECORDED for rule in rules[name] if "record" in rule}
    table = _TEXT[_TEXT.index("## Numbers behind it") :]

    assert set(re.findall(r"`((?:device|site|interface):\w+:\w+)", table)) == recorded


def test_render_runbooks_each_alert_has_its_page_and_each_page_its_alert(
    rules: dict[str, list[dict[str, Any]]],
) -> None:
    """No alert wakes people without a page, no page speaks of an alert that is gone."""
    assert set(_RUNBOOKS) == {rule["alert"] for rule in _alerts(rules)}


@pytest.mark.parametrize("name", sorted(_RUNBOOKS))
def test_render_runbooks_have_their_sections(name: str) -> None:
    """What it means, how to check by commands or queries, what to do, when to ignore it; links lead to pages."""
    text = _RUNBOOKS[name]

    assert re.findall(r"^#+ .*", text, re.MULTILINE) == [f"# {name}", "## Check", "## Do", "## Ignore it when"]
    meaning, check, do, ignore = re.split(r"^## .*\n", text, flags=re.MULTILINE)
    assert len(meaning.split()) > 20
    assert "`" in check
    assert all(re.search(r"^- \S", part, re.MULTILINE) for part in (check, do, ignore))
    for link in re.findall(r"\]\(([^)]+)\)", text):
        assert (_DOCS / "runbooks" / link).resolve().exists(), link


@pytest.mark.parametrize("example", re.findall(r"```yaml\n((?!# prometheus/rules/).*?)```", _TEXT, re.DOTALL))
def test_render_runbooks_examples_load(tmp_path: Path, example: str) -> None:
    """Each example of docs/alerting.md that is no rule file is an inventory without an error or a warning."""
    (tmp_path / "inventory.yaml").write_text(example, encoding="utf-8")

    assert [str(problem) for problem in load(tmp_path / "inventory.yaml").problems] == []


def test_render_runbooks_links_of_the_page_lead_somewhere() -> None:
    """Relative links of docs/alerting.md exist."""
    for link in re.findall(r"\]\(([\w./]+)\)", _TEXT):
        assert (_DOCS / link).exists(), link
