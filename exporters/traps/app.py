"""The traps exporter as the kit runs it.

Failure semantics: what is refused is counted with its reason, and is a log line; a shipper that is away makes messages
wait, then the oldest give way, counted. An inform is acknowledged when it was understood, whether the shipper is there
or not: its counter has risen.
"""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from aiohttp import web
from prometheus_client import CollectorRegistry

from exporters.kit.document import ConfigError, Document
from exporters.kit.log import fields
from exporters.kit.lookup import Lookup, system_lookup
from exporters.kit.names import SenderNames
from exporters.kit.sockets import inherited_messages
from exporters.traps import config as configuration
from exporters.traps.config import Config
from exporters.traps.definitions import built_in
from exporters.traps.engine import TICK_S, Engine
from exporters.traps.fair import Address
from exporters.traps.forward import Forwarder
from exporters.traps.health import Health, Key, device_text, prefixes
from exporters.traps.receiver import Receiver
from exporters.traps.senders import Senders
from exporters.traps.udp import Udp

_LAST_S = 2.0  # at the end
_TURN_S = 0.01  # so long is decoded before others have their turn


@dataclass(frozen=True, slots=True)
class Prepared:
    """A configuration with what it needs: engines by auth, and the text of every counter."""

    config: Config
    engines: Mapping[str, Engine]
    rows: dict[Key, str]


class TrapsService:
    """Traps in, counters and messages out (kit.service.Service).

    Args:
        registry: Where the self-metrics go.
        lookup: How names are resolved.
    """

    name = "traps"

    def __init__(self, registry: CollectorRegistry, *, lookup: Lookup = system_lookup) -> None:
        self.receiver = Receiver(built_in(), self._put)
        self.forwarder: Forwarder | None = None
        self._now: Prepared | None = None
        self._udp: list[Udp] = []
        self._ways: dict[Address, Udp] = {}  # which socket's sender an answer is for; the first one's stand not here
        self._rows: dict[Key, str] = {}
        self._working = False
        self._ticking: asyncio.Task[None] | None = None
        self._log = logging.getLogger(self.name)
        self.names = SenderNames(self._resolved, self._log, lookup)
        Health(self, registry)

    @property
    def address(self) -> tuple[str, int]:
        """Where traps are taken."""
        return self._udp[0].address

    def prepare(self, document: Document) -> Prepared:
        """Checks and resolves a document; an auth that is as it was keeps its engine."""
        config = configuration.prepare(document)
        old = self._now
        if old and config.listen != old.config.listen:
            raise ConfigError("settings.listen can't change while it runs: start the exporter again")
        kept = old.engines if old and old.config.engine_id == config.engine_id else {}
        engines = {}
        for name, auth in config.auths.items():
            engine = kept.get(name)
            engines[name] = engine if engine and engine.auth == auth else Engine(auth, config.engine_id, self._answer)
        names = {one.platform: built_in().names(one.platform) for one in config.devices.values()}
        born = [(name, trap) for name, one in config.devices.items() for trap in names[one.platform]]
        return Prepared(config, engines, prefixes(born))

    def swap(self, config: Prepared) -> None:
        """Puts a configuration into force; counters of devices that stay, stay."""
        self._now, self._rows = config, config.rows
        if self._udp:
            self._follow_names()
        senders = Senders(config.config.devices.values(), self.names.found)
        self.receiver.swap(config.config, config.engines, senders, config.rows)
        if self.forwarder:
            self.forwarder.change(*config.config.syslog, config.config.limits.buffer)

    async def start(self) -> None:
        """Opens the socket, and takes those that were handed over.

        Raises:
            StartError: It can't be had.
        """
        assert self._now is not None  # noqa: S101 - the kit swaps before it starts
        config = self._now.config
        self._udp.append(Udp(config.listen, partial(self._take, 0)))
        for number, (_, handed) in enumerate(inherited_messages("udp"), 1):
            self._udp.append(Udp(handed, partial(self._take, number)))
        self.forwarder = Forwarder(*config.syslog, config.limits.buffer)
        self.forwarder.start()
        self._follow_names()
        self._ticking = asyncio.create_task(self._tick())
        for one in self._udp:
            one.start()
            host, port = one.address
            self._log.info("takes traps", extra=fields(host=host, port=port, devices=len(config.devices)))

    async def stop(self) -> None:
        """Ends the socket first; then what came is sent, as far as a few seconds allow; the rest is counted."""
        for one in self._udp:
            one.close()
        end = time.monotonic() + _LAST_S
        while time.monotonic() < end and self.receiver.work():
            pass
        self.receiver.give_up()
        await self.names.stop()
        if self._ticking:
            self._ticking.cancel()
        if self.forwarder:
            await self.forwarder.stop()
        self._udp = []

    def routes(self) -> Sequence[web.RouteDef]:
        """None: everything is on `/metrics`."""
        return ()

    def ready(self) -> str:
        """Ready as soon as it takes traps, whether the shipper does or not."""
        return "" if self._udp else "the socket is not open yet"

    def metrics_text(self) -> str:
        """The counters by device."""
        if len(self._rows) != len(self.receiver.counts):
            self._rows = prefixes(self.receiver.counts)
        return device_text(self._rows, self.receiver.counts)

    def udp_drops(self) -> int:
        """What the kernel dropped."""
        return sum(one.drops() for one in self._udp)

    def _follow_names(self) -> None:
        devices = self._now.config.devices if self._now else {}
        self.names.want((name, (one.address, one.family)) for name, one in devices.items() if not one.literal)

    def _resolved(self) -> None:
        if self._now:
            self.receiver.senders = Senders(self._now.config.devices.values(), self.names.found)

    def _put(self, frame: bytes) -> None:
        assert self.forwarder is not None  # noqa: S101 - nothing is decoded before the start
        self.forwarder.put(frame)

    def _answer(self, data: bytes, address: Address) -> None:
        if self._udp:
            self._ways.get(address, self._udp[0]).send(data, address)

    def _take(self, number: int, data: bytes, address: Address) -> None:
        self.receiver.take(data, address)
        if number and self.receiver.waiting:
            self._ways[address] = self._udp[number]
        if not self._working and self.receiver.waiting:
            self._working = True
            asyncio.get_running_loop().call_soon(self._work)

    def _work(self) -> None:
        """Decodes for a while, then lets the socket and the scrapes have their turn."""
        end = time.monotonic() + _TURN_S
        while self.receiver.work():
            if time.monotonic() > end:
                asyncio.get_running_loop().call_soon(self._work)
                return
        self._working = False
        self._ways.clear()  # an answer is given at once

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            for engine in self._now.engines.values() if self._now else ():
                engine.tick()


def service(registry: CollectorRegistry) -> TrapsService:
    """Makes the service (exporters.main)."""
    return TrapsService(registry)
