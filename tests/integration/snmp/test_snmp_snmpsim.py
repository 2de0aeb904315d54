"""snmpsim serves each vendor's recording, our engine walks it: what is read over the network is what was recorded."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.snmp.served import agent
from exporters.kit.exposition import samples as lines
from exporters.kit.exposition import series
from exporters.snmp.profiles import load, samples
from tests.ports import free_address

RECORDINGS = Path(__file__).parents[2] / "unit" / "snmp" / "profiles"
RESPONDER = Path(sys.executable).parent / "snmpsim-command-responder"


@pytest.fixture(scope="module")
def snmpsim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running snmpsim that has all recordings, each behind the community of its name; gives HOST:PORT."""
    address = free_address()
    folder = tmp_path_factory.mktemp("snmpsim")
    data, log = folder / "data", folder / "log"
    data.mkdir()
    for recording in RECORDINGS.glob("*.snmprec"):
        (data / recording.name).write_text("".join(_in_order(recording)))
    with log.open("w") as said:
        process = subprocess.Popen(
            [
                RESPONDER,
                f"--data-dir={data}",
                f"--cache-dir={folder}",
                f"--agent-udpv4-endpoint={address}",
                "--log-level=error",
            ],
            env=os.environ | {"SNMPSIM_ALLOW_ROOT": "true"},
            stdout=said,
            stderr=said,
        )
    try:
        _listens(address, process, log)
        yield address
    finally:
        process.kill()
        process.wait()


def _in_order(recording: Path) -> list[str]:
    """A recording's lines by OID, as snmpsim wants them; ours are grouped for people."""
    lines = [line for line in recording.read_text().splitlines(keepends=True) if line[:1].isdigit()]
    return sorted(lines, key=lambda line: [int(arc) for arc in line.partition("|")[0].split(".")])


def _listens(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a datagram to it isn't refused: it binds some time after it said that it listens."""
    host, _, port = address.partition(":")
    end = time.monotonic() + 60
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((host, int(port)))
        probe.settimeout(0.1)
        while process.poll() is None and time.monotonic() < end:
            try:
                probe.send(b"?")
                probe.recv(1)
            except ConnectionRefusedError:
                time.sleep(0.05)
            except TimeoutError:
                return
    pytest.fail(log.read_text())


@pytest.mark.parametrize("name", load().names)
def test_snmp_a_recording_served_by_snmpsim_gives_its_samples(snmpsim: str, name: str) -> None:
    """Nothing is lost, made up or turned about between the agent's socket and the samples."""
    profile, tables = agent(snmpsim)(name)
    assert profile.name == name
    found = lines((series(one.name, one.labels), one.value) for one in samples(profile, tables))
    assert found.splitlines() == (RECORDINGS / f"{name}.samples").read_text(encoding="utf-8").splitlines()
