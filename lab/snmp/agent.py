"""An SNMP agent: GET, GETNEXT and GETBULK on v2c (RFC 3416), and on v3 with the user-based model (RFC 3414). No I/O.

It answers as agents do: with another community not at all, to a v3 user whom it can't believe with a report that says
why, and with as much of a GETBULK as fits.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import blake2b

from exporters.snmp import ber, message, oid, pdu, usm
from exporters.snmp.errors import MalformedError
from exporters.snmp.message import AUTH, REPORTABLE, Secured
from exporters.snmp.oid import Oid
from exporters.snmp.pdu import Pdu, VarBind
from exporters.snmp.usm import User
from lab.snmp.device import Condition
from lab.snmp.mib import Mib
from lab.snmp.udp import MOST

Credentials = bytes | User
"""A community, or a user."""

_STATS = oid.parse("1.3.6.1.6.3.15.1.1")  # usmStats
_WRONG_LEVEL, _NOT_IN_TIME, _UNKNOWN_USER, _UNKNOWN_ENGINE, _WRONG_DIGEST, _WRONG_KEY = range(1, 7)
_WINDOW = 150  # seconds (RFC 3414 §2.2.3)
_PLAIN_HEAD, _SECURED_HEAD = 40, 180  # bytes around the bindings, at most
_MOST_BINDINGS = 2000


class Agent:
    """A device's agent.

    Args:
        name: The device: its engine ID is made of it.
        credentials: What it takes.
        condition: Its device's.
        mib: Gives its objects; asked with each request.
    """

    def __init__(self, name: str, credentials: Credentials, condition: Condition, mib: Callable[[], Mib]) -> None:
        self.engine_id = engine_id(name)
        self._credentials = credentials
        self._condition = condition
        self._mib = mib
        self._salt = 0

    @property
    def community(self) -> bytes | None:
        """What it takes and sends with; None: a user's (SNMPv3)."""
        return self._credentials if isinstance(self._credentials, bytes) else None

    def answer(self, data: bytes, now: float) -> bytes | None:
        """Returns the answer to a message at a time (seconds since 1970); None for silence."""
        if self._condition.agent:
            return None
        try:
            version, _, _ = message.read_version(data)
            if version == message.V3:
                return self._secured(data, now)
            return self._plain(data, now) if version == message.V2C else None
        except MalformedError:
            return None

    def _plain(self, data: bytes, now: float) -> bytes | None:
        head = message.read_plain(data)
        if self._condition.community or head.community != self._credentials:
            return None
        response = self._response(pdu.decode(data, head.at, head.end), MOST - _PLAIN_HEAD - len(head.community), now)
        return response and message.encode_plain(head.version, head.community, response)

    def _secured(self, data: bytes, now: float) -> bytes | None:
        head = message.read_secured(data)
        user = self._credentials
        if head.engine_id != self.engine_id:
            return self._report(head, _UNKNOWN_ENGINE, now)
        if not isinstance(user, User) or head.user != user.name.encode():
            return self._report(head, _UNKNOWN_USER, now)
        if head.flags & ~REPORTABLE != user.flags:
            return self._report(head, _WRONG_LEVEL, now)
        return self._believed(data, head, user, now)

    def _believed(self, data: bytes, head: Secured, user: User, now: float) -> bytes | None:
        """The answer to a user whom it knows, if the message is from him, and of now."""
        keys = usm.keys_for(user, self.engine_id)
        try:
            if user.auth:
                usm.verify(keys, data, head)
        except usm.DigestError:
            return self._report(head, _WRONG_DIGEST, now)
        if self._condition.community:
            return self._report(head, _WRONG_DIGEST, now)
        if head.flags & AUTH and not self._is_in_time(head, now):
            signing = usm.keys_for(replace(user, priv="", priv_password=""), self.engine_id)
            return self._report(head, _NOT_IN_TIME, now, signing)
        try:
            plain, scoped = usm.unseal(keys, data, head)
            request = pdu.decode(plain, scoped.at, scoped.end)
        except MalformedError:
            return self._report(head, _WRONG_KEY, now) if user.priv else None
        room = min(MOST, head.max_size) - _SECURED_HEAD - len(scoped.context)
        response = self._response(request, room, now)
        return response and self._seal(head, keys, message.encode_scoped(self.engine_id, scoped.context, response), now)

    def _is_in_time(self, head: Secured, now: float) -> bool:
        return head.boots == self._condition.boots and abs(head.time - self._time(now)) <= _WINDOW

    def _time(self, now: float) -> int:
        return int(now - self._condition.booted)

    def _seal(self, head: Secured, keys: usm.Keys, scoped: bytes, now: float) -> bytes:
        self._salt += 1
        return usm.seal(
            keys,
            head.id,
            scoped,
            engine_id=self.engine_id,
            boots=self._condition.boots,
            time=self._time(now),
            user=head.user,
            counter=self._salt,
        )

    def _report(self, head: Secured, stat: int, now: float, keys: usm.Keys = usm.NO_KEYS) -> bytes | None:
        """A report (RFC 3414 §3.2): that of the right time is signed, none is encrypted."""
        if not head.flags & REPORTABLE:
            return None
        report = pdu.encode(Pdu(pdu.REPORT, 0, 0, 0, [VarBind((*_STATS, stat, 0), pdu.COUNTER32, 1)]))
        return self._seal(head, keys, message.encode_scoped(self.engine_id, b"", report), now)

    def _response(self, request: Pdu, room: int, now: float) -> bytes | None:
        mib = self._mib()
        if request.kind == pdu.GETBULK:
            return _encode(request, _fitting(_bulk(mib, request, now), room))
        if request.kind not in {pdu.GET, pdu.GETNEXT}:
            return None
        read = mib.get if request.kind == pdu.GET else mib.next
        bindings = [pdu.encode_varbind(read(each.oid, now)) for each in request.varbinds]
        if sum(map(len, bindings)) > room:
            return pdu.encode(Pdu(pdu.RESPONSE, request.request_id, pdu.TOO_BIG, 0, []))
        return _encode(request, bindings)


def engine_id(name: str) -> bytes:
    """Returns a device's engine ID: net-snmp's enterprise, format 5, octets (RFC 3411, SnmpEngineID)."""
    return b"\x80\x00\x1f\x88\x05" + blake2b(name.encode(), digest_size=8).digest()


def _bulk(mib: Mib, request: Pdu, now: float) -> Iterator[bytes]:
    """The bindings of a GETBULK's answer, row by row (RFC 3416 §4.2.3)."""
    once = max(0, request.error_status)
    for each in request.varbinds[:once]:
        yield pdu.encode_varbind(mib.next(each.oid, now))
    at: list[Oid] = [each.oid for each in request.varbinds[once:]]
    for _ in range(min(max(0, request.error_index), _MOST_BINDINGS)):
        row = [mib.next(name, now) for name in at]
        at = [binding.oid for binding in row]
        yield from map(pdu.encode_varbind, row)
        if all(binding.tag == pdu.END_OF_MIB_VIEW for binding in row):
            return


def _fitting(bindings: Iterator[bytes], room: int) -> list[bytes]:
    found: list[bytes] = []
    for binding in bindings:
        room -= len(binding)
        if room < 0 or len(found) >= _MOST_BINDINGS:
            break
        found.append(binding)
    return found


def _encode(request: Pdu, bindings: list[bytes]) -> bytes:
    numbers = ber.integer(request.request_id) + ber.integer(pdu.NO_ERROR) + ber.integer(0)
    return ber.tlv(pdu.RESPONSE, numbers + ber.sequence(*bindings))
