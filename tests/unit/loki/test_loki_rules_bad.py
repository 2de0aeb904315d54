"""Every mistake in a file of loki/rules gives its exact message: one file each in bad/, what is said beside it.

`UPDATE_EXPECTED=1 pytest tests/unit/loki/test_loki_rules_bad.py` writes what is said now; read the diff.
"""

from functools import partial
from pathlib import Path

import pytest

from sotpctl.inventory import load
from tests.unit.rule_files import INVENTORY as _INVENTORY
from tests.unit.rule_files import said as _said
from tests.unit.rule_files import says_exactly, written

_BAD = Path(__file__).parent / "bad"
_RULE = '{alert: %s, expr: "vector(1) > 0", labels: {severity: info}}'
_written = partial(written, "loki/rules")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", sorted(path.stem for path in _BAD.glob("*.yml")))
def test_loki_rules_say_exactly_this(name: str) -> None:
    """A bad file is described word for word as recorded, with the place in it, whatever else is wrong."""
    says_exactly(_BAD / f"{name}.yml", "loki/rules")


def test_loki_rules_are_one_with_each_other() -> None:
    """An alert of one name and the same labels stands in one file; a group's name may come again in another."""
    loaded = _written(a=_RULE % "Same", b=_RULE % "Same")
    (said,) = _said(loaded)
    assert said == (
        "error: loki/rules/b.yml:1:36: groups[0].rules[0].alert: another alert of this name with these labels stands "
        "at loki/rules/a.yml:1:36: keep one"
    )


def test_loki_rules_that_would_not_be_read_are_said(tmp_path: Path) -> None:
    """*.yaml and folders, which look like rules, are no silence; hidden files and a README are left alone."""
    _written(good=_RULE % "Good")
    (tmp_path / "loki/rules/noc").mkdir()
    for name in ("a.yaml", "README.md", ".a.yml.swp", ".hidden.yml"):
        (tmp_path / "loki/rules" / name).write_text("no: rules")
    why = "is not read, as rules are loki/rules/*.yml"
    assert _said(load(Path("inventory.yaml"))) == [
        f"error: loki/rules/a.yaml: {why}: call it *.yml",
        f"error: loki/rules/noc: {why}: move its files up into this folder",
    ]


def test_loki_rules_without_a_ruler_are_an_error() -> None:
    """With VictoriaLogs they would never alert: said where the store is chosen, with the ways out."""
    loaded = _written(f"settings: {{logs: {{store: victorialogs}}}}\n{_INVENTORY}", a=_RULE % "A", b=_RULE % "B")
    (said,) = _said(loaded)
    assert said == (
        "error: inventory.yaml:1:26: settings.logs.store: VictoriaLogs knows no LogQL, so that loki/rules/a.yml and "
        "1 more would never alert: make them alerting.log_patterns, which work with every store, or move them out of "
        "loki/rules"
    )


def test_loki_rules_of_a_loki_elsewhere_are_a_warning(tmp_path: Path) -> None:
    """SOTP configures the Loki on its endpoint; another one must be given them, and may keep what it records."""
    recorded = "{record: a:b, expr: vector(1)}"
    loaded = _written(f"settings: {{logs: {{url: 'https://loki.example.net'}}}}\n{_INVENTORY}", a=recorded)
    assert loaded.inventory
    (said,) = _said(loaded)
    assert said == (
        "warning: inventory.yaml:1:24: settings.logs.url: this Loki is not the one that SOTP configures: give it "
        "loki/rules/a.yml as rendered (build/loki/rules), by its ruler_storage or `lokitool rules sync`"
    )
    for ours in ("{endpoints: {loki: '[::1]:3200'}, logs: {url: 'http://[::1]:3200'}}", "{}"):
        (tmp_path / "inventory.yaml").write_text(f"settings: {ours}\n{_INVENTORY}")
        (warned,) = _said(load(Path("inventory.yaml")))
        assert "nobody can ask for it" in warned


def test_loki_rules_lie_in_the_folder_of_an_inventory_of_several_files(tmp_path: Path) -> None:
    """Beside the files of a directory, as every relative path of it; rules are no part of the inventory."""
    (tmp_path / "net/loki/rules").mkdir(parents=True)
    (tmp_path / "net/all.yaml").write_text(_INVENTORY)
    (tmp_path / "net/loki/rules/a.yml").write_text("groups: [{name: g}]")
    assert _said(load(Path("net"))) == ["error: net/loki/rules/a.yml:1:10: groups[0]: rules is missing"]
