"""Fixtures: both kinds of socket, and a namespace with devices that misbehave."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.icmp.icmp_exporter import Network


@pytest.fixture(params=["raw", "ping"])
def mode(request: pytest.FixtureRequest) -> str:
    """Both kinds of socket."""
    return str(request.param)


@pytest.fixture
def network(mode: str) -> Iterator[Network]:
    """A namespace in which the mode is the one that can be had."""
    if os.geteuid() != 0 or not Path("/dev/net/tun").exists():
        pytest.skip("needs root and /dev/net/tun for a namespace with a TUN interface")
    script = Path(__file__).with_name("responder.py")
    process = subprocess.Popen(
        ["unshare", "--net", sys.executable, str(script), mode],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout
    assert process.stdin
    if process.stdout.readline() != "ready\n":
        pytest.skip("this machine doesn't let us make a namespace with a TUN interface")
    yield Network(process)
    process.stdin.close()
    process.wait(5)
