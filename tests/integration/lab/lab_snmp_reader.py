"""Devices of an inventory read with the real SNMP exporter: from Python, or as a program inside the lab's namespace.

`python -m tests.integration.lab.lab_snmp_reader INVENTORY [DEVICE…]` prints `{DEVICE: {METRIC{LABELS}: VALUE}}`.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from exporters.kit.document import Document
from exporters.snmp.app import service
from exporters.snmp.devices import Request
from exporters.snmp.targets import Config
from sotpctl.inventory import Inventory, SnmpUser, load

Page = dict[str, float]
Ports = Mapping[str, tuple[str, int]]


def inventory_of(path: Path) -> Inventory:
    """Returns the inventory, which must be right."""
    loaded = load(path)
    assert loaded.inventory is not None, loaded.problems
    return loaded.inventory


def document(inventory: Inventory, names: Iterable[str], at: Ports | None = None) -> Document:
    """Returns the exporter's file for some devices; `at` says where they are, if not at their addresses."""
    targets = {}
    for name in names:
        device = inventory.devices[name]
        assert device.snmp is not None
        address, port = at[name] if at else (str(device.address), 161)
        modules = ["if_mib", "profile"]
        targets[name] = {
            "address": address, "port": port, "auth": device.snmp.auth, "modules": modules, "interval": 60,
        }  # fmt: skip
    auths: dict[str, Any] = {}
    for name, auth in inventory.auths.items():
        if isinstance(auth, SnmpUser):
            assert auth.auth_password is not None
            assert auth.priv_password is not None
            auths[name] = {
                "version": "3",
                "username": auth.username,
                "auth_protocol": auth.auth_protocol,
                "auth_password": auth.auth_password.reference(inventory.root),
                "priv_protocol": auth.priv_protocol,
                "priv_password": auth.priv_password.reference(inventory.root),
            }
        elif auth.type == "snmp":
            auths[name] = {"version": auth.version, "community": auth.community.reference(inventory.root)}
    return Document("r", {"auths": auths}, targets)


class Reader:
    """An exporter that reads some devices, as often as it is asked."""

    def __init__(self, asked: Document) -> None:
        self._service = service(CollectorRegistry())
        self._config: Config = self._service.prepare(asked)
        self._service.swap(self._config)

    async def read(self, within: float = 9.0) -> dict[str, Page]:
        """Reads all, at once, each in a new poll."""
        await self._service.start()
        self._service.devices.swap(self._config)
        for device in self._service.devices._devices.values():  # half an interval hasn't passed yet
            device.polls.clear()
        deadline = time.monotonic() + within
        requests = [
            Request(spec, spec.auth, self._config.auths[spec.auth], "",
                    [self._config.registry.module(name) for name in spec.modules], deadline)
            for spec in self._config.specs.values()
        ]  # fmt: skip
        pages = await asyncio.gather(*(self._service.devices.scrape(each) for each in requests))
        return {each.spec.name: parse(page.decode()) for each, page in zip(requests, pages, strict=True)}

    async def stop(self) -> None:
        """Closes its sockets."""
        await self._service.stop()


def parse(text: str) -> Page:
    """Returns a page's samples by name and labels, as they are written."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    found: Page = {}
    for line in lines:
        head, brace, tail = line.rpartition("}")
        name, value = (head + brace, tail.split()[0]) if brace else (line.split()[0], line.split()[1])
        found[name] = float(value)
    return found


def of(page: Page, metric: str, *parts: str) -> dict[str, float]:
    """Returns a metric's samples whose labels hold all of the texts."""
    return {key: value for key, value in page.items() if key.split("{")[0] == metric and all(p in key for p in parts)}


def one(page: Page, metric: str, *parts: str) -> float:
    """Returns the only such sample's value."""
    found = of(page, metric, *parts)
    assert len(found) == 1, (metric, parts, found)
    return next(iter(found.values()))


async def _main(path: Path, names: list[str]) -> None:
    inventory = inventory_of(path)
    polled = [device.name for device in inventory.enabled() if device.snmp]
    reader = Reader(document(inventory, names or polled))
    pages = await reader.read(float(os.environ.get("WITHIN", "9")))
    await reader.stop()
    sys.stdout.write(json.dumps(pages))


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1]), sys.argv[2:]))
