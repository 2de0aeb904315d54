"""A stack that is up for as long as tests need it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from tests.e2e.network import ROOT, Network

N = TypeVar("N", bound=Network)


def running(kind: type[N], folder: Path) -> Iterator[N]:
    """Bring a network up, and take it down afterwards; its messages are shown when a test failed."""
    if os.geteuid() != 0 or not Path("/dev/net/tun").exists():
        pytest.skip("needs root: a network namespace with a TUN device")
    if shutil.which("prometheus") is None and not (ROOT / ".engines" / "bin" / "prometheus").exists():
        pytest.skip("needs the engines: make engines")
    network = kind(folder)
    try:
        network.up()
        yield network
    finally:
        for message in network.messages():
            print(f"{message.time:%H:%M:%S} {message.channel}: {message.subject}")  # noqa: T201 - shown when it failed
        network.down()
