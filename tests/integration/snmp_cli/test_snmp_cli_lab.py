"""`--lab`: the simulated device of a lab that runs, with the secrets that the lab chose."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import launch
from lab.client import STATE_DIRECTORY, LabError
from tests.integration.snmp_cli.served import SECRETS

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.netns


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Path]:
    """A lab of the repository's inventory; its folder."""
    shutil.copy(ROOT / "inventory.yaml", tmp_path)
    try:
        running = launch.start(
            tmp_path / "inventory.yaml", tmp_path / STATE_DIRECTORY, smtp="127.0.0.1:0", http="127.0.0.1:0"
        )
    except LabError as error:
        pytest.skip(f"no lab here: {error}")
    yield tmp_path
    launch.stop(running)


def _snmp(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in SECRETS}
    command = [sys.executable, "-m", "sotpctl.cli.main", "snmp", *words]
    environment["PYTHONPATH"] = str(ROOT)
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_a_simulated_device_is_asked_in_its_network(network: Path) -> None:
    """With --lab v2c and v3 devices answer, though nobody set a secret; without it, --lab is what is advised."""
    for device in ("waw-core-1", "waw-acc-1"):
        done = _snmp(network, "get", device, "sysName", "--lab")
        assert (done.stdout, done.stderr) == (f"sysName.0 = STRING: {device}\n", "")
    without = _snmp(network, "get", "waw-core-1", "sysName")
    assert without.returncode == 1
    assert "a lab runs beside this inventory: --lab asks its devices" in without.stderr


def test_without_a_lab(tmp_path: Path) -> None:
    """It is said how to start one."""
    shutil.copy(ROOT / "inventory.yaml", tmp_path)
    done = _snmp(tmp_path, "get", "waw-core-1", "sysName", "--lab")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "no lab runs beside this inventory: start it with `sotpctl lab up`\n"
