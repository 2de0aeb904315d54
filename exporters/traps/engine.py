"""pysnmp, behind one call: bytes to variable bindings, answers to informs and discoveries on the way.

Only its message processing is used: the socket, who may send, how much of it, and whether a v3 message is new, is ours.
An engine serves one auth, so that users of the same name with other keys never meet. All of them have one engine ID:
it is authoritative for informs, whose senders discover it. For a trap the sender's is: its keys are put into the one
row that pysnmp takes for an engine that it doesn't know, before the message; a row for each engine would cost 32 KB and
4 ms, and its removal a walk over all of them.
"""

import ipaddress
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pyasn1.type import univ
from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine
from pysnmp.entity.rfc3413.ntfrcv import NotificationReceiver
from pysnmp.proto import rfc1902
from pysnmp.proto.api import v2c

from exporters.traps.credentials import Auth, User
from exporters.traps.envelope import Envelope
from exporters.traps.fair import Address
from exporters.traps.values import Ticks, Value, VarBind

TICK_S = 1.0

Answer = Callable[[bytes, Address], None]

_UDP = (1, 3, 6, 1, 6, 1, 1)  # snmpUDPDomain
_EPOCH = 1_577_836_800  # 2020: boots are seconds since then, so that they rise with each start and nothing is stored
_KEPT_KEYS = 50_000
_LEVELS = {1: 0, 2: 1, 3: 3}  # pysnmp's security levels as flags

_AUTH: dict[str, Any] = {
    "": config.USM_AUTH_NONE,
    "MD5": config.USM_AUTH_HMAC96_MD5,
    "SHA": config.USM_AUTH_HMAC96_SHA,
    "SHA224": config.USM_AUTH_HMAC128_SHA224,
    "SHA256": config.USM_AUTH_HMAC192_SHA256,
    "SHA384": config.USM_AUTH_HMAC256_SHA384,
    "SHA512": config.USM_AUTH_HMAC384_SHA512,
}
_PRIV: dict[str, Any] = {
    "": config.USM_PRIV_NONE,
    "DES": config.USM_PRIV_CBC56_DES,
    "AES128": config.USM_PRIV_CFB128_AES,
    "AES192": config.USM_PRIV_CFB192_AES_BLUMENTHAL,
    "AES256": config.USM_PRIV_CFB256_AES_BLUMENTHAL,
    "AES192C": config.USM_PRIV_CFB192_AES,
    "AES256C": config.USM_PRIV_CFB256_AES,
}
# pysnmp's names of what went wrong. The last two are a sender's first questions: what is your engine, what its time?
_REASONS = {
    "UnknownCommunityName": "community",
    "UnknownSecurityName": "user",
    "AuthenticationFailure": "auth",
    "DecryptionError": "decryption",
    "UnsupportedSecurityLevel": "level",
    "UnknownEngineID": "handshake",
    "NotInTimeWindow": "handshake",
}


@dataclass(frozen=True, slots=True)
class Opened:
    """A notification.

    Attributes:
        varbinds: With sysUpTime and snmpTrapOID first; a v1 trap's as RFC 3584 §3.1 maps them.
        inform: What an inform has in common with its repetitions; None of a trap.
    """

    varbinds: list[VarBind]
    inform: int | None


class Engine:
    """Opens the messages of one auth."""

    def __init__(self, auth: Auth, engine_id: bytes, answer: Answer) -> None:
        """Makes its keys: a few milliseconds.

        Args:
            auth: Whose.
            engine_id: Ours, of informs.
            answer: Sends bytes to an address.
        """
        self.auth = auth
        self._got: list[tuple[Any, Any]] | None = None
        self._inform: int | None = None
        self._level = -1
        self._reason = ""
        self._ticks: list[Callable[[float], None]] = []
        self._engine = engine = _bare(engine_id)
        engine.register_transport_dispatcher(_Dispatcher(answer, self._ticks))
        engine.observer.register_observer(self._on_request, "rfc3412.receiveMessage:request")
        engine.observer.register_observer(
            self._on_failure, "rfc3412.prepareDataElements:sm-failure", "rfc2576.prepareDataElements:sm-failure"
        )
        NotificationReceiver(engine, self._on_notification)
        if isinstance(auth, User):
            self._keys = lru_cache(_KEPT_KEYS)(_localizer(auth))
            self._row = _register(engine, auth, self._keys)
        else:
            config.add_v1_system(engine, "sotp", rfc1902.OctetString(auth.community))

    def open(self, data: bytes, address: Address, envelope: Envelope) -> Opened | str:
        """Opens a message, and answers it where it must be.

        Args:
            data: The message.
            address: Where from.
            envelope: What `envelope.read` said of it.

        Returns:
            The notification, or why it is none: "auth", "decryption", "handshake", …, "malformed".
        """
        self._got, self._inform, self._level, self._reason = None, None, -1, ""
        if isinstance(self.auth, User):
            for node, key in zip(self._row, self._keys(envelope.engine_id), strict=True):
                node.syntax = key
        try:
            self._engine.message_dispatcher.receive_message(self._engine, _UDP, address, data)
        except Exception:  # noqa: BLE001  # a decoder in which bytes of anybody raise all sorts of things
            self._got = None
        if self._got is None:
            return self._reason or "malformed"
        if isinstance(self.auth, User) and self._level != self.auth.level:
            return "level"  # pysnmp takes a trap without a digest of a user who has to sign
        return Opened([VarBind(tuple(oid), _value(value)) for oid, value in self._got], self._inform)

    def tick(self) -> None:
        """Lets pysnmp forget what it keeps for some minutes; every `TICK_S` seconds."""
        for call in self._ticks:
            call(time.time())

    def _on_request(self, _engine: SnmpEngine, _point: str, seen: dict[str, Any], _context: object) -> None:
        pdu = seen["pdu"]
        if seen["messageProcessingModel"] == 3:
            self._level = _LEVELS[int(seen["securityLevel"])]
        if pdu.tagSet == v2c.InformRequestPDU.tagSet:
            # A v3 message that is sent again may have another time. To a v2c one pysnmp gives a request ID of its own,
            # but that is sent again as it was.
            secured = seen["messageProcessingModel"] == 3
            self._inform = int(v2c.apiPDU.get_request_id(pdu)) if secured else hash(bytes(seen["wholeMsg"]))

    def _on_failure(self, _engine: SnmpEngine, _point: str, seen: dict[str, Any], _context: object) -> None:
        indication = seen["statusInformation"].get("errorIndication")
        self._reason = _REASONS.get(type(indication).__name__, "malformed")

    def _on_notification(
        self, _engine: SnmpEngine, _reference: object, _id: object, _name: object, found: Iterable[Any], _ctx: object
    ) -> None:
        self._got = list(found)


class _Dispatcher:
    """What pysnmp takes for the network."""

    def __init__(self, answer: Answer, ticks: list[Callable[[float], None]]) -> None:
        self._answer, self._ticks = answer, ticks

    def register_recv_callback(self, _call: object, _name: object) -> None:
        """Messages are handed to pysnmp directly."""

    def register_timer_callback(self, call: Callable[[float], None]) -> None:
        """Remembers what wants to be called."""
        self._ticks.append(call)

    def get_timer_resolution(self) -> float:
        """Seconds from tick to tick."""
        return TICK_S

    def send_message(self, data: object, _domain: object, address: Address) -> None:
        """Sends an answer."""
        self._answer(bytes(data), address)  # type: ignore[call-overload]  # an OctetString, or bytes


def _bare(engine_id: bytes) -> SnmpEngine:
    """A pysnmp engine of ours. Given an ID, its constructor would keep boots in a file in /tmp."""
    engine = SnmpEngine()
    ours, boots = engine.get_mib_builder().import_symbols("__SNMP-FRAMEWORK-MIB", "snmpEngineID", "snmpEngineBoots")
    ours.syntax = ours.syntax.clone(engine_id)
    boots.syntax = boots.syntax.clone(max(1, int(time.time()) - _EPOCH))
    engine.snmpEngineID = ours.syntax
    return engine


Keys = tuple[Any, Any]


def _localizer(user: User) -> Callable[[bytes], Keys]:
    """Returns what makes a user's keys on an engine; the passwords' part is done once."""
    auth, priv = config.AUTH_SERVICES[_AUTH[user.auth]], config.PRIV_SERVICES[_PRIV[user.priv]]
    auth_key = auth.hash_passphrase(user.auth_password.encode()) if user.auth else b""
    priv_key = priv.hash_passphrase(_AUTH[user.auth], user.priv_password.encode()) if user.priv else b""

    def localize(engine_id: bytes) -> Keys:
        engine = rfc1902.OctetString(engine_id)
        return (
            rfc1902.OctetString(auth.localize_key(auth_key, engine) if user.auth else b""),
            rfc1902.OctetString(priv.localize_key(_AUTH[user.auth], priv_key, engine) if user.priv else b""),
        )

    return localize


def _register(engine: SnmpEngine, user: User, keys: Callable[[bytes], Keys]) -> tuple[Any, Any]:
    """Makes the user known on our engine and on any; returns the two nodes with the latter's keys."""
    name = rfc1902.OctetString(user.name)
    usm = engine.security_models[3]
    for engine_id in (engine.snmpEngineID, usm.wildcard_security_engine_id):
        auth_key, priv_key = keys(bytes(engine_id))
        config.add_v3_user(
            engine, name, _AUTH[user.auth], auth_key or None, _PRIV[user.priv], priv_key or None,
            securityEngineId=engine_id,
            authKeyType=config.USM_KEY_TYPE_LOCALIZED, privKeyType=config.USM_KEY_TYPE_LOCALIZED,
        )  # fmt: skip
    (users,) = engine.get_mib_builder().import_symbols("SNMP-USER-BASED-SM-MIB", "usmUserEntry")
    (row,) = engine.get_mib_builder().import_symbols("PYSNMP-USM-MIB", "pysnmpUsmKeyEntry")
    index = users.getInstIdFromIndices(usm.wildcard_security_engine_id, name)
    return row.getNode((*row.name, 1, *index)), row.getNode((*row.name, 2, *index))


def _value(value: object) -> Value:
    """A value of pysnmp's as one of Python's."""
    if isinstance(value, rfc1902.TimeTicks):
        return Ticks(int(value))
    if isinstance(value, rfc1902.IpAddress):
        return ipaddress.IPv4Address(bytes(value))
    if isinstance(value, univ.OctetString):
        return bytes(value)
    if isinstance(value, univ.ObjectIdentifier):
        return tuple(value)
    return int(value) if isinstance(value, univ.Integer) else None
