"""The shipper as the kit runs it.

Failure semantics: what reached the spool isn't lost, and every message is counted: received = shipped + dropped by
reason + spooled. A store that is away, a full disk, a flood are metrics and log lines, not ends.
"""

import logging
import socket
import ssl
from collections.abc import Callable, Sequence
from functools import partial

from aiohttp import web
from prometheus_client import CollectorRegistry

from exporters.kit import web_tls
from exporters.kit.document import ConfigError, Document
from exporters.kit.log import fields
from exporters.kit.lookup import Lookup, system_lookup
from exporters.kit.names import SenderNames
from exporters.kit.sockets import inherited_messages
from exporters.syslog import config as configuration
from exporters.syslog.config import Config
from exporters.syslog.health import Health, device_text
from exporters.syslog.pipeline import Pipeline
from exporters.syslog.tcp import Connections, Tcp
from exporters.syslog.udp import Udp


class SyslogService:
    """Syslog in, Loki out (kit.service.Service).

    Args:
        registry: Where the self-metrics go.
        lookup: How names are resolved.
    """

    name = "syslog"

    def __init__(self, registry: CollectorRegistry, *, lookup: Lookup = system_lookup) -> None:
        self.pipeline: Pipeline | None = None
        self.connections = Connections(0, 0, 0)
        self.addresses: dict[str, tuple[str, int]] = {}
        self._config: Config | None = None
        self._tcp: list[Tcp] = []
        self._udp: list[Udp] = []
        self._context: ssl.SSLContext = web_tls.refusing()
        self._log = logging.getLogger(self.name)
        self.names = SenderNames(self._resolved, self._log, lookup)
        self._taken: set[tuple[str, str]] = set()
        self._health = Health(self, registry)

    def prepare(self, document: Document) -> Config:
        """Checks and resolves a document, its secrets and patterns, changing nothing."""
        made = configuration.prepare(document)
        if self._config and (made.listen, made.spool) != (self._config.listen, self._config.spool):
            raise ConfigError("settings.listen and settings.spool can't change while it runs: start the exporter again")
        return made

    def swap(self, config: Config) -> None:
        """Puts a configuration into force; counters of devices that stay, stay."""
        self._config = config
        limits = config.limits
        self.connections.most, self.connections.most_of_one = limits.connections, limits.connections_per_sender
        self.connections.handshakes = limits.handshakes
        if config.tls:
            try:
                self._context = web_tls.context(config.tls)
            except ConfigError as error:  # it was good when it was checked
                self._log.error("TLS can't be used, the old certificate stays", extra=fields(error=error))
        if self.pipeline:
            self.names.want(config.named.items())
            self._resolved()
            self.pipeline.swap(config)

    async def start(self) -> None:
        """Opens the spool, then the sockets.

        Raises:
            StartError: One of them can't be had.
        """
        config = self._config
        assert config is not None  # noqa: S101 - the kit swaps before it starts
        self.pipeline = pipeline = Pipeline(config)
        pipeline.log_state()
        pipeline.delay = self._health.delay.observe
        pipeline.on_full = lambda full: self.connections.pause(paused=full)
        pipeline.gather = self._gather
        handed = inherited_messages("udp", "tcp", *(("tls",) if config.tls else ()))
        self.addresses = {name: self._listen(name, where, pipeline) for name, where in config.listen.items()}
        others = [(name, self._listen(name, made, pipeline)) for name, made in handed]
        self.names.want(config.named.items())
        pipeline.start()
        for listener in self._tcp:
            listener.start()
        for one in self._udp:
            one.start()
        for name, (host, port) in (*self.addresses.items(), *others):
            self._log.info("takes syslog", extra=fields(transport=name, host=host, port=port))

    async def stop(self) -> None:
        """Ends the sockets first; then everything that came is written."""
        await self.names.stop()
        for listener in self._tcp:
            await listener.close()
        self.connections.poller.look()
        for connection in list(self.connections.open):
            connection.close()
        self.connections.poller.close()
        for one in self._udp:
            one.close()
        self._tcp, self._udp = [], []
        if self.pipeline:
            await self.pipeline.stop()

    def routes(self) -> Sequence[web.RouteDef]:
        """None: everything is on `/metrics`."""
        return ()

    def ready(self) -> str:
        """Ready as soon as it takes messages, whether Loki does or not."""
        return "" if self.addresses else "the sockets are not open yet"

    def metrics_text(self) -> str:
        """The counters by device."""
        return device_text(self)

    def _listen(self, name: str, where: tuple[str, int] | socket.socket, pipeline: Pipeline) -> tuple[str, int]:
        """Opens a transport's socket, or takes one that was handed over; where it listens."""
        take = partial(pipeline.take, way=name)
        if name == "udp":
            self._udp.append(Udp(where, take))
            return self._udp[-1].address
        context: Callable[[], ssl.SSLContext] | None = (lambda: self._context) if name == "tls" else None
        self._tcp.append(Tcp(where, self.connections, take, context))
        return self._tcp[-1].address

    def _resolved(self) -> None:
        """Takes the addresses that names have now; who has another one's is told once."""
        assert self._config is not None  # noqa: S101 - names are followed for a configuration
        devices = self._config.devices
        found = [(devices[name], addresses) for name, addresses in self.names.found.items() if name in devices]
        taken = self._config.directory.resolve(sorted(found, key=lambda one: one[0].name))
        for address, owner, device in taken:
            if (address, device.name) not in self._taken:
                self._log.warning(
                    "a name's address is another device's",
                    extra=fields(device=device.name, address=address, of=owner.name),
                )
        self._taken = {(address, device.name) for address, _, device in taken}

    def _gather(self) -> None:
        """Reads what has come, before a batch is made of it."""
        self.connections.poller.look()
        for one in self._udp:
            one.poller.look()

    def udp_drops(self) -> int:
        """What the kernel dropped."""
        return sum(one.drops() for one in self._udp)


def service(registry: CollectorRegistry) -> SyslogService:
    """Makes the service (exporters.main)."""
    return SyslogService(registry)
