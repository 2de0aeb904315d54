"""The user's own SNMP modules in the rendered tree: whole, without a secret, and part of the revision."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exporters.kit import document as kit_document
from exporters.snmp.registry import Loader, written
from exporters.snmp.targets import prepare
from sotpctl.inventory import Inventory
from sotpctl.render.plan import plan
from sotpctl.render.write import write

CANARY = "c4n4ry-in-a-module-file"
MODULE = "{metrics: [{name: hrSystemDate, oid: 1.3.6.1.2.1.25.1.2, type: DateAndTime}]}"
FILE = "exporters/snmp/own/[clock].yml"

Loaded = Callable[[dict[str, Any]], Inventory]


@pytest.fixture
def own(document: dict[str, Any], loaded: Loaded, tmp_path: Path) -> Callable[[str], Inventory]:
    """Loads an inventory whose module file holds a text; a device of it is asked for the module `clock`."""
    document["settings"]["snmp"] = {"modules": ["own/*.yml"]}
    document["devices"]["core-1"]["snmp"] = {"modules": ["clock"]}
    (tmp_path / "own").mkdir()

    def load(text: str) -> Inventory:
        (tmp_path / "own" / "[clock].yml").write_text(text)
        return loaded(document)

    return load


def test_render_snmp_modules_are_what_the_exporter_reads(own: Callable[[str], Inventory], tmp_path: Path) -> None:
    """A rendered tree is whole: from any folder the exporter finds the file beside its own, and no secret is in it."""
    inventory = own(f"auths: {{corp: {{community: {CANARY}}}}}\nmodules: {{clock: {MODULE}}}\n")
    rendered = plan(inventory, "c")
    assert rendered.files[FILE] == f"modules: {{clock: {MODULE}}}\n".encode()
    assert FILE in json.loads(rendered.files["manifest.json"])["files"]
    assert not any(CANARY.encode() in content for content in rendered.files.values())

    write(rendered, tmp_path / "build", None)
    (tmp_path / "build").rename(tmp_path / "moved")
    (tmp_path / "current").symlink_to("moved")
    document = kit_document.read(tmp_path / "current" / "exporters" / "snmp.json")
    assert document.settings["modules"] == ["snmp/own/[[]clock].yml"]
    document.settings["auths"] = {"ro": {"version": "3", "username": "u"}}  # its secrets aren't this test's
    config = prepare(document, Loader(written()))
    assert config.specs["core-1"].modules == ("if_mib", "profile", "clock")
    assert "clock" in config.registry


def test_render_snmp_modules_change_the_revision(own: Callable[[str], Inventory]) -> None:
    """`apply` sees by it that the exporter must read them again: snmp.json itself says the same of both."""
    before, after = (
        plan(own(f"modules: {{clock: {MODULE.replace('DateAndTime', kind)}}}\n"), "c")
        for kind in ("DateAndTime", "gauge")
    )
    revisions = [json.loads(one.files["manifest.json"])["exporters"] for one in (before, after)]
    assert revisions[0]["snmp"] != revisions[1]["snmp"]
    assert {**revisions[0], "snmp": ""} == {**revisions[1], "snmp": ""}
    settings = [json.loads(one.files["exporters/snmp.json"])["settings"] for one in (before, after)]
    assert settings[0] == settings[1]
