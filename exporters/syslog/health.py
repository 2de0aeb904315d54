"""What `/metrics` says of the shipper: the ledger, the events, and what may go wrong here."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from exporters.kit.exposition import header, label_text, samples, series
from exporters.syslog.streams import SEVERITIES

if TYPE_CHECKING:
    from exporters.syslog.app import SyslogService

_DELAYS = (0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 10.0, 60.0)
_WAYS = ("tcp", "tls", "udp")
_REASONS = ("damaged", "rate", "rejected", "spool_full", "unknown_sender")


class Health(Collector):
    """Read at the scrape: a message costs nothing for it."""

    def __init__(self, service: "SyslogService", registry: CollectorRegistry) -> None:
        self._service = service
        self.delay = Histogram(
            "sotp_syslog_delivery_seconds",
            "From a batch's first message to Loki's acknowledgement.",
            buckets=_DELAYS,
            registry=registry,
        )
        registry.register(self)

    def collect(self) -> Iterable[Metric]:
        """Everything but what stands by device (`device_text`)."""
        pipeline = self._service.pipeline
        if pipeline is None:
            return
        yield from self._ledger()
        spool, shipper, intake = pipeline.spool, pipeline.shipper, pipeline.intake
        yield GaugeMetricFamily("sotp_syslog_spool_bytes", "Bytes of the spool on the disk.", value=spool.bytes)
        yield GaugeMetricFamily("sotp_syslog_spool_full", "1 while nothing more is taken.", value=int(spool.full))
        connections = self._service.connections
        yield GaugeMetricFamily("sotp_syslog_connections", "Open connections.", value=len(connections.open))
        refused = CounterMetricFamily("sotp_syslog_connections_refused", "By reason.", labels=["reason"])
        for reason in ("connections", "connections_per_sender", "handshakes", "handshake"):
            refused.add_metric([reason], connections.refused[reason])
        yield refused
        pushes = CounterMetricFamily(
            "sotp_syslog_pushes", "Requests to Loki, by what the answer meant.", labels=["answer"]
        )
        for kind, count in (shipper.counts.pushes if shipper else {}).items():
            pushes.add_metric([kind], count)
        yield pushes
        framed = connections.counts
        for name, text, value in (
            ("spool_damaged_blocks", "Blocks of the spool that couldn't be read.", spool.troubles.damaged_blocks),
            ("spool_write_errors", "Writes that the disk refused.", spool.troubles.write_errors),
            ("truncated", "Messages that were cut to a line's limit.", intake.streams.truncated + framed.truncated),
            ("miscounted", "Pieces between messages of connections that count their bytes.", framed.miscounted),
            ("cut_short", "Counted messages that their connection's end cut; they are shipped.", framed.cut_short),
            ("rejects_unwritten", "Rejected messages that couldn't be kept aside.", pipeline.rejects.unwritten),
            ("parse_errors", "Messages that weren't understood; they are shipped.", intake.parse_errors),
            ("udp_kernel_drops", "Datagrams that the kernel dropped: its buffer was full.", self._service.udp_drops()),
            ("resolve_failures", "Look-ups of devices' names that failed.", self._service.names.failures),
        ):
            yield CounterMetricFamily(f"sotp_syslog_{name}", text, value=value)
        blocked = bool(shipper and shipper.counts.blocked)
        yield GaugeMetricFamily(
            "sotp_syslog_push_blocked", "1 while Loki refuses us: credentials, address, a block.", value=int(blocked)
        )

    def _ledger(self) -> Iterable[Metric]:
        pipeline = self._service.pipeline
        assert pipeline is not None  # noqa: S101 - the caller looked
        ledger, intake = pipeline.spool.ledger, pipeline.intake
        ways = ledger.received + intake.streams.ways + intake.refused_ways
        received = CounterMetricFamily(
            "syslog_messages_received", "Equal to shipped, dropped and spooled together.", labels=["transport"]
        )
        for way in sorted({*_WAYS, *ways}):
            received.add_metric([way], ways[way])
        reasons = ledger.dropped() + intake.refused
        dropped = CounterMetricFamily("syslog_messages_dropped", "Messages given up, by reason.", labels=["reason"])
        for reason in sorted({*_REASONS, *reasons}):
            dropped.add_metric([reason], reasons[reason])
        yield received
        yield dropped
        yield CounterMetricFamily("syslog_messages_shipped", "Messages that Loki acknowledged.", value=ledger.shipped)
        yield GaugeMetricFamily(
            "syslog_spool_messages", "Messages on the disk and in memory.", value=ledger.spooled + intake.streams.count
        )


def device_text(service: "SyslogService") -> str:
    """The families that have a series a device: text by hand, as there are many."""
    if service.pipeline is None:
        return ""
    intake = service.pipeline.intake
    events = [
        (series("syslog_events_total", label_text({"device": device, "event": event, "level": level})), count)
        for (device, event, level), count in intake.events.items()
    ]
    rows = [
        (series("syslog_device_messages_total", label_text({"device": device, "severity": SEVERITIES[number]})), count)
        for device, counts in intake.severities.items()
        for number, count in enumerate(counts)
        if count or number <= 4  # warning and worse are born at 0: a burst of them alerts
    ]
    return (
        header("syslog_events_total", "counter", "Events that were recognised in messages.")
        + samples(events)
        + header("syslog_device_messages_total", "counter", "Messages by device and severity.")
        + samples(rows)
    )
