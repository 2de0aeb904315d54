"""The exporter's own health on `/metrics`: read when it is scraped, so that a packet costs nothing for it."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from exporters.icmp.engine import Engine, family_name
from exporters.icmp.resolve import Resolver

_LAG_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Health(Collector):
    """Everything that may go wrong here rather than at a device."""

    def __init__(self, engine: Engine, resolver: Resolver, registry: CollectorRegistry) -> None:
        self._engine = engine
        self._resolver = resolver
        lag = Histogram(
            "sotp_icmp_loop_lag_seconds",
            "How late the event loop ran the send timer.",
            buckets=_LAG_BUCKETS,
            registry=registry,
        )
        engine.on_lag = lag.observe
        registry.register(self)

    def collect(self) -> Iterable[Metric]:
        """Reads the sockets' and the pinger's counters."""
        yield from self._sockets()
        pinger = self._engine.pinger
        resolver = self._resolver
        foreign = sum(sock.foreign for sock in self._engine.sockets.open.values())
        rows = (
            ("busy_drops", "Requests given up because our own send buffers were full.", pinger.busy_drops),
            ("unmatched_replies", "Messages that fit no request of ours.", pinger.unmatched + foreign),
            ("resolve_failures", "Lookups of device names that failed.", resolver.failures),
        )
        for name, text, value in rows:
            yield CounterMetricFamily(f"sotp_icmp_{name}", text, value=value)
        yield GaugeMetricFamily("sotp_icmp_targets", "Devices that are watched.", value=len(pinger.targets))

    def _sockets(self) -> Iterable[Metric]:
        sent = CounterMetricFamily("sotp_icmp_packets_sent", "Requests that the kernel took.", labels=["family"])
        received = CounterMetricFamily("sotp_icmp_packets_received", "ICMP messages read.", labels=["family"])
        dropped = CounterMetricFamily(
            "sotp_icmp_socket_drops",
            "Messages that the kernel dropped because the receive buffer was full, as of the last message read.",
            labels=["family"],
        )
        errors = CounterMetricFamily(
            "sotp_icmp_send_errors", "Sends that failed, by the error.", labels=["family", "error"]
        )
        for family, sock in self._engine.sockets.open.items():
            name = family_name(family)
            sent.add_metric([name], sock.sent)
            received.add_metric([name], sock.received)
            dropped.add_metric([name], sock.dropped)
            for error, count in sock.errors.items():
                errors.add_metric([name, error], count)
        return sent, received, dropped, errors
