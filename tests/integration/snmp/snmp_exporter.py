"""The exporter in the test's loop, over HTTP, with agents on loopback."""

import json
import re
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from bench.snmp.agent import Responder, interfaces
from bench.snmp.peers import Key, Scrape, parse
from exporters.kit.configuration import Configuration
from exporters.snmp import pdu
from exporters.snmp.app import SnmpService
from exporters.snmp.pdu import VarBind
from exporters.snmp.usm import User

SECRETS = {"SNMP_TEST_COMMUNITY": "public"}
UP_TIME = VarBind((1, 3, 6, 1, 2, 1, 1, 3, 0), pdu.TIME_TICKS, 4711)
USER = User("u", "SHA256", "authentication", "AES128", "privacy-password")


def device(rows: int = 3) -> Responder:
    """Returns an agent with some interfaces."""
    return Responder([UP_TIME, *interfaces(rows)], users=[USER])


def target(sockaddr: tuple[str, int], **more: Any) -> dict[str, Any]:
    """Returns a device of the document."""
    return {"address": sockaddr[0], "port": sockaddr[1], "auth": "ro", "modules": ["if_mib"], "interval": 60} | more


class Exporter:
    """A running exporter.

    Attributes:
        service: The service.
        client: An HTTP client of its server.
        registry: Its self-metrics.
    """

    def __init__(self, folder: Path, registry: CollectorRegistry, service: SnmpService) -> None:
        self.folder = folder
        self.service = service
        self.registry = registry
        self.config = folder / "snmp.json"
        self.configuration = Configuration(service, self.config, registry)
        self.client: TestClient[Any, Any]

    def write(self, targets: dict[str, Any], modules: str = "", **auths: Any) -> None:
        """Writes the document, and a module file where there is one."""
        auths = {"ro": {"version": "2c", "community": {"env": "SNMP_TEST_COMMUNITY"}}} | auths
        settings: dict[str, Any] = {"auths": auths}
        if modules:
            (self.folder / "modules.yml").write_text(modules)
            settings["modules"] = [str(self.folder / "*.yml")]
        self.config.write_text(json.dumps({"revision": "r", "settings": settings, "targets": targets}))

    async def load(self, targets: dict[str, Any], modules: str = "", **auths: Any) -> None:
        """Puts a document into force."""
        self.write(targets, modules, **auths)
        await self.configuration.reload()

    async def scrape(self, query: str, within: float = 5, path: str = "/probe") -> Scrape:
        """Scrapes; the page's lines must be of the text format, and none twice."""
        headers = {"X-Prometheus-Scrape-Timeout-Seconds": str(within)}
        async with self.client.get(f"{path}?{query}", headers=headers) as answer:
            text = await answer.text()
            if answer.status != 200:
                return Scrape(answer.status, text=text)
            assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        page = parse(text)
        assert not page.doubles
        _grouped(text)
        assert list(text_string_to_metric_families(text))
        return page


def key(name: str, **labels: str) -> Key:
    """Returns a sample's key."""
    return (name, frozenset(labels.items()))


def stamps(page: Scrape) -> set[str]:
    """Returns the time stamps of a page's samples that aren't about the poll itself; "" for none."""
    lines = [line for line in page.text.splitlines() if line and not re.match(r"#|snmp_", line)]
    matches = [re.fullmatch(r"(?:.*\} |\S+ )\S+(?: (\d+))?", line) for line in lines]
    return {match[1] or "" for match in matches if match}


def _grouped(text: str) -> None:
    """A family's lines stand together, below its HELP and TYPE."""
    seen: set[str] = set()
    current = ""
    for line in text.splitlines():
        if line.startswith("# module "):
            continue
        name = line.split(" ")[2] if line.startswith("# ") else re.split(r"[{ ]", line)[0]
        if line.startswith("# HELP"):
            assert name not in seen, name
            seen.add(name)
            current = name
        assert name == current, line
