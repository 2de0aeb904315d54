"""Labs of a small inventory, each in a folder of its own and on ports of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from lab import launch, namespace
from lab.client import Running, find
from sotpctl.cli.lab import lab as lab_group

# fw is the root; acc the sole way to host-1 and host-2 (IPv6); srv hangs on two cores.
INVENTORY = """
settings: {prober: fw}
sites: {waw: {name: Warsaw}}
roles: {core: {}, access: {}, server: {}}
devices:
  fw: {address: 192.0.2.1, site: waw, role: core}
  acc: {address: 192.0.2.2, site: waw, role: access}
  host-1: {address: 192.0.2.11, site: waw, role: server, parents: [acc]}
  host-2: {address: "2001:db8::12", site: waw, role: server, parents: [acc]}
  core-1: {address: 192.0.2.3, site: waw, role: core}
  core-2: {address: 192.0.2.4, site: waw, role: core}
  srv: {address: 192.0.2.21, site: waw, role: server, parents: [core-1, core-2]}
"""

# Sends echo requests on a raw socket of its own and prints, for each address, the round trips in seconds.
_PING = """
import json, sys
from icmplib import ping
addresses, count, timeout = sys.argv[3:], int(sys.argv[1]), float(sys.argv[2])
print(json.dumps({a: [t / 1000 for t in ping(a, count=count, interval=0, timeout=timeout).rtts] for a in addresses}))
"""


def ping(lab: Running, *addresses: str, count: int = 1, timeout: float = 0.4) -> dict[str, list[float]]:
    """Round trips in seconds, measured inside the lab's namespace."""
    command = [*lab.enter(), sys.executable, "-c", _PING, str(count), str(timeout), *addresses]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    answer: dict[str, list[float]] = json.loads(done.stdout)
    return answer


def why_no_lab() -> str:
    """Why there can be no lab here, or ""."""
    try:
        namespace.check()
    except namespace.NamespaceError as error:
        return str(error)
    if os.geteuid() == 0 and subprocess.run(["unshare", "-n", "true"], check=False, capture_output=True).returncode:
        return "root may not make a network namespace here"
    return ""


@dataclass(frozen=True)
class Cli:
    """`sotpctl lab` for the inventory of one folder."""

    folder: Path

    def __call__(self, command: str, *arguments: str, code: int = 0) -> tuple[str, str]:
        """Run a command, expect its exit code, and give what it printed on stdout and stderr."""
        words = [command, *([] if "-i" in arguments else ["-i", str(self.folder / "inventory.yaml")]), *arguments]
        done = CliRunner().invoke(lab_group, words)
        assert done.exit_code == code, (done.output, done.exception)
        return done.stdout, done.stderr

    def up(self) -> tuple[str, str]:
        """Start it on free ports."""
        return self("up", "--sink-http", "127.0.0.1:0", "--sink-smtp", "127.0.0.1:0")

    @property
    def running(self) -> Running:
        """The lab, which must run."""
        running = find(self.folder / ".lab")
        assert running is not None
        return running


@pytest.fixture
def cli(tmp_path: Path) -> Iterator[Cli]:
    """A folder with an inventory; a lab that is left in it is stopped."""
    if reason := why_no_lab():
        pytest.skip(reason)
    (tmp_path / "inventory.yaml").write_text(INVENTORY)
    yield Cli(tmp_path)
    if running := find(tmp_path / ".lab"):
        launch.stop(running)


@pytest.fixture(scope="module")
def shared_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One lab for the tests of a module."""
    if reason := why_no_lab():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("lab")
    (folder / "inventory.yaml").write_text(INVENTORY)
    running = launch.start(folder / "inventory.yaml", folder / ".lab", smtp="127.0.0.1:0", http="127.0.0.1:0")
    yield running
    launch.stop(running)


@pytest.fixture
def lab(shared_lab: Running) -> Iterator[Running]:
    """The module's lab, healed afterwards."""
    yield shared_lab
    shared_lab.call({"op": "heal"})


@pytest.fixture
def lab_cli(lab: Running) -> Cli:
    """`sotpctl lab` on the module's lab."""
    return Cli(lab.inventory.parent)


@pytest.fixture
def pinger() -> Callable[..., dict[str, list[float]]]:
    """`ping(lab, *addresses, count=1, timeout=0.4)`."""
    return ping
