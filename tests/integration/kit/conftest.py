"""Exporters as processes of their own, on port 0."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import exporters

ROOT = Path(exporters.__file__).parents[1]
TIMEOUT_S = 20
GOOD = {
    "revision": "r1",
    "settings": {"commit": "c1", "expected_targets": {"icmp": 1}, "links": [], "maintenance": []},
    "targets": {"waw-core-1": {"dependents": 3, "thresholds": []}},
}


class Process:
    """A running exporter: its log line by line, its HTTP, its end."""

    def __init__(self, argv: list[str], **kwargs: object) -> None:
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        self.popen = subprocess.Popen(  # type: ignore[call-overload]  # kwargs are the caller's
            argv, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **kwargs
        )
        self.log: list[str] = []
        self._watchdog = threading.Timer(TIMEOUT_S, self.popen.kill)
        self._watchdog.start()

    def line(self, part: str) -> str:
        """Waits for a log line that contains `part`, from where the last call ended."""
        for line in self.popen.stderr:
            self.log.append(line)
            if part in line:
                return str(line)
        pytest.fail(f"no line with {part!r} in\n{''.join(self.log)}")

    def address(self) -> str:
        """Waits until it serves, and returns where."""
        found = re.search(r"address=(\S+)", self.line('msg="listening"'))
        assert found
        return found[1]

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal to this process."""
        self.popen.send_signal(number)

    def end(self) -> int:
        """Waits until it has ended, and returns the exit code."""
        self.log += self.popen.stderr.readlines()
        return int(self.popen.wait())

    def close(self) -> None:
        """Ends it, however it is."""
        self._watchdog.cancel()
        self.popen.kill()
        self.popen.wait()
        self.popen.stdout.close()
        self.popen.stderr.close()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A facts file with revision r1."""
    return write(tmp_path / "facts.json")


def write(path: Path, **changes: object) -> Path:
    """Writes a facts file."""
    path.write_text(json.dumps(GOOD | changes))
    return path


@pytest.fixture
def rewrite(config: Path) -> Callable[..., Path]:
    """Replaces parts of the facts file."""
    return lambda **changes: write(config, **changes)


@pytest.fixture
def process() -> Iterator[Callable[..., Process]]:
    """Starts a process; all are ended after the test."""
    started: list[Process] = []

    def start(argv: list[str], **kwargs: object) -> Process:
        started.append(Process(argv, **kwargs))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def facts(process: Callable[..., Process], config: Path) -> Callable[..., Process]:
    """Starts the facts exporter with more arguments."""
    argv = [sys.executable, "-m", "exporters.main", "facts", "--config", str(config)]

    def start(*more: str) -> Process:
        port = [] if any(one.startswith("--web.listen") for one in more) else ["--web.listen-address=127.0.0.1:0"]
        return process([*argv, *port, *more])

    return start


@pytest.fixture
def fetch() -> Callable[..., tuple[int, str]]:
    """Makes a request to an address: status and body."""

    def request(address: str, path: str, method: str = "GET") -> tuple[int, str]:
        asked = urllib.request.Request(f"http://{address}{path}", method=method)
        try:
            with urllib.request.urlopen(asked, timeout=TIMEOUT_S) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    return request
