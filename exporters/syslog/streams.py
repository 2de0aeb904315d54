"""Messages as Loki's entries, collected by device until a batch is made of them. Pure: bytes and counts, no clock.

A line, its stamp and its metadata are frozen here, at receipt: a push that is repeated is the same push. Loki stores
what has the same stamp and line in one stream once, and most devices' clocks have whole seconds, so equal stamps of a
stream get a running nanosecond.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from exporters.kit.loki import protocol
from exporters.syslog.events import Event
from exporters.syslog.identify import Device
from exporters.syslog.limits import truncate
from exporters.syslog.message import Message

SEVERITIES = ("emergency", "alert", "critical", "error", "warning", "notice", "info", "debug")
FACILITIES = (
    *("kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp"),
    *("ntp", "audit", "alert", "clock"),
    *("local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"),
)

_NEVER = 2**63 - 1
_STAMPS = 1024  # of a stream, that are remembered
_KEPT = 8192
_VALUE = 1024  # characters of a metadata value
_CLIP = 50_000  # characters of a line that can't be too long for `truncate`
_PROCID, _MSGID = protocol.pair_heads(b"procid"), protocol.pair_heads(b"msgid")
_SHORT = len(_PROCID)
_TRUNCATED = protocol.pairs((("truncated", "true"),))


@dataclass(slots=True)
class Stream:
    """One device's entries of the batch that is being made."""

    labels: bytes
    blocks: list[bytes] = field(default_factory=list)  # entries, those of an `add` together
    seen: dict[int, int] = field(default_factory=dict)  # by a stamp that was wanted: the nanoseconds it runs to
    before: dict[int, int] = field(default_factory=dict)

    def first(self, wanted: int, salt: int) -> int:
        """The nanoseconds to add to a stamp that `seen` hasn't: none, unless it is one from before."""
        running = self.before.get(wanted)
        if running is None:
            running = salt if wanted % 1_000_000 == 0 else 0
        if len(self.seen) >= _STAMPS:  # two halves: deleting one by one from a dict's front is slow
            self.before, self.seen = self.seen, {}
        return running

    def seal(self) -> bytes:
        """The entries, in the order of their receipt; a new batch begins."""
        blocks, self.blocks = self.blocks, []
        return protocol.stream(self.labels, b"".join(blocks))


class Streams:
    """All of them.

    Attributes:
        count: Messages of the batch.
        size: Bytes of it.
        ways: The messages by the way they came.
        truncated: How many were cut to a line's limit; it only grows.
    """

    def __init__(self, salt: int = 0) -> None:
        """Creates it; `salt` (ns, less than a millisecond) keeps a restart's running nanoseconds apart."""
        self.count = self.size = self.truncated = 0
        self.ways: Counter[str] = Counter()
        self._salt = salt
        self._streams: dict[tuple[str, str, str], Stream] = {}
        self._filled: list[Stream] = []
        self._oldest = _NEVER
        self._metadata: dict[tuple[object, ...], bytes] = {}

    def add(
        self, device: Device, messages: Sequence[Message], events: Sequence[Event | None], received_ns: int, way: str
    ) -> None:
        """Adds messages of one device, each with what it tells."""
        stream = self._streams.get((device.name, device.site, device.role)) or self._new(device)
        if not stream.blocks:
            self._filled.append(stream)
        oldest, seen, pairs, entry = self._oldest, stream.seen, self._pairs, protocol.entry
        entries: list[bytes] = []
        for message, event in zip(messages, events, strict=True):
            stamp = message.stamp_ns or received_ns
            running = seen.get(stamp)
            if running is None:
                running = stream.first(stamp, self._salt)
                seen = stream.seen
            seen[stamp] = running + 1
            stamp += running
            if stamp < oldest:  # noqa: PLR1730 - a call costs more than all the rest of a stamp
                oldest = stamp
            line, own = message.line, pairs(message, event, device)
            if len(line) > _CLIP:
                line, cut = truncate(line)
                if cut:
                    self.truncated += 1
                    own += _TRUNCATED
            entries.append(entry(stamp, line.encode(), own))
        stream.blocks.append(b"".join(entries))
        self._oldest = oldest
        self.size += len(stream.blocks[-1])
        self.count += len(messages)
        self.ways[way] += len(messages)

    def seal(self) -> tuple[bytes, int]:
        """Returns the batch as a push request, and its oldest stamp; a new one begins."""
        request = b"".join([stream.seal() for stream in self._filled])
        oldest = self._oldest if self.count else 0
        self._filled, self._oldest = [], _NEVER
        self.count = self.size = 0
        self.ways = Counter()
        return request, oldest

    def _pairs(self, message: Message, event: Event | None, device: Device) -> bytes:
        """All metadata of a message."""
        key = (message.facility, message.severity, message.app, message.mnemonic, event and event.name)
        pairs = self._metadata.get(key) or self._shared(message, event, key)
        if message.procid:
            pairs += _pair(b"procid", _PROCID, message.procid)
        if message.msgid:
            pairs += _pair(b"msgid", _MSGID, message.msgid)
        if message.structured or event or message.parse_error or message.device_time or not device.known:
            pairs += _own(message, event, device)
        return pairs

    def _new(self, device: Device) -> Stream:
        labels = {"job": "syslog", "device": device.name}
        labels |= {name: value for name, value in (("site", device.site), ("role", device.role)) if value}
        found = Stream(protocol.labels_text(labels).encode())
        self._streams[(device.name, device.site, device.role)] = found
        return found

    def _shared(self, message: Message, event: Event | None, key: tuple[object, ...]) -> bytes:
        """The metadata that many messages share, made once."""
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
        return found


def _pair(name: bytes, heads: list[bytes], value: str) -> bytes:
    """One pair; its head was made before, unless the value is long."""
    text = value.encode()
    return heads[len(text)] + text if len(text) < _SHORT else protocol.pairs(((name.decode(), value[:_VALUE]),))


def _own(message: Message, event: Event | None, device: Device) -> bytes:
    """The metadata that few messages have."""
    own = [
        ("parse_error", message.parse_error[:_VALUE]),
        ("device_time", message.device_time[:_VALUE]),
    ]
    own += [(_name(name), value[:_VALUE]) for name, value in message.structured[:64]]
    if event:
        own += [(f"event_{name}", value[:_VALUE]) for name, value in event.fields.items()]
    if not device.known:
        own += [("address", device.address), ("host", message.host[:255])]
    return protocol.pairs(_unique(own))


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
