"""From bytes with a sender to the batch: limits, parsing, events, counts. No I/O; the clocks are arguments.

A message is counted as received when it was cut from what the socket gave, and from then on it is somewhere: refused
with a reason, in the batch, in the spool, shipped.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence

from exporters.kit.loki import protocol
from exporters.syslog.config import Config
from exporters.syslog.identify import Device
from exporters.syslog.limits import Limiter, truncate
from exporters.syslog.parse import parse
from exporters.syslog.stamp import Zone
from exporters.syslog.streams import SEVERITIES, Streams

_CLIP = 50_000  # characters of a line that can't be too long for `truncate`


class Intake:
    """The hot path.

    Attributes:
        streams: The batch that is being made.
        refused: What was dropped since the last batch, by reason; with `ways` of it.
        events: Messages by device, event and level.
        severities: Messages by device and severity.
        truncated, parse_errors: Messages that were cut, or not understood; they are shipped all the same.
    """

    def __init__(self, config: Config, *, now_ns: Callable[[], int] = time.time_ns, salt: int | None = None) -> None:
        self._now_ns = now_ns
        self.streams = Streams(time.time_ns() // 1000 % 500_000 if salt is None else salt)
        self.refused: Counter[str] = Counter()
        self.refused_ways: Counter[str] = Counter()
        self.events: dict[tuple[str, str, str], int] = {}
        self.severities: dict[str, list[int]] = {}
        self.truncated = self.parse_errors = 0
        self.swap(config)

    def swap(self, config: Config) -> None:
        """Puts a configuration into force; counters of devices that stay, stay."""
        self._config = config
        limits = config.limits
        clock = time.monotonic
        self._limiter = Limiter(limits.sender_rate, limits.sender_burst, senders=limits.senders, clock=clock)
        self._unknown = Limiter(limits.unknown_rate, limits.unknown_rate * 2, senders=limits.senders, clock=clock)
        self._zones = {name: Zone(name) for name in {device.timezone for device in config.devices.values()} | {"UTC"}}
        born = {
            (device.name, event, level): 0
            for device in config.devices.values()
            for event, level in config.patterns.events_of(device.platform).items()
        }
        self.events = {key: self.events.get(key, 0) for key in born}
        self.severities = {name: self.severities.get(name, [0] * 8) for name in [*config.devices, "unknown"]}

    def refuse(self, count: int, way: str, reason: str) -> None:
        """Counts messages that go no further."""
        self.refused[reason] += count
        self.refused_ways[way] += count

    def take(self, messages: Sequence[bytes], address: str, way: str) -> None:
        """Takes the messages that one sender sent at once."""
        config = self._config
        sender = config.directory.of(address)
        if not sender.known:
            if config.refuse_unknown:
                self.refuse(len(messages), way, "unknown_sender")
                return
            passed = self._unknown.take(sender.address, len(messages))
        else:
            passed = self._limiter.take(sender.name, len(messages))
        if passed < len(messages):
            self.refuse(len(messages) - passed, way, "rate")
            messages = messages[:passed]
        now = self._now_ns()
        for raw in messages:
            self._one(raw, sender, address, way, now)

    def _one(self, raw: bytes, sender: Device, address: str, way: str, now: int) -> None:
        config = self._config
        message = parse(raw, now, self._zones[sender.timezone])
        device = sender
        if config.relays:
            device = config.directory.of(address, message.host)
            if device is not sender and device.timezone != sender.timezone:
                message = parse(raw, now, self._zones[device.timezone])
        event = config.patterns.match(device.platform, message)
        if event:
            key = (device.name, event.name, event.level)
            if key in self.events:
                self.events[key] += 1
            elif device.known:
                self.events[key] = 1
        self.severities[device.name][message.severity] += 1
        if message.parse_error:
            self.parse_errors += 1
        line = message.line
        extra = b"" if device.known else protocol.pairs((("address", device.address), ("host", message.host[:255])))
        if len(line) > _CLIP:
            line, cut = truncate(line)
            if cut:
                self.truncated += 1
                extra += protocol.pairs((("truncated", "true"),))
        self.streams.add(device, message, line.encode(errors="replace"), now, event, way, extra)


def severity_name(number: int) -> str:
    """As it stands in metadata and labels."""
    return SEVERITIES[number]
