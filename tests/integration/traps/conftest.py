"""The exporter in this process, a shipper that takes its messages, and real senders."""

import asyncio
import re
import shutil
import socket
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from exporters.kit.document import Document
from exporters.kit.lookup import Lookup, system_lookup
from exporters.syslog.framing import Framer
from exporters.traps.app import TrapsService

LIMIT_S = 60.0
COMMUNITY = "c4n4ry-community"
PASSWORDS = ("c4n4ry-auth-password", "c4n4ry-priv-password")
LINK_DOWN = [
    "", "1.3.6.1.6.3.1.1.5.3", "1.3.6.1.2.1.2.2.1.1.3", "i", "3", "1.3.6.1.2.1.2.2.1.7.3", "i", "1",
    "1.3.6.1.2.1.2.2.1.8.3", "i", "2", "1.3.6.1.2.1.31.1.1.1.1.3", "s", "Gi1/0/1",
]  # fmt: skip
V2C = ["-v", "2c", "-c", COMMUNITY]


async def until(condition: Callable[[], object], text: str = "it didn't happen") -> None:
    """Wait for a condition, a minute at most."""
    end = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < end, text
        await asyncio.sleep(0.01)


class Shipper:
    """Takes octet-counted messages on a port of its own; `stop` and `start` as the real one's restarts."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def start(self) -> "Shipper":
        """Listen, on the same port as before."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        """Close everything."""
        assert self._server
        self._server.close()
        for writer in list(self._writers):
            writer.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        framer = Framer()
        try:
            while data := await reader.read(65536):
                self.messages += [one.decode() for one in framer.feed(data)]
        except OSError:
            pass
        finally:
            self._writers.discard(writer)
            writer.close()


class Running:
    """An exporter, and what its metrics say."""

    def __init__(self, document: Document, lookup: Lookup = system_lookup) -> None:
        self.registry = CollectorRegistry()
        self.service = TrapsService(self.registry, lookup=lookup)
        self.document = document

    async def start(self) -> "Running":
        """Load and start."""
        self.service.swap(self.service.prepare(self.document))
        await self.service.start()
        return self

    def reload(self, document: Document) -> None:
        """Put another file into force."""
        self.service.swap(self.service.prepare(document))

    def metrics(self) -> dict[str, float]:
        """Every sample, by its name and labels."""
        text = generate_latest(self.registry).decode() + self.service.metrics_text()
        rows = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in rows}

    def count(self, device: str, trap: str) -> float:
        """A counter."""
        return self.metrics()[f'snmp_traps_received_total{{device="{device}",trap="{trap}"}}']

    def dropped(self, reason: str) -> float:
        """What was dropped for a reason."""
        return self.metrics()[f'sotp_traps_dropped_total{{reason="{reason}"}}']

    def total(self, name: str) -> float:
        """The sum of a family."""
        return sum(value for key, value in self.metrics().items() if key.partition("{")[0] == name)

    def balanced(self) -> bool:
        """The ledger's identity, as it is scraped."""
        found = {one: self.total(f"sotp_traps_{one}") for one in ("received_total", "waiting", "forwarded_total")}
        gone = self.total("sotp_traps_dropped_total") + self.total("sotp_traps_handshakes_total")
        return found["received_total"] == gone + found["waiting"] + found["forwarded_total"]

    async def tool(self, name: str, *arguments: str) -> tuple[int, str]:
        """Run net-snmp's snmptrap or snmpinform against it; what follows the agent's address comes after a "--"."""
        if not shutil.which(name):
            pytest.skip(f"needs {name}, of Debian's package snmp")
        at = arguments.index("--")
        where = f"127.0.0.1:{self.service.address[1]}"
        process = await asyncio.create_subprocess_exec(
            name, "-m", "", *arguments[:at], where, *arguments[at + 1 :],
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        output, _ = await process.communicate()
        return process.returncode or 0, output.decode()

    def send(self, data: bytes, source: str = "127.0.0.1") -> None:
        """Send a datagram from an address of the loopback."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.bind((source, 0))
            sender.sendto(data, self.service.address)


def document(directory: Path, port: int, **settings: Any) -> Document:
    """A file: devices with a community, and with users of SNMPv3 of different levels."""
    for name, text in (("community", COMMUNITY), ("auth", PASSWORDS[0]), ("priv", PASSWORDS[1])):
        (directory / name).write_text(text)
    auth = {"auth_protocol": "SHA256", "auth_password": {"file": str(directory / "auth")}}
    priv = {"priv_protocol": "AES128", "priv_password": {"file": str(directory / "priv")}}
    auths = {
        "ro": {"version": "2c", "community": {"file": str(directory / "community")}},
        "v3": {"version": "3", "username": "sotp", **auth, **priv},
        "v3-auth": {"version": "3", "username": "sotp", **auth, "auth_protocol": "SHA"},
        "v3-plain": {"version": "3", "username": "guest"},
    }
    targets = {
        "core-1": {"address": "127.0.0.1", "platform": "cisco-iosxe", "auth": "ro"},
        "edge-1": {"address": "127.0.0.31", "platform": "juniper-junos", "auth": "v3"},
        "edge-2": {"address": "127.0.0.32", "platform": "linux", "auth": "v3-auth"},
        "edge-3": {"address": "127.0.0.33", "platform": "", "auth": "v3-plain"},
        "acc-1": {"address": "127.0.0.34", "platform": "arista-eos", "auth": "ro"},
    }
    base = {"listen": "127.0.0.1:0", "syslog": f"127.0.0.1:{port}", "auths": auths}
    return Document("r1", base | settings, targets)


@pytest.fixture
async def shipper() -> AsyncIterator[Shipper]:
    """A shipper."""
    made = await Shipper().start()
    yield made
    await made.stop()


@pytest.fixture
async def exporter(tmp_path: Path, shipper: Shipper) -> AsyncIterator[Running]:
    """An exporter that sends there."""
    running = await Running(document(tmp_path, shipper.port)).start()
    yield running
    await running.service.stop()


def v3(user: str, level: str, source: str, auth: str = "SHA-256", *, engine: str = "") -> list[str]:
    """net-snmp's options of a sender."""
    keys = {"authNoPriv": ["-a", auth, "-A", PASSWORDS[0]]}
    keys["authPriv"] = [*keys["authNoPriv"], "-x", "AES", "-X", PASSWORDS[1]]
    own = ["-e", engine] if engine else []
    return ["-v", "3", *own, "-u", user, "-l", level, *keys.get(level, []), f"--clientaddr={source}"]


def parts(message: str) -> tuple[str, str, str, str, str]:
    """PRI, HOSTNAME, APP-NAME, MSGID and the text of an RFC 5424 message."""
    found = re.fullmatch(
        r"<(\d+)>1 \S+Z (\S+) (\S+) - (\S+) \[snmp@32473 (?:[^\"\]]*\"(?:[^\"\\]|\\.)*\")+\] (.*)", message
    )
    assert found, message
    return found[1], found[2], found[3], found[4], found[5].removeprefix("\ufeff")
