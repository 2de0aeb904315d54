"""One agent's envelope: what makes PDUs into messages for it, and its messages into PDUs again. Pure.

The clock's time is an argument. A v3 session holds what SNMPv3 calls the authoritative engine's: ID, boots and time. It
belongs to the device's address, not to the engine ID: cloned devices share an ID, and each has its own clock.

Boots and time are believed from any report to a request that is still open, even where they are lower than before: many
devices forget their boots. A replayed report doesn't get here, because its message ID is none of an open request's.
"""

import random
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from exporters.snmp import message, oid, pdu, usm
from exporters.snmp.errors import Failure, MalformedError, Reason
from exporters.snmp.message import AUTH, PRIV, REPORTABLE, V1, V2C, Secured
from exporters.snmp.oid import Oid
from exporters.snmp.pdu import Response
from exporters.snmp.usm import DigestError, Keys, User

_USM_STATS = oid.parse("1.3.6.1.6.3.15.1.1")
_NOT_IN_TIME_WINDOWS = (*_USM_STATS, 2, 0)
_UNKNOWN_ENGINE_IDS = (*_USM_STATS, 4, 0)
_REFUSALS: dict[Oid, tuple[Reason, str]] = {
    (*_USM_STATS, 1, 0): ("auth", "the device doesn't grant this security level to the user"),
    (*_USM_STATS, 3, 0): ("unknown_user", "the device knows no such user"),
    (*_USM_STATS, 5, 0): ("auth", "the authentication password or protocol differs from the device's"),
    (*_USM_STATS, 6, 0): ("auth", "the privacy password or protocol differs from the device's"),
    oid.parse("1.3.6.1.6.3.11.2.1.1.0"): ("refused", "the device doesn't speak SNMPv3's user-based security"),
    oid.parse("1.3.6.1.6.3.12.1.4.0"): ("refused", "the context isn't available on the device"),
    oid.parse("1.3.6.1.6.3.12.1.5.0"): ("refused", "the device knows no such context"),
}
_LEVEL = AUTH | PRIV
_ENGINE_ID_SIZES = range(1, 33)  # RFC 3411 says 5 to 32; agents with shorter ones live
_MAX_BOOTS = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Community:
    """SNMPv1's and v2c's credentials.

    Attributes:
        version: "1" or "2c".
        community: The community.
    """

    version: Literal["1", "2c"]
    community: str = field(repr=False)


class Resend(NamedTuple):
    """The agent said what was missing: send the request again.

    Attributes:
        discovered: Whether its engine became known, else its time.
        reason: What it is called when it doesn't end.
    """

    discovered: bool
    reason: Failure


class Ignored(NamedTuple):
    """No answer: wait on. `note` is what to say if no answer comes."""

    note: Failure


Verdict = Response | Resend | Ignored | Failure


class PlainSession:
    """SNMPv1 or v2c with a community.

    Attributes:
        version: message.V1 or V2C.
    """

    def __init__(self, credentials: Community) -> None:
        self.version = V1 if credentials.version == "1" else V2C
        self._community = credentials.community.encode()

    def encode(self, _request_id: int, body: bytes, _now: float) -> bytes:
        """Returns the message of a PDU."""
        return message.encode_plain(self.version, self._community, body)

    def open(self, data: bytes, head: message.Plain, parsed: tuple[int, int, int, int, int, int]) -> Verdict:
        """Judges a message that bears an open request's ID.

        Args:
            data: The message.
            head: Its envelope.
            parsed: What `pdu.read_head` said.
        """
        kind, _, status, index, at, end = parsed
        if head.version != self.version:
            return Ignored(Failure("malformed", "answers in another version of SNMP"))
        if head.community != self._community:
            return Ignored(Failure("malformed", "answers with another community"))
        if kind != pdu.RESPONSE:
            return Ignored(Failure("malformed", f"answers that are no response (tag {kind:#04x})"))
        return Response(data, status, index, at, end)


class SecureSession:
    """SNMPv3 with a user.

    Attributes:
        user: Whose.
        engine_id: The agent's; empty while unknown.
        boots, time: The agent's, as last heard.
        proven: Whether it ever answered with the user's keys.
    """

    version = message.V3

    def __init__(self, user: User) -> None:
        self.user = user
        self.engine_id = b""
        self.boots = self.time = 0
        self.proven = False
        self._heard = 0.0
        self._keys: Keys = usm.NO_KEYS
        self._name = user.name.encode()
        self._context = user.context.encode()
        self._counter = random.SystemRandom().getrandbits(63)

    def encode(self, request_id: int, body: bytes, now: float) -> bytes:
        """Returns the message of a PDU; while the engine is unknown, the question for it instead.

        Args:
            request_id: The PDU's; the message's, too.
            body: The PDU.
            now: Monotonic seconds.
        """
        if not self.engine_id:
            empty = message.encode_scoped(b"", b"", pdu.encode_request(pdu.GET, request_id, 0, 0, ()))
            return message.encode_secured(request_id, REPORTABLE, data=empty)[0]
        self._counter += 1
        return usm.seal(
            self._keys,
            request_id,
            message.encode_scoped(self.engine_id, self._context, body),
            engine_id=self.engine_id,
            boots=self.boots,
            time=min(self.time + int(now - self._heard), _MAX_BOOTS),
            user=self._name,
            counter=self._counter,
            flags=REPORTABLE,
        )

    def forget(self) -> None:
        """Has the next request ask for the engine again."""
        self.engine_id = b""
        self.proven = False

    def open(self, data: bytes, head: Secured, now: float) -> Verdict:
        """Judges a message that bears an open request's ID.

        Raises:
            MalformedError: It can't be read.
        """
        if head.flags & AUTH and head.engine_id != self.engine_id:
            return Ignored(Failure("auth", "signed answers of another SNMPv3 engine"))
        try:
            plain, scoped = usm.unseal(self._keys, data, head)
        except DigestError:
            return Ignored(Failure("auth", "answers with a wrong digest: its authentication password differs"))
        kind, request_id, status, index, at, end = pdu.read_head(plain, scoped.at, scoped.end)
        if kind == pdu.REPORT:
            return self._report(head, pdu.read_varbinds(plain, at, end), now)
        if kind != pdu.RESPONSE or request_id != head.id:
            return Ignored(Failure("malformed", f"answers that are no response to the request (tag {kind:#04x})"))
        if head.flags & _LEVEL != self.user.flags or head.engine_id != self.engine_id or head.user != self._name:
            return Ignored(Failure("auth", "answers with another security level, engine or user than was asked with"))
        if head.flags & AUTH and (head.boots, head.time) != (self.boots, self.time):
            self._hear(head, now)
        self.proven = True
        return Response(plain, status, index, at, end)

    def _report(self, head: Secured, varbinds: list[pdu.VarBind], now: float) -> Verdict:
        what = varbinds[0].oid if varbinds else ()
        if not self.engine_id or what == _UNKNOWN_ENGINE_IDS:
            return self._discovered(head, now)
        if what == _NOT_IN_TIME_WINDOWS and head.engine_id == self.engine_id:
            self._hear(head, now)
            return Resend(
                discovered=False,
                reason=Failure("not_in_time_window", f"the device refuses its own time (boots {self.boots})"),
            )
        reason, detail = _REFUSALS.get(what, ("refused", f"the device reports {oid.text(what)}"))
        return Failure(reason, detail)

    def _discovered(self, head: Secured, now: float) -> Verdict:
        if len(head.engine_id) not in _ENGINE_ID_SIZES:
            raise MalformedError(f"an engine ID of {len(head.engine_id)} bytes")
        if head.engine_id != self.engine_id:
            self.engine_id = head.engine_id
            self.proven = False
            self._keys = usm.keys_for(self.user, head.engine_id)
        self._hear(head, now)
        return Resend(discovered=True, reason=Failure("auth", "the device doesn't know its own engine ID"))

    def _hear(self, head: Secured, now: float) -> None:
        self.boots = max(head.boots, 0)
        self.time = max(head.time, 0)
        self._heard = now


Session = PlainSession | SecureSession
