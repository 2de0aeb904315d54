"""The SNMP exporter as the kit runs it.

Failure semantics: a device that doesn't answer is a result, `snmp_up` 0 with its reason and status 200; so is a module
that fails, and it takes nothing of the others'. A wrong parameter is a 400 with the reason, a target that isn't a
device of the inventory a 403, and no packet leaves.
"""

from collections.abc import Iterable, Sequence

from aiohttp import web
from prometheus_client import CollectorRegistry

from exporters.kit.document import Document
from exporters.kit.exposition import CONTENT_TYPE
from exporters.kit.lookup import Lookup, system_lookup
from exporters.snmp import request, targets
from exporters.snmp.collect import Module
from exporters.snmp.devices import Devices
from exporters.snmp.engine import Engine
from exporters.snmp.health import Health
from exporters.snmp.registry import Loader, written
from exporters.snmp.resolve import Resolver
from exporters.snmp.targets import Config


class SnmpService:
    """All devices' polls, from one process (kit.service.Service).

    Args:
        registry: Where the self-metrics go.
        modules: Those that are written in Python.
        lookup: How names are resolved.
    """

    name = "snmp"

    def __init__(
        self, registry: CollectorRegistry, *, modules: Iterable[Module] = (), lookup: Lookup = system_lookup
    ) -> None:
        self.engine = Engine()
        self.resolver = Resolver(lookup)
        self.devices = Devices(self.engine, self.resolver)
        self._loader = Loader(modules)
        self._config: Config | None = None
        self._running = False
        Health(self.engine, self.devices, self.resolver, registry)

    def prepare(self, document: Document) -> Config:
        """Checks and resolves a document, its secrets and module files, changing nothing."""
        return targets.prepare(document, self._loader)

    def swap(self, config: Config) -> None:
        """Puts a configuration into force; devices that stay keep what was learned of them."""
        self._config = config
        self.devices.swap(config)

    async def start(self) -> None:
        """Begins; sockets open with the first request."""
        self.engine.start()
        self._running = True

    async def stop(self) -> None:
        """Ends everything; no packet leaves after it."""
        self._running = False
        self.engine.stop()

    def routes(self) -> Sequence[web.RouteDef]:
        """The pages of this exporter; `/snmp` is snmp_exporter's name for the same."""
        return [web.get("/probe", self._probe), web.get("/snmp", self._probe)]

    def ready(self) -> str:
        """Ready as soon as it may send."""
        return "" if self._running else "the engine isn't running yet"

    async def _probe(self, asked: web.Request) -> web.Response:
        if self._config is None:
            raise web.HTTPServiceUnavailable(text="no configuration is in force yet\n")
        body = await self.devices.scrape(request.parse(asked, self._config))
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})


def service(registry: CollectorRegistry) -> SnmpService:
    """Makes the service (exporters.main)."""
    return SnmpService(registry, modules=written())
