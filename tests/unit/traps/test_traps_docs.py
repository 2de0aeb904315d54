"""docs/traps.md: its table is traps.yaml's, its examples load, and it names every metric and reason."""

import json
import re
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from exporters.kit.document import Document
from exporters.traps.app import TrapsService
from exporters.traps.config import ENGINE_ID, prepare
from exporters.traps.definitions import Family, built_in, load
from exporters.traps.fair import Limits
from exporters.traps.health import REASONS

PAGE = (Path(__file__).parents[3] / "docs" / "traps.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    """Return the page's block in a language."""
    return str(re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)[0])


def row(family: Family) -> str:
    """Return the table's row of a family."""
    platforms = ", ".join(sorted(family.platforms)) or "all"
    return f"| {family.name} | {platforms} | {family.source} | {', '.join(f'`{one.name}`' for one in family.traps)} |"


def test_the_table_is_the_files() -> None:
    """A row a family, in the file's order; the assertion's message is what belongs there."""
    table = PAGE.split("## What is named")[1].split("|---|---|---|---|\n")[1].split("\n\n")[0]
    expected = "\n".join(map(row, built_in().families))
    assert table == expected, expected


def test_the_yaml_of_the_page_is_one() -> None:
    """A vendor is added as the page says."""
    (family,) = load(block("yaml")).families
    assert family.traps[0].by == {"myFanState": {"ok": 5}}


def test_the_file_of_the_page_is_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With its secrets where it says; its limits are the defaults."""
    monkeypatch.setenv("SNMP_COMMUNITY", "public")
    (tmp_path / "auth").write_text("long enough")
    config = prepare(Document(**json.loads(block("json").replace("/etc/sotp/auth", str(tmp_path / "auth")))))
    assert config.limits == Limits()
    assert ENGINE_ID.hex() in PAGE


def test_the_page_names_everything() -> None:
    """Every metric with its labels, and every reason."""
    registry = CollectorRegistry()
    service = TrapsService(registry)
    families = list(registry.collect())
    assert len(families) > 5
    for family in families:
        name = f"{family.name}_total" if family.type == "counter" else family.name
        assert f"`{name}`" in PAGE or f"`{name}{{" in PAGE, name
    assert "`snmp_traps_received_total{device,trap}`" in PAGE
    assert "snmp_traps_received_total" in service.metrics_text()
    for reason in REASONS:
        assert f"`{reason}`" in PAGE, reason
