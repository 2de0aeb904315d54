"""The way of one datagram: whose it is, whether it may pass, what it says. No I/O; the clocks are arguments.

Every datagram is counted as received, and from then on it is somewhere: dropped with a reason, a step of an SNMPv3
handshake, waiting, forwarded.
"""

import hmac
import logging
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Mapping

from exporters.kit.addresses import normal
from exporters.kit.log import fields
from exporters.traps import message
from exporters.traps.config import Config
from exporters.traps.credentials import Community, User
from exporters.traps.definitions import Definitions
from exporters.traps.engine import Engine, Opened
from exporters.traps.envelope import AUTH, REPORTABLE, Envelope, EnvelopeError, read
from exporters.traps.fair import Address, Fair
from exporters.traps.senders import Device, Senders
from exporters.traps.window import Windows

_REPEATED_S = 60.0  # an inform that comes again in this time was answered, and its answer lost
_REMEMBERED = 4096
_TOLD_S = 600.0
_TOLD_MOST = 4096


class Receiver:
    """Decides on datagrams.

    Attributes:
        counts: Notifications by device and trap.
        received: Datagrams.
        dropped: Those that became nothing, by reason.
        handshakes: Steps of SNMPv3 in which a sender asks for our engine ID and time.
        fair: What waits to be decoded.
    """

    def __init__(
        self,
        definitions: Definitions,
        put: Callable[[bytes], None],
        *,
        clock: Callable[[], float] = time.monotonic,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        """Takes the names, and where messages go.

        Args:
            definitions: What traps are called.
            put: Takes a frame for the shipper.
            clock: Monotonic seconds.
            now_ns: UTC nanoseconds.
        """
        self._definitions, self._put, self._clock, self._now_ns = definitions, put, clock, now_ns
        self._config: Config | None = None
        self._engines: Mapping[str, Engine] = {}
        self._windows = Windows()
        self._informs: OrderedDict[tuple[str, Address, int], float] = OrderedDict()
        self._told: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._log = logging.getLogger("traps")
        self.senders = Senders((), {})
        self.fair: Fair | None = None
        self.counts: dict[tuple[str, str], int] = {}
        self.received = self.handshakes = 0
        self.dropped: Counter[str] = Counter()

    @property
    def waiting(self) -> int:
        """How many datagrams wait to be decoded."""
        return self.fair.waiting if self.fair else 0

    def swap(
        self, config: Config, engines: Mapping[str, Engine], senders: Senders, born: Iterable[tuple[str, str]]
    ) -> None:
        """Puts a configuration into force; counters of devices that stay, stay.

        Args:
            config: The file.
            engines: By auth.
            senders: Who may send.
            born: Counters that are there from the start.
        """
        self._config, self._engines, self.senders = config, engines, senders
        if self.fair is None:
            self.fair = Fair(config.limits)
        self.fair.change(config.limits, senders, self._clock())
        counted = {key: count for key, count in self.counts.items() if count and key[0] in config.devices}
        self.counts = dict.fromkeys(born, 0) | counted

    def take(self, data: bytes, address: Address) -> None:
        """Takes a datagram from the socket: microseconds."""
        self.received += 1
        source = normal(address[0])
        if self.fair is None or source not in self.senders:
            self._refuse("unknown_sender", source)
            return
        reason = self.fair.put(source, data, address, self._clock())
        if reason:
            self._refuse(reason, source)

    def work(self) -> bool:
        """Decodes one datagram, if one waits: about a millisecond."""
        found = self.fair.get() if self.fair else None
        if found is None:
            return False
        data, address = found
        source = normal(address[0])
        reason = self._open(data, address, source)
        if reason == "handshake":
            self.handshakes += 1
        elif reason:
            self._refuse(reason, source)
        return True

    def give_up(self) -> None:
        """Drops what still waits: the exporter ends."""
        while self.fair and self.fair.get():
            self.dropped["stopped"] += 1

    def _open(self, data: bytes, address: Address, source: str) -> str:
        """Makes a message of a datagram, or says why not."""
        try:
            envelope = read(data)
        except EnvelopeError:
            return "malformed"
        if not envelope.notifies:
            return "no_notification"
        device, reason = self._whose(envelope, source)
        if device is None:
            return reason
        engine = self._engines[device.auth]
        opened = engine.open(data, address, envelope)
        if isinstance(opened, str):
            return opened
        return self._old(device, envelope, opened, address) or self._tell(device, envelope, opened, source)

    def _old(self, device: Device, envelope: Envelope, opened: Opened, address: Address) -> str:
        """Whether it came before; pysnmp has looked at the time of informs, which is ours."""
        now = self._clock()
        if opened.inform is not None:
            return "repeated" if self._repeated((device.name, address, opened.inform), now) else ""
        if not envelope.flags & AUTH:
            return ""
        in_time = self._windows.holds(device.name, envelope.engine_id, envelope.boots, envelope.time, now)
        return "" if in_time else "not_in_time_window"

    def _tell(self, device: Device, envelope: Envelope, opened: Opened, source: str) -> str:
        notice = message.describe(opened.varbinds, source, self._definitions)
        if notice is None:
            return "malformed"
        key = (device.name, notice.trap)
        self.counts[key] = self.counts.get(key, 0) + 1
        self._put(message.frame(message.build(notice, device.name, envelope.version, self._now_ns())))
        return ""

    def _whose(self, envelope: Envelope, source: str) -> tuple[Device | None, str]:
        """Returns the device of an address whose credentials the envelope has, or why there is none."""
        assert self._config is not None  # noqa: S101 - the service swaps before it starts
        reason = "unknown_sender"
        for device in self.senders.of(source):
            reason = _fits(envelope, self._config.auths[device.auth])
            if not reason:
                return device, ""
        return None, reason

    def _repeated(self, key: tuple[str, Address, int], now: float) -> bool:
        last = self._informs.pop(key, None)
        self._informs[key] = now
        if len(self._informs) > _REMEMBERED:
            self._informs.popitem(last=False)
        return last is not None and now - last < _REPEATED_S

    def _refuse(self, reason: str, source: str) -> None:
        """Counts, and says so once in ten minutes for each sender."""
        self.dropped[reason] += 1
        now = self._clock()
        key = (source, reason)
        if now - self._told.get(key, -_TOLD_S) < _TOLD_S:
            return
        if len(self._told) >= _TOLD_MOST:
            self._told.popitem(last=False)
        self._told[key] = now
        device = ",".join([one.name for one in self.senders.of(source)]) or None
        self._log.warning("a datagram is refused", extra=fields(reason=reason, address=source, device=device))


def _fits(envelope: Envelope, auth: Community | User) -> str:
    """Why a message isn't one of these credentials; "" where it may be."""
    if isinstance(auth, Community):
        if envelope.version == "3":
            return "version"
        return "" if hmac.compare_digest(envelope.community, auth.community) else "community"
    if envelope.version != "3":
        return "version"
    if not envelope.engine_id and envelope.flags == REPORTABLE:
        return ""  # who asks for our engine ID has neither a user nor a digest yet (RFC 3414 §4)
    if envelope.user != auth.name:
        return "user"
    asks = not envelope.boots and not envelope.time and envelope.flags & REPORTABLE
    return "" if envelope.flags & 3 == auth.level or asks else "level"
