"""From bytes with a sender to the batch: limits, parsing, events, counts. No I/O; the clocks are arguments.

A message is counted as received when it was cut from what the socket gave, and from then on it is somewhere: refused
with a reason, in the batch, in the spool, shipped.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence

from exporters.syslog.config import Config
from exporters.syslog.events import Event
from exporters.syslog.identify import Device
from exporters.syslog.limits import Limiter
from exporters.syslog.message import Message
from exporters.syslog.parse import parse, parse_all
from exporters.syslog.stamp import Zone
from exporters.syslog.streams import Streams

TOGETHER = 128  # messages: what is made of them stays in the processor's cache until it is an entry


class Intake:
    """The hot path.

    Attributes:
        streams: The batch that is being made.
        refused: What was dropped since the last batch, by reason; with `ways` of it.
        events: Messages by device, event and level.
        severities: Messages by device and severity.
        parse_errors: Messages that weren't understood; they are shipped all the same.
    """

    def __init__(self, config: Config, *, now_ns: Callable[[], int] = time.time_ns, salt: int | None = None) -> None:
        self._now_ns = now_ns
        self.streams = Streams(time.time_ns() // 1000 % 500_000 if salt is None else salt)
        self.refused: Counter[str] = Counter()
        self.refused_ways: Counter[str] = Counter()
        self.events: dict[tuple[str, str, str], int] = {}
        self.severities: dict[str, list[int]] = {}
        self.parse_errors = 0
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
            for events in (config.patterns.events_of(device.platform), config.own.events_of(device.name))
            for event, level in events.items()
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
        if config.directory.relays(address):
            for device, given in self._behind(messages, address, sender, now).items():
                self._given(device, given, now, way)
        else:
            zone = self._zones[sender.timezone]
            for at in range(0, len(messages), TOGETHER):
                self._given(sender, parse_all(messages[at : at + TOGETHER], now, zone), now, way)

    def _given(self, device: Device, messages: list[Message], now: int, way: str) -> None:
        """Takes messages of one device."""
        config = self._config
        events = config.patterns.matches(device.platform, messages)
        for event in filter(None, events):
            self._count(device, event)
        if config.own:
            self._own(device, messages, events)
        counts = self.severities[device.name]
        for message in messages:
            counts[message.severity] += 1
            if message.parse_error:
                self.parse_errors += 1
        self.streams.add(device, messages, events, now, way)

    def _count(self, device: Device, event: Event) -> None:
        key = (device.name, event.name, event.level)
        if device.known or key in self.events:
            self.events[key] = self.events.get(key, 0) + 1

    def _own(self, device: Device, messages: list[Message], events: list[Event | None]) -> None:
        """Counts a user's own events; they mark the lines that have no built-in one."""
        for number, message in enumerate(messages):
            found = self._config.own.match(device.name, message.line)
            for event in found:
                self.events[device.name, event.name, event.level] += 1
            if found:
                events[number] = events[number] or found[0]

    def _behind(self, messages: Sequence[bytes], address: str, sender: Device, now: int) -> dict[Device, list[Message]]:
        """Reads messages where one of them may be another device's, by the name in it."""
        found: dict[Device, list[Message]] = {}
        for raw in messages:
            message = parse(raw, now, self._zones[sender.timezone])
            device = self._config.directory.of(address, message.host)
            if device.timezone != sender.timezone:
                message = parse(raw, now, self._zones[device.timezone])
            found.setdefault(device, []).append(message)
        return found
