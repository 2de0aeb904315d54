"""An inventory with rules of one's own beside it, and what is said of them."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from sotpctl.inventory import Inventory, Loaded, load

INVENTORY = """\
sites: {waw: {}}
devices: {fw-1: {address: 192.0.2.1, site: waw}}
alerting: {log_patterns: [{name: vpn_lost, match: tunnel}]}
"""


def said(loaded: Loaded) -> list[str]:
    """Give every problem with its severity, as people read them."""
    return [f"{problem.severity}: {problem}" for problem in loaded.problems]


def written(folder: str, inventory: str = INVENTORY, **rules: str) -> Loaded:
    """Load an inventory in the working directory with a file of one group of one rule for each that is named."""
    Path("inventory.yaml").write_text(inventory)
    Path(folder).mkdir(parents=True, exist_ok=True)
    for name, rule in rules.items():
        Path(folder, f"{name}.yml").write_text(f"groups: [{{name: {name}, rules: [{rule}]}}]\n")
    return load(Path("inventory.yaml"))


def says_exactly(bad: Path, folder: str, inventory: str = INVENTORY) -> None:
    """Check what is said of a bad file in a folder: word for word what is recorded beside it.

    With `UPDATE_EXPECTED=1` in the environment it is recorded; read the diff.
    """
    written(folder, inventory)
    shutil.copy(bad, Path(folder, "own.yml"))
    loaded = load(Path("inventory.yaml"))
    found = "".join(f"{line}\n" for line in said(loaded))
    expected = bad.with_suffix(".expected")
    if os.environ.get("UPDATE_EXPECTED"):
        expected.write_text(found, encoding="utf-8")
    assert loaded.inventory is None
    assert found == expected.read_text(encoding="utf-8")


def resolved(root: Path, folder: str, settings: str, rules: Mapping[str, str]) -> Inventory:
    """Load an inventory with settings in `root`, beside it these rule files alone, by name without ending."""
    beside = root / folder
    beside.mkdir(parents=True, exist_ok=True)
    for old in beside.iterdir():
        old.unlink()
    for name, text in rules.items():
        (beside / f"{name}.yml").write_text(text)
    path = root / "inventory.yaml"
    path.write_text(f"settings: {settings}\nsites: {{waw: {{}}}}\ndevices: {{fw-1: {{address: 192.0.2.1}}}}\n")
    found = load(path)
    assert found.inventory, found.problems
    return found.inventory
