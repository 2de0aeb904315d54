"""A sink, and the shipper in this process."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from exporters.kit.document import Document
from exporters.kit.lookup import Lookup, system_lookup
from exporters.syslog.app import SyslogService
from tests.integration.syslog import sink as sinks

LIMIT_S = 60.0


async def until(condition: Callable[[], bool], text: str = "it didn't happen") -> None:
    """Wait for a condition, a minute at most."""
    end = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < end, text
        await asyncio.sleep(0.01)


class Running:
    """A shipper, and what its metrics say."""

    def __init__(self, document: Document, lookup: Lookup = system_lookup) -> None:
        self.registry = CollectorRegistry()
        self.service = SyslogService(self.registry, lookup=lookup)
        self.document = document

    async def start(self) -> "Running":
        """Load and start."""
        self.service.swap(self.service.prepare(self.document))
        await self.service.start()
        return self

    def metrics(self) -> dict[str, float]:
        """Every sample, by its name and labels."""
        text = generate_latest(self.registry).decode() + self.service.metrics_text()
        rows = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in rows}

    def total(self, name: str) -> float:
        """The sum of a family."""
        return sum(value for key, value in self.metrics().items() if key.partition("{")[0] == name)

    def balanced(self) -> bool:
        """The ledger's identity, as it is scraped."""
        return self.total("syslog_messages_received_total") == self.total("syslog_messages_shipped_total") + self.total(
            "syslog_messages_dropped_total"
        ) + self.total("syslog_spool_messages")

    async def send_tcp(self, data: bytes) -> None:
        """One connection."""
        _, writer = await asyncio.open_connection(*self.service.addresses["tcp"])
        writer.write(data)
        await writer.drain()
        writer.close()
        await writer.wait_closed()


def document(directory: Path, url: str, **changes: Any) -> Document:
    """A file of one device, 127.0.0.1, for a sink."""
    settings: dict[str, Any] = {
        "listen": {"udp": "127.0.0.1:0", "tcp": "127.0.0.1:0"},
        "loki": {"url": url},
        "spool": {"directory": str(directory / "spool"), "flush": 0.02},
    }
    device = {"address": "127.0.0.1", "labels": {"site": "waw", "role": "core"}, "platform": "cisco-ios"}
    return Document("r1", settings | changes, {"core-1": device})


@pytest.fixture
async def sink() -> AsyncIterator[sinks.Sink]:
    """A Loki of ours."""
    made = sinks.Sink()
    runner = await sinks.start(made)
    yield made
    await runner.cleanup()


@pytest.fixture
async def shipper(tmp_path: Path, sink: sinks.Sink) -> AsyncIterator[Running]:
    """A shipper that pushes there."""
    running = await Running(document(tmp_path, sink.url)).start()
    yield running
    await running.service.stop()
