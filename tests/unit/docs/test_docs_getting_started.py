"""docs/getting-started.md is true: its commands run in their order, in a folder of their own, with nothing running."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from sotpctl.cli.main import cli
from sotpctl.inventory import load
from sotpctl.inventory.assemble import default_endpoints
from sotpctl.verify import tools
from tests.ports import free_address
from tests.unit.docs.commands import ROOT, typed

TEXT = (ROOT / "docs" / "getting-started.md").read_text(encoding="utf-8")
# These need engines that run: the end-to-end tests have them; that the options exist is test_docs_commands' affair.
LIVE = {("stack", "up"), ("stack", "logs"), ("alerts", "list"), ("ack", "sw-1"), ("silence", "list")}
TOOLS = {"diff", "apply", "rollback", "render", "status"}  # need promtool and amtool, or what they let pass
EXIT = {"diff": {0, 2}, "status": {1}}  # `status`: nothing runs; else 0


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, and the inventory's environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SOTP_INVENTORY", raising=False)
    monkeypatch.setenv("MAIL_PASSWORD", "x")
    return tmp_path


def _offline() -> list[list[str]]:
    commands = [words[1:] for words in typed(TEXT) if words[0] == "sotpctl"]
    return [words for words in commands if tuple(words[:2]) not in LIVE]


def _run(words: list[str]) -> str:
    result = CliRunner().invoke(cli, words)
    said = f"sotpctl {' '.join(words)}: exit {result.exit_code}\n{result.output}"
    assert result.exit_code in EXIT.get(words[0], {0}), said
    assert result.exception is None or isinstance(result.exception, SystemExit), said
    if words[0] == "init":
        _move_to_closed_ports(Path("inventory.yaml"))
    return str(result.output)


def _move_to_closed_ports(inventory: Path) -> None:
    """Keep the commands away from engines that may run on this machine."""
    endpoints = ", ".join(f'{name}: "{free_address()}"' for name in sorted(default_endpoints()))
    text = inventory.read_text(encoding="utf-8")
    inventory.write_text(text.replace("settings:\n", f"settings:\n  endpoints: {{{endpoints}}}\n", 1), encoding="utf-8")


def test_the_commands_before_the_engines_run_in_order(here: Path) -> None:
    """What needs no engine and no tool: each succeeds, and the inventory is as the page says afterwards."""
    said = {" ".join(words): _run(words) for words in _offline() if words[0] not in TOOLS or "--no-verify" in words}
    assert len(said) > 10
    assert "ap-1" in next(text for line, text in said.items() if "ap-1" in line)
    inventory = load(here / "inventory.yaml").inventory
    assert inventory is not None
    assert set(inventory.devices) == {"gw-1", "sw-1", "srv-1", "sw-2"}
    assert inventory.devices["sw-2"].icmp.interval == 3
    assert [window.name for window in inventory.alerting.maintenance] == ["switch-swap"]


@pytest.mark.engines
def test_all_commands_run_in_order(here: Path) -> None:
    """With promtool and amtool: also render, diff, apply and rollback, though nothing runs yet."""
    if tools.find("promtool") is None or tools.find("amtool") is None:
        pytest.skip("no promtool or amtool: make engines")
    ran = _offline()
    said = {number: _run(words) for number, words in enumerate(ran)}
    applies = [said[number] for number, words in enumerate(ran) if words[0] == "apply"]
    assert len(applies) == 3
    assert "nothing runs yet: `sotpctl stack up` starts it" in applies[0]
    releases = {path.name for path in (here / ".sotp" / "releases").iterdir()}
    assert len(releases) == 2
    assert (here / ".sotp" / "current").readlink().name in applies[0]  # rollback went back to the first


def test_the_examples_of_the_inventory_load(tmp_path: Path) -> None:
    """Each yaml block is an inventory without an error or a warning."""
    examples = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    assert examples
    for body in examples:
        (tmp_path / "inventory.yaml").write_text(body, encoding="utf-8")
        assert [str(problem) for problem in load(tmp_path / "inventory.yaml").problems] == []


def test_what_stays_out_of_git_is_what_is_made(here: Path) -> None:
    """The lines that the page writes into .gitignore are the folders that the commands write."""
    (line,) = re.findall(r"printf '%s\\n' (.*) > \.gitignore", TEXT)
    _run(["init"])
    assert {".sotp/", "build/", "secrets/"} == set(line.split())
    inventory = load(here / "inventory.yaml").inventory
    assert inventory is not None
    assert inventory.settings.apply.directory == here / ".sotp"


def test_there_are_ten_steps() -> None:
    """They are numbered without a gap."""
    assert [int(number) for number in re.findall(r"^## (\d+)\. ", TEXT, re.MULTILINE)] == list(range(1, 11))
