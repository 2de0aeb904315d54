"""The exporter's own health on `/metrics`: read when it is scraped, so that a poll costs nothing for it."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from exporters.snmp.devices import Devices
from exporters.snmp.engine import Engine
from exporters.snmp.resolve import Resolver


class Health(Collector):
    """What happens here rather than at a device."""

    def __init__(self, engine: Engine, devices: Devices, resolver: Resolver, registry: CollectorRegistry) -> None:
        self._engine = engine
        self._devices = devices
        self._resolver = resolver
        registry.register(self)

    def collect(self) -> Iterable[Metric]:
        """Reads the engine's and the devices' counters."""
        engine, devices = self._engine, self._devices
        polls = CounterMetricFamily("sotp_snmp_polls", 'Polls by result: "up", or why not.', labels=["result"])
        for result in sorted(devices.polls):
            polls.add_metric([result], devices.polls[result])
        yield polls
        ignored = CounterMetricFamily(
            "sotp_snmp_messages_ignored", "Messages that were no answer to be taken, by why.", labels=["reason"]
        )
        for reason, count in (
            ("unmatched", engine.inbox.unmatched),
            ("foreign", engine.inbox.foreign),
            ("malformed", engine.inbox.malformed),
            ("untrusted", engine.ignored),
        ):
            ignored.add_metric([reason], count)
        yield ignored
        sockets = engine.sockets.open.values()
        rows = (
            ("messages_sent", "Requests that the kernel took.", sum(sock.sent for sock in sockets)),
            ("messages_received", "Messages read.", sum(sock.received for sock in sockets)),
            ("shared_scrapes", "Scrapes that got the poll of another scrape.", devices.shared),
            ("resolve_failures", "Lookups of device names that failed.", self._resolver.failures),
        )
        for name, text, value in rows:
            yield CounterMetricFamily(f"sotp_snmp_{name}", text, value=value)
        yield GaugeMetricFamily("sotp_snmp_requests_under_way", "Requests that wait.", value=engine.under_way)
        yield GaugeMetricFamily("sotp_snmp_targets", "Devices that may be polled.", value=len(devices))
