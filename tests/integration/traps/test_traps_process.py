"""The exporter as a process of its own: pages, reload, what it logs."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.traps.conftest import COMMUNITY, LINK_DOWN, PASSWORDS, V2C, document

ROOT = Path(__file__).parents[3]
COMMAND = [sys.executable, "-m", "exporters.main", "traps", "--config"]


class Process:
    """A running exporter."""

    def __init__(self, file: Path) -> None:
        self.log: list[str] = []
        self.child = subprocess.Popen(
            [*COMMAND, str(file), "--web.listen-address", "127.0.0.1:0"],
            cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.child.stderr
        self.log.extend(self.child.stderr)

    def said(self, pattern: str) -> str:
        """Wait for a line of the log; its first group."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            for line in list(self.log):
                if found := re.search(pattern, line):
                    return found[1]
            time.sleep(0.02)
        raise AssertionError(f"no {pattern} in {self.log}")

    def get(self, path: str, body: bytes | None = None) -> str:
        """What a page says."""
        address = self.said(r'msg="?listening"? address=(\S+)')
        with urllib.request.urlopen(urllib.request.Request(f"http://{address}{path}", data=body), timeout=10) as answer:
            return str(answer.read().decode())

    def stop(self) -> int:
        """End it as systemd does."""
        self.child.terminate()
        code = self.child.wait(30)
        self._reader.join(10)
        return code


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """Where the shipper would listen."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        made.settimeout(60)
        yield made


@pytest.fixture
def file(tmp_path: Path, listening: socket.socket) -> Path:
    """An exporter's file."""
    made = document(tmp_path, listening.getsockname()[1])
    path = tmp_path / "traps.json"
    path.write_text(json.dumps({"revision": made.revision, "settings": made.settings, "targets": made.targets}))
    return path


@pytest.fixture
def process(file: Path) -> Iterator[Process]:
    """A running exporter."""
    made = Process(file)
    yield made
    if made.child.poll() is None:
        made.stop()


def test_its_life(process: Process, file: Path, listening: socket.socket) -> None:
    """It serves its pages, takes a trap, keeps what it has when a reload fails, ends well, and logs no secret."""
    port = process.said(r'msg="takes traps" .*port=(\d+)')
    assert process.get("/-/ready")
    assert 'snmp_traps_received_total{device="core-1",trap="linkDown"} 0\n' in process.get("/metrics")
    if not shutil.which("snmptrap"):
        pytest.skip("needs snmptrap, of Debian's package snmp")
    for community in (V2C, ["-v", "2c", "-c", "c4n4ry-of-somebody"]):
        subprocess.run(["snmptrap", "-m", "", *community, f"127.0.0.1:{port}", *LINK_DOWN], check=True)
    connection, _ = listening.accept()
    with connection:
        connection.settimeout(60)
        message = connection.recv(65536).decode()
    assert "linkDown: " in message
    assert 'snmp_traps_received_total{device="core-1",trap="linkDown"} 1\n' in process.get("/metrics")
    assert "r1" in process.get("/-/reload", b"")
    content = json.loads(file.read_text())
    content["targets"]["core-1"]["auth"] = "another"
    file.write_text(json.dumps(content))
    with pytest.raises(urllib.error.HTTPError) as refused:
        process.get("/-/reload", b"")
    assert 'no auth is called "another"' in refused.value.read().decode()
    refused.value.close()
    content["targets"]["core-1"]["auth"] = "ro"
    content["revision"] = "r2"
    file.write_text(json.dumps(content))
    process.child.send_signal(signal.SIGHUP)
    process.said(r'msg="configuration loaded".*revision=(r2)')
    assert process.said(r'msg="a datagram is refused" reason=community address=127.0.0.1 device=(\S+)') == "core-1"
    assert process.stop() == 0
    everything = "".join(process.log) + message
    assert not [one for one in (COMMUNITY, *PASSWORDS, "c4n4ry") if one in everything]


def test_a_check_says_what_is_wrong(file: Path) -> None:
    """--config.check reads the secrets, too, and tells the place of a mistake without them."""
    command = [*COMMAND, str(file), "--config.check"]
    good = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (good.returncode, good.stdout) == (0, "ok\n")
    (file.parent / "auth").write_text("short")
    bad = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert bad.returncode == 1
    assert "settings.auths.v3.auth_password: has less than 8 characters" in bad.stderr
    assert "short" not in bad.stderr
