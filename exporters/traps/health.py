"""What `/metrics` says of the traps exporter: the ledger, and what may go wrong here."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from exporters.kit.exposition import header, label_text, samples

if TYPE_CHECKING:
    from exporters.traps.app import TrapsService

REASONS = (
    "auth", "buffer_full", "community", "decryption", "level", "malformed", "no_notification", "not_in_time_window",
    "queue_full", "rate", "repeated", "stopped", "too_large", "unknown_sender", "user", "version",
)  # fmt: skip


class Health(Collector):
    """Read at the scrape: a trap costs nothing for it."""

    def __init__(self, service: "TrapsService", registry: CollectorRegistry) -> None:
        self._service = service
        registry.register(self)

    def collect(self) -> Iterable[Metric]:
        """Everything but what stands by device (`device_text`)."""
        service = self._service
        receiver, forwarder = service.receiver, service.forwarder
        dropped = receiver.dropped + (forwarder.dropped if forwarder else Counter())
        lost = CounterMetricFamily(
            "sotp_traps_dropped", "Datagrams that became no message, by reason.", labels=["reason"]
        )
        for reason in sorted({*REASONS, *dropped}):
            lost.add_metric([reason], dropped[reason])
        yield CounterMetricFamily(
            "sotp_traps_received",
            "Datagrams: equal to dropped, handshakes, forwarded and waiting together.",
            value=receiver.received,
        )
        yield lost
        for name, text, value in (
            ("handshakes", "Steps of SNMPv3 in which a sender asks for our engine ID or time.", receiver.handshakes),
            ("forwarded", "Messages that were sent to the shipper.", forwarder.forwarded if forwarder else 0),
            ("udp_kernel_drops", "Datagrams that the kernel dropped: its buffer was full.", service.udp_drops()),
            ("resolve_failures", "Look-ups of devices' names that failed.", service.names.failures),
        ):
            yield CounterMetricFamily(f"sotp_traps_{name}", text, value=value)
        waiting = receiver.waiting + (forwarder.waiting if forwarder else 0)
        yield GaugeMetricFamily("sotp_traps_waiting", "What waits to be decoded or sent.", value=waiting)
        connected = bool(forwarder and forwarder.connected)
        yield GaugeMetricFamily(
            "sotp_traps_shipper_connected", "1 while the shipper takes messages.", value=int(connected)
        )


Key = tuple[str, str]  # device, trap


def prefixes(counts: Iterable[Key]) -> dict[Key, str]:
    """Returns the text before each counter's value: built once a reload, from parts that are made once."""
    devices: dict[str, str] = {}
    traps: dict[str, str] = {}
    found = {}
    for key in counts:
        device, trap = key
        if device not in devices:
            devices[device] = label_text({"device": device})
        if trap not in traps:
            traps[trap] = label_text({"trap": trap})
        found[key] = f"snmp_traps_received_total{{{devices[device]},{traps[trap]}}} "
    return found


def device_text(rows: Mapping[Key, str], counts: Mapping[Key, int]) -> str:
    """The family that has a series a device and trap: text by hand, as there are many."""
    return header("snmp_traps_received_total", "counter", "Traps and informs.") + samples(
        [(prefix, counts[key]) for key, prefix in rows.items()]
    )
