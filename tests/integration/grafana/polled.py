"""The lab's SNMP agents on loopback, and the real exporter that asks them: devices that Prometheus polls."""

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Collection
from functools import partial
from pathlib import Path

from bench.snmp.agent import Served
from lab.snmp import credentials
from lab.snmp.fleet import Fleet
from sotpctl.inventory import Inventory
from tests.integration.lab import lab_snmp_reader


class Polled:
    """The agents of an inventory's devices, each at a port of its own, and the exporter.

    Attributes:
        fleet: What is wrong with the agents, to be changed.
        dead: Devices whose agents say nothing.
    """

    def __init__(self, inventory: Inventory, folder: Path, address: str) -> None:
        """Start both; `address` is where the exporter listens."""
        environ = credentials.environment(inventory, {})
        self.dead: Collection[str] = ()
        self.fleet = Fleet(inventory, environ, time.time)
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        polled = {device.name: device.snmp for device in inventory.enabled() if device.snmp}
        serving = asyncio.run_coroutine_threadsafe(self._serve(list(polled)), self._loop)
        # Not the rendered file: it says the devices' own addresses, and that `apply` has put secrets beside it.
        document = lab_snmp_reader.document(inventory, polled, serving.result(30))
        for name, snmp in polled.items():
            document.targets[name]["interval"] = snmp.poll_interval
        config = folder / "snmp.json"
        parts = {"revision": document.revision, "settings": document.settings, "targets": document.targets}
        config.write_text(json.dumps(parts))
        self._exporter = subprocess.Popen(
            [sys.executable, "-m", "exporters.main", "snmp", f"--config={config}", f"--web.listen-address={address}"],
            env=os.environ | environ,
            stdout=subprocess.DEVNULL,
            stderr=(folder / "snmp.log").open("w"),
        )

    def stop(self) -> None:
        """End both."""
        self._exporter.terminate()
        self._exporter.wait(30)
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _serve(self, names: list[str]) -> dict[str, tuple[str, int]]:
        ports = {}
        for name in names:
            served = partial(Served, partial(self._answer, name))
            transport, _ = await self._loop.create_datagram_endpoint(served, ("127.0.0.1", 0))
            ports[name] = transport.get_extra_info("sockname")
        return ports

    def _answer(self, name: str, data: bytes) -> bytes | None:
        return None if name in self.dead else self.fleet.answer(name, data)
