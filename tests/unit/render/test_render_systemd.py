"""systemd units as text: the stack's own command lines, hardened, the same from every machine."""

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sotpctl.apply import Manifest
from sotpctl.inventory import Inventory
from sotpctl.render import plan
from sotpctl.render.systemd import DATA, quoted
from sotpctl.stack import parts

Loaded = Callable[[dict[str, Any]], Inventory]


@pytest.fixture
def engines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Engines on PATH that nobody starts."""
    for name in ("prometheus", "alertmanager"):
        (tmp_path / name).write_text("")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))


def _units(inventory: Inventory) -> dict[str, str]:
    files = plan(inventory, "").files
    return {Path(name).name: text.decode() for name, text in files.items() if name.startswith("systemd/")}


def _settings(unit: str) -> dict[str, str]:
    return dict(re.findall(r"(?m)^([A-Za-z]+)=(.*)$", unit))


def _words(unit: str) -> list[str]:
    return shlex.split(_settings(unit)["ExecStart"].replace("%%", "%").replace("$$", "$"))


@pytest.mark.usefixtures("engines")
@pytest.mark.parametrize("web", [None, {"config_file": "web.yml"}])
def test_render_systemd_flags_are_the_stacks(document: dict[str, Any], loaded: Loaded, web: Any) -> None:
    """Both ways to run start the same processes with the same flags; only programs and data stand elsewhere."""
    document["settings"] |= {"retention": "30d", "endpoints": {"icmp": "127.0.0.1:1", "prometheus": "[::1]:2"}}
    if web:
        document["settings"]["web"] = web
    inventory = loaded(document)
    manifest = Manifest.model_validate_json(plan(inventory, "").files["manifest.json"])
    native = {}
    for part in parts(inventory.settings, manifest):
        argv = [word.replace(f"{inventory.settings.apply.directory}/data", DATA) for word in part.argv]
        native[part.name] = argv[argv.index("exporters.main") + 1 :] if "exporters.main" in argv else argv[1:]
    units = _units(inventory)
    units.pop("sotp.target")
    rendered = {name[5:].removesuffix(".service"): _words(text) for name, text in units.items()}
    assert {name: words[1:] for name, words in rendered.items()} == native
    assert {words[0] for words in rendered.values()} == {"prometheus", "alertmanager", "sotp-exporter"}


def test_render_systemd_target_starts_everything(document: dict[str, Any], loaded: Loaded) -> None:
    """Enabling sotp.target is enough, and stopping it stops all."""
    units = _units(loaded(document))
    target = units.pop("sotp.target")
    assert _settings(target)["Wants"].split() == sorted(units)
    assert {_settings(unit)["PartOf"] for unit in units.values()} == {"sotp.target"}


def test_render_systemd_only_icmp_has_a_capability(document: dict[str, Any], loaded: Loaded) -> None:
    """CAP_NET_RAW for raw sockets, nothing for anybody else; nobody is root."""
    for name, unit in _units(loaded(document)).items():
        found = _settings(unit)
        if name == "sotp.target":
            continue
        wanted = "CAP_NET_RAW" if name == "sotp-icmp.service" else ""
        assert (found["CapabilityBoundingSet"], found["AmbientCapabilities"]) == (wanted, wanted), name
        assert (found["User"], found["NoNewPrivileges"], found["ProtectSystem"]) == ("sotp", "true", "strict")


def test_render_systemd_knows_no_path_of_this_machine(document: dict[str, Any], loaded: Loaded) -> None:
    """With absolute folders in the inventory, nothing of where it was rendered is in a unit."""
    document["settings"]["apply"]["directory"] = "/etc/sotp"
    document["settings"]["web"] = {"config_file": "/etc/sotp-web/web.yml"}
    inventory = loaded(document)
    text = "".join(_units(inventory).values())
    assert str(inventory.root) not in text
    assert str(Path(__file__).parents[3]) not in text
    assert set(re.findall(r"(?<![\w/])/\w+", text)) == {"/etc", "/var"}


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("--a=b", "--a=b"),
        ("", '""'),
        ("a b", '"a b"'),
        ("50%$X", "50%%$$X"),
        ('a"b', '"a\\"b"'),
        ("a\\b", '"a\\\\b"'),
        ("a\nb", '"a\\x0ab"'),
        ("é", "é"),
    ],
)
def test_render_systemd_quotes(word: str, text: str) -> None:
    """As systemd.service(5) and systemd.syntax(7) read it: no specifier, no variable, no second line."""
    assert quoted(word) == text
