"""A small exporter and its web application on a real socket."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry

from exporters.kit.configuration import Configuration
from exporters.kit.document import ConfigError, Document, member
from exporters.kit.site import application


class Small:
    """A service that keeps one number, fails on demand, and notes what it was asked."""

    name = "icmp"

    def __init__(self) -> None:
        self.number = 0
        self.why_not_ready = "no answer yet"
        self.preparing = 0
        self.most_preparing = 0
        self.go_on = threading.Event()  # cleared by a test that looks on while something is being prepared
        self.go_on.set()

    def prepare(self, document: Document) -> int:
        """Takes the number; 13 is refused, 99 meets a mistake of ours."""
        self.preparing += 1
        self.most_preparing = max(self.most_preparing, self.preparing)
        try:
            if not self.go_on.wait(10):
                self.go_on.set()  # one wait is enough to fail the test
                raise TimeoutError
            number = member(document.settings, "number", int, "settings")
            if number == 13:
                raise ConfigError("settings.number: must not be 13")
            return number // (99 - number) + number
        finally:
            self.preparing -= 1

    def swap(self, config: int) -> None:
        """Puts the number into force."""
        self.number = config

    async def start(self) -> None:
        """Nothing."""

    async def stop(self) -> None:
        """Nothing."""

    def routes(self) -> Sequence[web.RouteDef]:
        """A path that works, one with a variable part, and one that fails."""

        async def number(_: web.Request) -> web.Response:
            await asyncio.sleep(0)
            return web.Response(text=f"{self.number}\n")

        async def broken(_: web.Request) -> web.Response:
            raise RuntimeError("the inside of\nthe program")

        return [web.get("/number", number), web.get("/of/{name}", number), web.get("/broken", broken)]

    def ready(self) -> str:
        """As the test says."""
        return self.why_not_ready


class Site:
    """The application under test, its file and its service."""

    def __init__(self, client: TestClient[web.Request, web.Application], file: Path, service: Small) -> None:
        self.client = client
        self.file = file
        self.service = service

    def write(self, revision: str, number: int) -> None:
        """Replaces the file."""
        self.file.write_text(json.dumps({"revision": revision, "settings": {"number": number}, "targets": {}}))

    async def get(self, path: str, method: str = "GET") -> tuple[int, str, str]:
        """Status, Content-Type and body of an answer."""
        async with self.client.request(method, path) as response:
            return response.status, response.headers["Content-Type"], await response.text()

    async def metric(self, name: str) -> dict[str, float]:
        """The samples of a metric, by their label text."""
        _, _, text = await self.get("/metrics")
        lines = [line.removeprefix(name).rsplit(" ", 1) for line in text.splitlines() if line.startswith(name)]
        return {labels: float(value) for labels, value in lines}


@pytest.fixture
async def site(tmp_path: Path, make_small: Callable[[], Small]) -> AsyncIterator[Site]:
    """The kit's application around the small service, with revision r1 and number 1 in force."""
    registry, service, file = CollectorRegistry(), make_small(), tmp_path / "icmp.json"
    configuration = Configuration(service, file, registry)
    async with TestClient(TestServer(application(service, configuration, registry))) as client:
        made = Site(client, file, service)
        made.write("r1", 1)
        configuration.load()()
        yield made


@pytest.fixture
def make_small() -> Callable[[], Small]:
    """Makes the service; a test module may have another."""
    return Small
