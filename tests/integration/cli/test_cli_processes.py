"""What only real processes show: edits at once, completion in a shell, start-up without the models."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sotpctl.inventory import load

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
