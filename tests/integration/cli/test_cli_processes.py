"""What only real processes show: edits at once, completion in a shell, start-up without the models."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sotpctl.inventory import load
from sotpctl.inventory.assemble import default_endpoints
from tests.ports import free_address

_ROOT = Path(__file__).parents[3]
_CTL = [sys.executable, "-m", "sotpctl.cli.main"]
_ENV = {**os.environ, "PYTHONPATH": str(_ROOT)}


def test_edits_at_once_lose_none(tmp_path: Path) -> None:
    """Eight edits started at once are all in the file: the lock makes each read what the one before wrote."""
    shutil.copy(_ROOT / "inventory.yaml", tmp_path)
    names = [f"waw-host-{number}" for number in range(1, 9)]
    started = [
        subprocess.Popen([*_CTL, "device", "set", name, f"labels.n=n{name[-1]}"], cwd=tmp_path, env=_ENV)
        for name in names
    ]
    assert [one.wait(120) for one in started] == [0] * 8
    inventory = load(tmp_path / "inventory.yaml").inventory
    assert inventory is not None
    assert [inventory.devices[name].labels.get("n") for name in names] == [f"n{name[-1]}" for name in names]
    assert [one.name for one in tmp_path.iterdir()] == ["inventory.yaml"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_sound(shell: str) -> None:
    """Each script is taken by its shell; a shell that is not here is skipped."""
    script = subprocess.run([*_CTL, "completion", shell], env=_ENV, capture_output=True, text=True, check=True).stdout
    assert "_SOTPCTL_COMPLETE" in script
    binary = shutil.which(shell)
    if binary is None:
        pytest.skip(f"no {shell} here")
    subprocess.run([binary, "-n"], input=script, text=True, check=True)


def test_bash_completes_devices(tmp_path: Path) -> None:
    """A TAB behind `explain waw-c` gives the devices that begin so; the models are not loaded."""
    shutil.copy(_ROOT / "inventory.yaml", tmp_path)
    env = {**_ENV, "_SOTPCTL_COMPLETE": "bash_complete", "COMP_WORDS": "sotpctl explain waw-c", "COMP_CWORD": "2"}
    code = (
        "import sys\nfrom sotpctl.cli.main import cli\n"
        "try: cli.main(args=[], prog_name='sotpctl')\n"
        "finally: sys.stderr.write(' '.join(m for m in sys.modules if m in ('pydantic', 'yaml')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["plain,waw-core-1", "plain,waw-core-2"]
    assert done.stderr == ""
    env["COMP_WORDS"] = "sotpctl device set waw-f"
    env["COMP_CWORD"] = "3"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["plain,waw-fw-1", "plain,waw-fw-2"]


def test_a_reader_that_goes_away_is_no_mistake() -> None:
    """`sotpctl explain … | head -1` ends as by SIGPIPE and in silence, wherever the pipe breaks."""
    for words in (["explain", "waw-acc-1"], ["--help"], ["validate", "--output", "json"]):
        reading, writing = os.pipe()
        os.close(reading)
        done = subprocess.run(
            [*_CTL, *words], cwd=_ROOT, env=_ENV, stdout=writing, stderr=subprocess.PIPE, text=True, check=False
        )
        os.close(writing)
        assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, ""), words


def test_a_full_disk_behind_stdout_is_one_line() -> None:
    """What can't be written is said, exit code 1, no traceback."""
    for words in (["schema"], ["--help"], ["device", "list", "--output", "json"]):
        with Path("/dev/full").open("w", encoding="utf-8") as full:
            done = subprocess.run(
                [*_CTL, *words], cwd=_ROOT, env=_ENV, stdout=full, stderr=subprocess.PIPE, text=True, check=False
            )
        assert (done.returncode, done.stderr) == (1, "the output: No space left on device\n"), words


@pytest.mark.engines
def test_apply_goes_on_without_a_reader(tmp_path: Path) -> None:
    """`sotpctl apply 2>&1 | head -1` applies all the same: no walk stops half-way for want of a listener."""
    subprocess.run([*_CTL, "init"], cwd=tmp_path, env=_ENV, check=True, capture_output=True)
    text = (tmp_path / "inventory.yaml").read_text(encoding="utf-8")
    endpoints = "".join(f"    {name}: {free_address()}\n" for name in default_endpoints())
    (tmp_path / "inventory.yaml").write_text(text.replace("settings:\n", f"settings:\n  endpoints:\n{endpoints}"))
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([*_CTL, "apply"], cwd=tmp_path, env=_ENV, stderr=writing, check=False)
    os.close(writing)
    assert done.returncode == 0
    assert (tmp_path / ".sotp" / "current" / "manifest.json").is_file()


def test_what_is_edited_is_saved_without_a_reader(tmp_path: Path) -> None:
    """`sotpctl maintenance add … 2>&1 | true` writes the window: the diff that nobody reads comes after."""
    shutil.copy(_ROOT / "inventory.yaml", tmp_path)
    words = ["maintenance", "add", "line-card", "device=waw-core-1", "--for", "2h"]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([*_CTL, *words], cwd=tmp_path, env=_ENV, stdout=writing, stderr=writing, check=False)
    os.close(writing)
    assert done.returncode == 128 + signal.SIGPIPE
    inventory = load(tmp_path / "inventory.yaml").inventory
    assert inventory is not None
    assert "line-card" in {one.name for one in inventory.alerting.maintenance}


@pytest.mark.parametrize("group", ["alerts", "device", "lab", "maintenance", "silence", "snmp", "stack"])
def test_help_cuts_no_sentence(group: str) -> None:
    """The list of a group's commands says the first sentence of each whole."""
    done = subprocess.run([*_CTL, group, "--help"], env=_ENV, capture_output=True, text=True, check=True)
    listed = done.stdout.partition("Commands:\n")[2]
    assert listed
    assert "..." not in listed


@pytest.mark.parametrize("command", ["break", "degrade", "flood", "heal", "say", "trap"])
def test_bash_completes_the_labs_devices(tmp_path: Path, command: str) -> None:
    """A TAB behind each command that is done to a device gives its name."""
    shutil.copy(_ROOT / "inventory.yaml", tmp_path)
    words = {"COMP_WORDS": f"sotpctl lab {command} waw-c", "COMP_CWORD": "3"}
    code = "from sotpctl.cli.main import cli; cli.main(args=[], prog_name='sotpctl')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**_ENV, "_SOTPCTL_COMPLETE": "bash_complete", **words},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["plain,waw-core-1", "plain,waw-core-2"]
