"""The exporter with real sockets: on loopback, and in a namespace of ours with devices that misbehave."""

import asyncio
import ctypes
import os
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, web
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from exporters.icmp.app import IcmpService
from exporters.kit.document import Document

_LIBC = ctypes.CDLL(None, use_errno=True)
Samples = dict[tuple[str, str], float]


class Running:
    """A service that runs, and how to ask it."""

    def __init__(self, service: IcmpService, session: ClientSession, base: str) -> None:
        self.service = service
        self._session = session
        self._base = base

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        """Returns status and text."""
        names = {key.replace("_", "-"): value for key, value in headers.items()}
        async with self._session.get(self._base + path, headers=names) as answer:
            return answer.status, await answer.text()

    async def samples(self, path: str) -> Samples:
        """Returns the values by (metric, device or ""), further labels appended to the device."""
        _, text = await self.get(path)
        return parse(text)

    def load(self, targets: dict[str, dict[str, Any]]) -> None:
        """Puts other targets into force, as a reload does."""
        self.service.swap(self.service.prepare(document(targets)))

    async def until(self, condition: Callable[[Samples], bool], path: str = "/devices", within: float = 8.0) -> Samples:
        """Waits until a page says something; returns it."""
        return await until(lambda: self.samples(path), condition, within)


async def until(read: Callable[[], Awaitable[Samples]], condition: Callable[[Samples], bool], within: float) -> Samples:
    """Reads again and again until the condition holds."""
    end = time.monotonic() + within
    while True:
        found = await read()
        if condition(found):
            return found
        assert time.monotonic() < end, found
        await asyncio.sleep(0.05)


def parse(text: str) -> Samples:
    """Returns the samples by (metric, "device further labels")."""
    found: Samples = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = dict(sample.labels)
            key = " ".join([labels.pop("device", ""), *labels.values()]).strip()
            assert (sample.name, key) not in found
            found[sample.name, key] = sample.value
    return found


def document(targets: dict[str, dict[str, Any]]) -> Document:
    """The exporter's file, with the usual interval and time-out where none is given."""
    base = {"interval": 1.0, "timeout": 0.5}
    return Document("abc", {}, {name: base | target for name, target in targets.items()})


@asynccontextmanager
async def running(
    targets: dict[str, dict[str, Any]], *, inside: AbstractContextManager[None] | None = None, **options: Any
) -> AsyncIterator[Running]:
    """Runs a service; its ICMP sockets are opened `inside`, its HTTP port in our own namespace."""
    service = IcmpService(CollectorRegistry(), **options)
    service.swap(service.prepare(document(targets)))
    with inside or nullcontext():
        await service.start()
    app = web.Application()
    app.add_routes(service.routes())
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        async with ClientSession() as session:
            yield Running(service, session, f"http://127.0.0.1:{port}")
    finally:
        await runner.cleanup()
        await service.stop()


class Network:
    """A namespace with the devices of responder.py."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def behave(self, **words: str) -> None:
        """Tells devices how to behave: by last part of the address, `_20="slow"`, in both families."""
        assert self._process.stdin
        assert self._process.stdout
        for key, word in words.items():
            last = key.lstrip("_")
            self._process.stdin.write(f"192.0.2.{last} {word}\n2001:db8::{last} {word}\n")
            self._process.stdin.flush()
            assert self._process.stdout.readline() == "done\n"

    @contextmanager
    def entered(self) -> Iterator[None]:
        """What this thread opens meanwhile is opened in the namespace."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(f"/proc/{self._process.pid}/ns/net", os.O_RDONLY)
        try:
            assert _LIBC.setns(there, 0) == 0, os.strerror(ctypes.get_errno())
            yield
        finally:
            assert _LIBC.setns(home, 0) == 0
            os.close(home)
            os.close(there)

    def packets_out(self) -> int:
        """ICMP messages that left in this namespace since it was made, both families."""
        lines = Path(f"/proc/{self._process.pid}/net/snmp").read_text().splitlines()
        names, values = (line.split() for line in lines if line.startswith("Icmp:"))
        six = dict(line.split() for line in Path(f"/proc/{self._process.pid}/net/snmp6").read_text().splitlines())
        return int(values[names.index("OutEchos")]) + int(six.get("Icmp6OutEchos", 0))
