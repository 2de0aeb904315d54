"""settings.snmp.modules: files of snmp_exporter's format, read and checked with the inventory."""

import re
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from exporters.snmp.modules import read
from sotpctl.inventory import Loaded, load
from sotpctl.inventory.explain import explain
from sotpctl.inventory.load import read_inventory

INVENTORY = """
settings: {snmp: {modules: ["snmp/*.yml"]}}
auths: {ro: {type: snmp, version: 2c, community: {env: SNMP_COMMUNITY}}}
defaults: {snmp: {auth: ro}}
devices:
  core-1: {address: 192.0.2.1, snmp: {modules: [clock]}}
"""
CLOCK = """
    modules:
      clock:
        walk: [1.3.6.1.2.1.25.1.2]
        metrics:
          - {name: hrSystemDate, oid: 1.3.6.1.2.1.25.1.2, type: DateAndTime, help: The clock}
"""
SECRETS = ("c4n4ry-community", "c4n4ry-auth-password", "c4n4ry-priv-password")
AUTHS = f"""
    # c4n4ry-comment: the old community
    auths:
      public_v2: {{version: 2}}
      corp_v2: {{version: 2, community: {SECRETS[0]}}}  # c4n4ry-comment
      corp-v3:
        version: 3
        username: sotp
        security_level: authPriv
        auth_protocol: SHA
        password: {SECRETS[1]}
        priv_protocol: AES
        priv_password: {SECRETS[2]}
        context_name: vrf
    # c4n4ry-comment: another one
"""

Write = Callable[..., Loaded]


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes an inventory and module files by name, and loads it as from its own folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "snmp").mkdir()

    def write(inventory: str = INVENTORY, **files: str) -> Loaded:
        (tmp_path / "inventory.yaml").write_text(inventory)
        for name, text in files.items():
            (tmp_path / "snmp" / f"{name}.yml").write_text(textwrap.dedent(text))
        return load(Path("inventory.yaml"))

    return write


def said(found: Loaded) -> list[str]:
    """Returns all problems as they are printed."""
    return [f"{problem.severity}: {problem}" for problem in found.problems]


def test_inventory_modules_are_read_as_they_are(loaded: Write) -> None:
    """A file without auths is taken byte for byte, comments too, under its path within the inventory's folder."""
    text = "# of ours\n" + textwrap.dedent(CLOCK)
    found = loaded(clock=text)
    assert said(found) == []
    assert found.inventory
    (file,) = found.inventory.settings.module_files
    assert (file.name, file.content.decode(), dict(file.modules)) == (
        "snmp/clock.yml",
        text,
        {"clock": "snmp/clock.yml:4"},
    )


@pytest.mark.parametrize("order", ["auths first", "auths last", "auths between", "one line"])
def test_inventory_modules_lose_their_auths(loaded: Write, order: str) -> None:
    """Neither a secret nor a comment beside it is in what is rendered; the modules are the same."""
    modules = textwrap.dedent(CLOCK).strip()
    auths = textwrap.dedent(AUTHS).strip()
    text = {
        "auths first": f"{auths}\n{modules}\n",
        "auths last": f"{modules}\n{auths}",
        "auths between": f"version: 2\n{auths}\n\n{modules}\n",
        "one line": yaml.safe_dump(yaml.safe_load(f"{auths}\n{modules}"), default_flow_style=True, width=10_000),
    }[order]
    found = loaded(clock=text)
    assert found.inventory
    content = found.inventory.settings.module_files[0].content
    assert b"c4n4ry" not in content
    assert b"auths" not in content
    assert read.parse("x", content).modules == read.parse("x", text.encode()).modules
    assert not any("c4n4ry" in line for line in said(found))


def test_inventory_modules_auths_are_told_as_the_inventory_has_them(loaded: Write) -> None:
    """A warning for each that holds a secret, with what to write; nothing of one that the inventory has already."""
    warnings = said(loaded(clock=AUTHS + CLOCK))
    start = "credentials in a module file have no effect, and belong in no file: write in the inventory's auths"
    lines = [
        "corp_v2: {type: snmp, version: 2c, community: {env: SNMP_CORP_V2_COMMUNITY}}",
        (
            "corp-v3: {type: snmp, version: 3, username: sotp, "
            "auth_protocol: SHA, auth_password: {env: SNMP_CORP_V3_AUTH_PASSWORD}, "
            "priv_protocol: AES128, priv_password: {env: SNMP_CORP_V3_PRIV_PASSWORD}, context: vrf}"
        ),
    ]
    assert warnings == [
        f"warning: snmp/clock.yml:5:12: auths.corp_v2: {start} {lines[0]}",
        f"warning: snmp/clock.yml:7:5: auths.corp-v3: {start} {lines[1]}",
    ]
    done = INVENTORY.replace("auths: {", f"auths: {{{', '.join(lines)}, ")
    assert said(loaded(done)) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            ("snmp/*.yml", "snmp/*.yaml"),
            '2:29: settings.snmp.modules[0]: no file matches "snmp/*.yaml"; a path begins in the inventory\'s folder',
        ),
        (
            ("[clock]", "[bgp, clok]"),
            '6:54: devices.core-1.snmp.modules[1]: no SNMP module is called "clok"; did you mean "clock"?',
        ),
        (
            ("[clock]", "[clock, bgp, clock]"),
            '6:61: devices.core-1.snmp.modules[2]: the module "clock" stands in this list twice',
        ),
        (
            ("{auth: ro}", "{auth: ro, modules: [printers]}"),
            (
                '4:39: defaults.snmp.modules[0]: no SNMP module is called "printers"; '
                "it is one of bgp, clock, if_mib, if_mib_32, ospf, profile"
            ),
        ),
    ],
)
def test_inventory_modules_mistakes_of_the_inventory(loaded: Write, change: tuple[str, str], problem: str) -> None:
    """A pattern that finds nothing, a module that nobody knows: with the place and what would be right."""
    found = loaded(INVENTORY.replace(*change), clock=CLOCK)
    assert found.inventory is None
    assert f"error: inventory.yaml:{problem}" in said(found)


def test_inventory_modules_mistakes_of_files_come_all_at_once(loaded: Write) -> None:
    """Each module's first mistake, a name defined twice, what is no YAML; a file's path is the user's own."""
    found = loaded(
        a=CLOCK.replace("DateAndTime", "DateAndTine") + "      other: {metrics: [], walks: []}\n",
        b=CLOCK,
        c="modules: [",
        d="modules: {x: {metrics: []}}\nmodule: 1\n",
    )
    assert found.inventory is None
    assert [re.sub("; there are .*|allow_.*", "[...]", line) for line in said(found)] == [
        'error: snmp/a.yml:6:61: modules.clock.metrics[0].type: no type is called "DateAndTine"[...]',
        'error: snmp/a.yml:7:24: modules.other: "walks" is no key here; known are [...]',
        "error: snmp/b.yml:3:3: modules.clock: is defined at snmp/a.yml:3, too; rename one of them",
        "error: snmp/c.yml:2:1: is no YAML: did not find expected node content",
        'error: snmp/d.yml:2:1: "module" is no key here; known are auths, modules, version',
    ]


def test_inventory_modules_may_lie_elsewhere(tmp_path: Path) -> None:
    """Outside of the inventory's folder a file is rendered under its own name; one that is named twice is one."""
    (tmp_path / "site").mkdir()
    (tmp_path / "clock.yml").write_text(textwrap.dedent(CLOCK))
    inventory = INVENTORY.replace('"snmp/*.yml"', f'"{tmp_path}/clock.yml", ../clock.yml, {tmp_path}/c*.yml')
    (tmp_path / "site" / "inventory.yaml").write_text(inventory)
    found = load(tmp_path / "site" / "inventory.yaml")
    assert said(found) == []
    assert found.inventory
    assert [file.name for file in found.inventory.settings.module_files] == ["clock.yml"]
    (tmp_path / "site" / "clock.yml").write_text("modules: {x: {metrics: []}}\n")
    (tmp_path / "site" / "inventory.yaml").write_text(INVENTORY.replace('"snmp/*.yml"', "clock.yml, ../clock.yml"))
    said_then = said(load(tmp_path / "site" / "inventory.yaml"))
    assert any("would be rendered under the name of" in line and "rename one of them" in line for line in said_then)


def test_inventory_modules_are_explained(loaded: Write) -> None:
    """Where a device's list of them stands, and where each of the user's own is defined."""
    loaded(clock=CLOCK)
    reading = read_inventory(Path("inventory.yaml"))
    assert reading.loaded.inventory
    assert reading.document
    settings = reading.loaded.inventory.settings
    rows = explain(reading.loaded.inventory.devices["core-1"], reading.document, reading.files, settings.module_files)
    found = {row.path: (row.value, row.source) for row in rows}
    assert found["snmp.modules"] == ("clock", "inventory.yaml:6 (devices.core-1)")
    assert found["snmp.modules.clock"] == ("a module of your own", "snmp/clock.yml:3")
