"""Messages as Loki's entries, collected by device until a batch is made of them. Pure: bytes and counts, no clock.

A line, its stamp and its metadata are frozen here, at receipt: a push that is repeated is the same push. Loki stores
what has the same stamp and line in one stream once, and most devices' clocks have whole seconds, so equal stamps of a
stream get a running nanosecond.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
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

    def stamps(self, wanted: Iterable[int], salt: int) -> list[int]:
        """Returns the stamps that are stored in the place of those wanted: no two of the stream are equal."""
        seen = self.seen
        found = []
        for stamp in wanted:
            running = seen.get(stamp)
            if running is None:
                running = self._first(stamp, salt)
                seen = self.seen
            seen[stamp] = running + 1
            found.append(stamp + running)
        return found

    def seal(self) -> list[bytes]:
        """The stream as it stands in a request, in pieces, in the order of receipt; a new batch begins."""
        blocks, self.blocks = self.blocks, []
        return [protocol.stream_head(self.labels, sum(map(len, blocks))), *blocks]

    def _first(self, wanted: int, salt: int) -> int:
        """The nanoseconds to add to a stamp that `seen` hasn't: none, unless it is one from before."""
        running = self.before.get(wanted)
        if running is None:
            running = salt if wanted % 1_000_000 == 0 else 0
        if len(self.seen) >= _STAMPS:  # two halves: deleting one by one from a dict's front is slow
            self.before, self.seen = self.seen, {}
        return running


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
        """Adds messages of one device, one at least, each with what it tells."""
        stream = self._streams.get((device.name, device.site, device.role)) or self._new(device)
        if not stream.blocks:
            self._filled.append(stream)
        stamps = stream.stamps([message.stamp_ns or received_ns for message in messages], self._salt)
        metadata = self._pairs(messages, events, device)
        lines = [message.line for message in messages]
        if max(map(len, lines)) > _CLIP:
            self._truncate(lines, metadata)
        stream.blocks.append(protocol.encode(zip(stamps, map(str.encode, lines), metadata, strict=True)))
        self._oldest = min(self._oldest, *stamps)
        self.size += len(stream.blocks[-1])
        self.count += len(messages)
        self.ways[way] += len(messages)

    def seal(self) -> tuple[bytes, int]:
        """Returns the batch as a push request, and its oldest stamp; a new one begins."""
        request = b"".join([piece for stream in self._filled for piece in stream.seal()])
        oldest = self._oldest if self.count else 0
        self._filled, self._oldest = [], _NEVER
        self.count = self.size = 0
        self.ways = Counter()
        return request, oldest

    def _pairs(self, messages: Sequence[Message], events: Sequence[Event | None], device: Device) -> list[bytes]:
        """All metadata of each message."""
        known, stranger = self._metadata, not device.known
        found = []
        for message, event in zip(messages, events, strict=True):
            key = (message.facility, message.severity, message.app, message.mnemonic, event and event.name)
            pairs = known.get(key) or self._shared(message, event, key)
            if message.procid:
                text = message.procid.encode()
                pairs += _PROCID[len(text)] + text if len(text) < _SHORT else _long("procid", message.procid)
            if message.msgid:
                text = message.msgid.encode()
                pairs += _MSGID[len(text)] + text if len(text) < _SHORT else _long("msgid", message.msgid)
            if message.structured or event or message.parse_error or message.device_time or stranger:
                pairs += _own(message, event, device)
            found.append(pairs)
        return found

    def _truncate(self, lines: list[str], metadata: list[bytes]) -> None:
        """Cuts lines that are too long, and says so in their metadata."""
        for number, line in enumerate(lines):
            lines[number], cut = truncate(line)
            if cut:
                self.truncated += 1
                metadata[number] += _TRUNCATED

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


def _long(name: str, value: str) -> bytes:
    """A pair of a value that has no head made before."""
    return protocol.pairs(((name, value[:_VALUE]),))


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
