"""`sotpctl device`, `init`, `completion` and `validate --format github`, as people call them."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sotpctl.cli.completion import device_names
from sotpctl.cli.main import cli
from sotpctl.inventory import load

_EXAMPLE = Path(__file__).parents[3] / "inventory.yaml"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a copy of the example."""
    shutil.copy(_EXAMPLE, tmp_path / "inventory.yaml")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "inventory.yaml"


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def test_set_by_selector(here: Path) -> None:
    """A selector sets a key on all that match, and says how much changed."""
    result = _run("device", "set", "-s", "role=server,site=krk", "team=lab", "icmp.interval=3s")
    assert (result.exit_code, result.stderr) == (0, "inventory.yaml: 2 devices changed\n")
    inventory = load(here).inventory
    assert inventory is not None
    assert {one.name for one in inventory.devices.values() if one.team == "lab"} == {"krk-srv-1", "krk-srv-2"}


def test_dry_run_writes_nothing(here: Path) -> None:
    """--dry-run prints the diff on stdout, and the file is as before."""
    result = _run("device", "set", "waw-acc-1", "team=core", "--dry-run")
    assert [line for line in result.stdout.splitlines()[2:] if line[0] in "+-"] == ["+    team: core"]
    assert here.read_bytes() == _EXAMPLE.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("set", "waw-acc-1", "tema=core"), 'tema: unknown key "tema"; did you mean "team"?'),
        (("set", "waw-acc-1", "role=none"), 'devices.waw-acc-1.role: no role is called "none"'),
        (("set", "waw-acc1", "team=core"), 'no device is called "waw-acc1"; did you mean "waw-acc-1"?'),
        (("set", "waw-acc-1"), "say what to set"),
        (("set", "team=core"), "say which devices"),
        (("set", "-s", "rol=x", "team=core"), 'no device has a label "rol"; did you mean "role"?'),
        (("set", "-s", "role=x", "team=core"), "no device matches role=x; nothing was done"),
        (("add", "waw-fw-1", "address=192.0.2.200"), 'a device is called "waw-fw-1" already'),
        (("add", "../../x", "address=192.0.2.200"), '"../../x" is no name for a device'),
        (("add", "new"), "devices.new: address is missing"),
        (("add", "new", "address"), '"address" is no setting'),
        (("rm", "waw-fw-1"), "settings.prober: waw-fw-1\nstill named in 5 places; nothing was done"),
    ],
)
def test_a_mistake_writes_nothing(here: Path, arguments: tuple[str, ...], said: str) -> None:
    """A mistake is explained, exit code 1, no traceback, and not a byte is written."""
    result = _run("device", *arguments)
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    assert said in result.stderr
    assert here.read_bytes() == _EXAMPLE.read_bytes()


def test_rm_of_a_leaf(here: Path) -> None:
    """What nobody names is removed."""
    assert _run("device", "rm", "waw-host-8", "waw-host-7").stderr == "inventory.yaml: 2 devices removed\n"
    assert "waw-host-8" not in here.read_text(encoding="utf-8")


def test_a_broken_inventory_can_be_mended(here: Path) -> None:
    """`set NAME` needs no sound inventory before, only after."""
    text = here.read_text(encoding="utf-8").replace("platform: cisco-ios\n", "platform: cisco-isoxe\n")
    here.write_text(text, encoding="utf-8")
    assert _run("validate").exit_code == 1
    assert _run("device", "set", "waw-acc-1", "platform=cisco-ios").exit_code == 0
    assert _run("validate").exit_code == 0


def test_list_and_show() -> None:
    """`list` gives names for people and objects for scripts; `show` gives the text as written."""
    rows = _run("device", "list", "-s", "role=core,site=waw").stdout.splitlines()
    assert [row.split()[0] for row in rows] == ["waw-core-1", "waw-core-2"]
    (one,) = json.loads(_run("device", "list", "-s", "device=krk-srv-1", "--output", "json").stdout)
    assert one["labels"]["site"] == "krk"
    shown = _run("device", "show", "waw-acc-1")
    assert shown.stdout.startswith("waw-acc-1:\n  address: 192.0.2.21\n")
    line = int(shown.stderr.split(":")[1])
    assert "waw-acc-1:" in _EXAMPLE.read_text(encoding="utf-8").splitlines()[line - 1]


def test_init_writes_what_validates(tmp_path: Path) -> None:
    """The starter is right without a warning, has its schema beside it, and is never written over anything."""
    assert _run("init", "first.yaml").exit_code == 0
    assert load(tmp_path / "first.yaml").problems == ()
    assert json.loads((tmp_path / "inventory.schema.json").read_text(encoding="utf-8"))["properties"]
    again = _run("init", "first.yaml")
    assert (again.exit_code, again.stderr) == (1, "first.yaml exists already; nothing was written\n")
    assert "can't be written" in _run("init", "no/such/folder.yaml").stderr


def test_github_annotations(here: Path) -> None:
    """Each problem is a workflow command on stdout, escaped by GitHub's rules."""
    (here.parent / "a,b%.yaml").write_text('devices: {a: {address: "50%\\n"}}\n')
    result = _run("validate", "-i", "a,b%.yaml", "--format", "github")
    assert result.exit_code == 1
    want = '::error file=a%2Cb%25.yaml,line=1,col=24::devices.a.address: "50%25\\n" is no IPv4 address'
    assert result.stdout.startswith(want)
    here.write_text("devices: {a: {address: 192.0.2.1, icmp: {interval: 1m}}}\n")
    assert _run("validate", "--format", "github").stdout.startswith("::warning file=inventory.yaml,line=1,col=")


@pytest.mark.parametrize("text", ["devices: [", "devices:\n  - a\n", "\x00", ""])
def test_completion_is_quiet(here: Path, text: str) -> None:
    """A broken inventory completes nothing and says nothing."""
    assert len(device_names(here)) == 24
    here.write_text(text)
    assert device_names(here) == []
    assert device_names(here / "no") == []
