"""The ICMP exporter as the kit runs it.

Failure semantics: a device that doesn't answer is a result, `icmp_up` 0 or `probe_success` 0 with status 200; a wrong
parameter is a 400 with the reason, a target that isn't a device of the inventory a 403, and no packet leaves.
"""

import asyncio
from collections.abc import Sequence

from aiohttp import web
from prometheus_client import CollectorRegistry

from exporters.icmp import exposition, targets
from exporters.icmp.engine import Engine
from exporters.icmp.health import Health
from exporters.icmp.probe import Prober
from exporters.icmp.resolve import Resolver
from exporters.icmp.socket import Mode
from exporters.icmp.target import Target
from exporters.kit.document import Document
from exporters.kit.exposition import CONTENT_TYPE
from exporters.kit.lookup import Lookup, system_lookup


class IcmpService:
    """All devices' reachability, from one process (kit.service.Service).

    Args:
        registry: Where the self-metrics go.
        mode: The kind of socket.
        lookup: How names are resolved.
        first_sequence: The first request's sequence number.
    """

    name = "icmp"

    def __init__(
        self,
        registry: CollectorRegistry,
        *,
        mode: Mode = "auto",
        lookup: Lookup = system_lookup,
        first_sequence: int = 0,
    ) -> None:
        self.engine = Engine(mode=mode, first_sequence=first_sequence, on_lost=self._on_lost)
        self.resolver = Resolver(lookup)
        self._prober = Prober(self.engine.pinger, self.resolver)
        self._running = False
        Health(self.engine, self.resolver, registry)

    def prepare(self, document: Document) -> targets.Config:
        """Checks and resolves a document, changing nothing."""
        return targets.prepare(document)

    def swap(self, config: targets.Config) -> None:
        """Puts a configuration into force; devices that stay keep counters and state."""
        self.engine.swap(config)
        self._prober.swap()
        if self._running:
            self.resolver.watch(self.engine.pinger.targets)

    async def start(self) -> None:
        """Opens the sockets and begins to ask.

        Raises:
            StartError: No ICMP socket can be had.
        """
        self.engine.start()
        self._running = True
        self.resolver.watch(self.engine.pinger.targets)

    async def stop(self) -> None:
        """Ends everything; no packet leaves after it."""
        self._running = False
        self.engine.stop()
        await self.resolver.stop()

    def routes(self) -> Sequence[web.RouteDef]:
        """The pages of this exporter."""
        return [
            web.get("/reachability", self._reachability),
            web.get("/devices", self._devices),
            web.get("/probe", self._prober.handle),
        ]

    def ready(self) -> str:
        """Ready as soon as it asks."""
        return "" if self._running else "the sockets are not open yet"

    def _on_lost(self, target: Target) -> None:
        self.resolver.hurry(target)

    async def _reachability(self, _: web.Request) -> web.Response:
        body = exposition.reachability(self.engine.pinger.targets.values())
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})

    async def _devices(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": CONTENT_TYPE})
        response.enable_chunked_encoding()
        await response.prepare(request)
        for chunk in exposition.devices([exposition.snapshot(one) for one in self.engine.pinger.targets.values()]):
            await response.write(chunk)
            await asyncio.sleep(0)  # the pinger's turn
        await response.write_eof()
        return response


def service(registry: CollectorRegistry) -> IcmpService:
    """Makes the service (exporters.main)."""
    return IcmpService(registry)
