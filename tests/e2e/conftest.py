"""Fixtures of the end-to-end tests."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.network import ROOT, Network


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    """A network that is up and watched; taken down afterwards, its logs shown when the test failed."""
    if not _privileged():
        pytest.skip("needs root: a network namespace with a TUN device")
    if shutil.which("prometheus") is None and not (ROOT / ".engines" / "bin" / "prometheus").exists():
        pytest.skip("needs the engines: make engines")
    network = Network(tmp_path)
    try:
        network.up()
        yield network
    finally:
        for message in network.messages():
            print(f"{message.time:%H:%M:%S} {message.channel}: {message.subject}")  # noqa: T201 - shown when it failed
        network.down()


def _privileged() -> bool:
    return os.geteuid() == 0 and Path("/dev/net/tun").exists()
