"""Messages as Loki's entries, collected by device until a batch is made of them. Pure: bytes and counts, no clock.

A line, its stamp and its metadata are frozen here, at receipt: a push that is repeated is the same push. Loki stores
what has the same stamp and line in one stream once, and most devices' clocks have whole seconds, so equal stamps of a
stream get a running nanosecond.
"""

from collections import Counter
from dataclasses import dataclass, field

from exporters.kit.loki import protocol
from exporters.syslog.events import Event
from exporters.syslog.identify import Device
from exporters.syslog.message import Message

SEVERITIES = ("emergency", "alert", "critical", "error", "warning", "notice", "info", "debug")
FACILITIES = (
    *("kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp"),
    *("ntp", "audit", "alert", "clock"),
    *("local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"),
)

_STAMPS = 1024  # of a stream, that are remembered
_KEPT = 8192
_VALUE = 1024  # characters of a metadata value


@dataclass(slots=True)
class Stream:
    """One device's entries of the batch that is being made."""

    labels: bytes
    entries: list[bytes] = field(default_factory=list)
    stamps: list[int] = field(default_factory=list)
    seen: dict[int, int] = field(default_factory=dict)
    before: dict[int, int] = field(default_factory=dict)
    newest: int = 0
    ordered: bool = True


class Streams:
    """All of them.

    Attributes:
        count: Messages of the batch.
        size: Bytes of it.
        ways: The messages by the way they came.
    """

    def __init__(self, salt: int = 0) -> None:
        """Creates it; `salt` (ns, less than a millisecond) keeps a restart's running nanoseconds apart."""
        self.count = self.size = 0
        self.ways: Counter[str] = Counter()
        self._salt = salt
        self._oldest = 0
        self._streams: dict[tuple[str, str, str], Stream] = {}
        self._filled: list[Stream] = []
        self._metadata: dict[tuple[object, ...], bytes] = {}

    def add(  # noqa: PLR0917 - once a message: keywords cost
        self,
        device: Device,
        message: Message,
        line: bytes,
        received_ns: int,
        event: Event | None,
        way: str,
        extra: bytes,
    ) -> None:
        """Adds a message; `line` is what is stored, `extra` more metadata (`protocol.pairs`)."""
        stream = self._streams.get((device.name, device.site, device.role)) or self._new(device)
        stamp = self._stamp(stream, message.stamp_ns or received_ns)
        entry = protocol.entry(stamp, line, self._pairs(message, event) + extra)
        if not stream.entries:
            self._filled.append(stream)
            stream.newest = 0
        if stamp < stream.newest:
            stream.ordered = False
        else:
            stream.newest = stamp
        stream.entries.append(entry)
        stream.stamps.append(stamp)
        if stamp < self._oldest or not self.count:
            self._oldest = stamp
        self.count += 1
        self.size += len(entry)
        self.ways[way] += 1

    def seal(self) -> tuple[bytes, int]:
        """Returns the batch as a push request, and its oldest stamp; a new one begins."""
        parts = []
        for stream in self._filled:
            entries = stream.entries
            if not stream.ordered:
                order = sorted(range(len(entries)), key=stream.stamps.__getitem__)
                entries = [entries[index] for index in order]
            parts.append(protocol.stream(stream.labels, b"".join(entries)))
            stream.entries, stream.stamps, stream.ordered = [], [], True
        self._filled = []
        self.count = self.size = 0
        self.ways = Counter()
        return b"".join(parts), self._oldest

    def _new(self, device: Device) -> Stream:
        labels = {"job": "syslog", "device": device.name}
        labels |= {name: value for name, value in (("site", device.site), ("role", device.role)) if value}
        found = Stream(protocol.labels_text(labels).encode())
        self._streams[(device.name, device.site, device.role)] = found
        return found

    def _stamp(self, stream: Stream, wanted: int) -> int:
        """The stamp, or a later one that the stream hasn't had."""
        running = stream.seen.get(wanted)
        if running is None:
            running = stream.before.get(wanted)
            if running is None:
                running = self._salt if wanted % 1_000_000 == 0 else 0
            if len(stream.seen) >= _STAMPS:  # two halves: deleting one by one from a dict's front is slow
                stream.before, stream.seen = stream.seen, {}
        stream.seen[wanted] = running + 1
        return wanted + running

    def _pairs(self, message: Message, event: Event | None) -> bytes:
        """The metadata; what many messages share is made once."""
        key = (message.facility, message.severity, message.app, message.mnemonic, event.name if event else "")
        found = self._metadata.get(key)
        if found is None:
            if len(self._metadata) >= _KEPT:
                self._metadata.clear()
            found = self._metadata[key] = protocol.pairs(
                (
                    ("severity", SEVERITIES[message.severity]),
                    ("facility", FACILITIES[message.facility]),
                    ("app", message.app[:_VALUE]),
                    ("mnemonic", message.mnemonic[:_VALUE]),
                    ("event", event.name if event else ""),
                    ("level", event.level if event else ""),
                )
            )
        if message.procid:
            found += protocol.pair(b"procid", message.procid[:_VALUE])
        if message.msgid:
            found += protocol.pair(b"msgid", message.msgid[:_VALUE])
        if not (message.structured or event or message.parse_error or message.device_time):
            return found
        own = [
            ("parse_error", message.parse_error[:_VALUE]),
            ("device_time", message.device_time[:_VALUE]),
        ]
        own += [(_name(name), value[:_VALUE]) for name, value in message.structured[:64]]
        if event:
            own += [(f"event_{name}", value[:_VALUE]) for name, value in event.fields.items()]
        return found + protocol.pairs(_unique(own))


def _name(name: str) -> str:
    """A name as Loki has labels; anything else becomes _."""
    return "sd_" + "".join([c if c.isascii() and c.isalnum() else "_" for c in name[:128]])


def _unique(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The first of each name: a store may refuse, or die of, a name that comes twice."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if value:
            found.setdefault(name, value)
    return list(found.items())
