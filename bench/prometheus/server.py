"""A real Prometheus that takes what it is given and scrapes nothing."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sotpctl.verify import tools

_CONFIGURATION = "global: {scrape_interval: 30s, evaluation_interval: 30s}\n"


@dataclass(frozen=True)
class Server:
    """It runs.

    Attributes:
        address: host:port.
        pid: Its process.
        folder: What it runs in.
    """

    address: str
    pid: int
    folder: Path

    def get(self, path: str, **values: str) -> dict[str, Any]:
        """The `data` of an answer of its API: `path` is what follows /api/v1/."""
        body = urllib.parse.urlencode(values)
        with urllib.request.urlopen(f"http://{self.address}/api/v1/{path}?{body}", timeout=300) as answer:
            found: dict[str, Any] = json.load(answer)["data"]
        return found


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """Run one that takes remote write, without rules."""
    program = tools.find("prometheus")
    if program is None:
        sys.exit("prometheus is neither in .engines/bin nor on PATH: run `make engines`, or install it")
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{one.getsockname()[1]}"
    configuration = folder / "prometheus.yml"
    configuration.write_text(_CONFIGURATION)
    process = subprocess.Popen(
        [
            program,
            f"--config.file={configuration}",
            f"--storage.tsdb.path={folder}/data",
            f"--web.listen-address={address}",
            "--web.enable-remote-write-receiver",
            "--log.level=error",
        ]
    )
    try:
        _await_ready(address)
        yield Server(address, process.pid, folder)
    finally:
        process.terminate()
        process.wait(60)


def load_rules(server: Server, files: Mapping[str, bytes]) -> None:
    """Have it evaluate these files from now on."""
    folder = server.folder / "rules"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (server.folder / "prometheus.yml").write_text(f"{_CONFIGURATION}rule_files: [rules/*.yml]\n")
    os.kill(server.pid, signal.SIGHUP)


def _await_ready(address: str) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"http://{address}/-/ready", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    sys.exit("prometheus isn't ready after 30 s")
