"""The envelopes around a PDU. Structure only: `usm` signs and encrypts. Pure.

SNMPv1 and v2c (RFC 1901), and SNMPv3 with the user-based model's parameters (RFC 3412 §6, RFC 3414 §2.4).
"""

from typing import NamedTuple

from exporters.snmp import ber
from exporters.snmp.errors import MalformedError

V1 = 0
V2C = 1
V3 = 3

AUTH = 0x01
PRIV = 0x02
REPORTABLE = 0x04

MAX_SIZE = 65507  # what UDP over IPv4 carries
USM = 3  # msgSecurityModel

_LEAST_MAX_SIZE = 484  # RFC 3412 §6


class Plain(NamedTuple):
    """A v1 or v2c message.

    Attributes:
        version: V1 or V2C.
        community: As it is on the wire.
        at, end: Where the PDU stands.
    """

    version: int
    community: bytes
    at: int
    end: int


class Secured(NamedTuple):
    """A v3 message, not yet opened.

    Attributes:
        id: msgID.
        max_size: msgMaxSize.
        flags: AUTH, PRIV, REPORTABLE.
        engine_id, boots, time, user: The authoritative engine's, and the user's name.
        digest: msgAuthenticationParameters.
        digest_at: Where they stand.
        salt: msgPrivacyParameters.
        at, end: Where the scoped PDU stands: its SEQUENCE, or what is encrypted.
    """

    id: int
    max_size: int
    flags: int
    engine_id: bytes
    boots: int
    time: int
    user: bytes
    digest: bytes
    digest_at: int
    salt: bytes
    at: int
    end: int


class Scoped(NamedTuple):
    """A scoped PDU.

    Attributes:
        engine_id, context: Whose, and which.
        at, end: Where the PDU stands.
    """

    engine_id: bytes
    context: bytes
    at: int
    end: int


def encode_plain(version: int, community: bytes, pdu: bytes) -> bytes:
    """Returns a v1 or v2c message."""
    return ber.sequence(ber.integer(version), ber.octets(community), pdu)


def read_version(data: bytes) -> tuple[int, int, int]:
    """Reads a message's beginning.

    Returns:
        The version, and where what follows it starts and ends.

    Raises:
        MalformedError: It is no SNMP message, or something stands behind it.
    """
    start, end = ber.expect(data, 0, len(data), ber.SEQUENCE)
    if end != len(data):
        raise MalformedError(f"a message of {end} bytes in a datagram of {len(data)}")
    version, at = ber.read_integer(data, start, end)
    return version, at, end


def read(data: bytes) -> Plain | Secured:
    """Reads a message of any version, up to its PDU.

    Raises:
        MalformedError: It is none.
    """
    version, at, end = read_version(data)
    return _secured(data, at, end) if version == V3 else _plain(data, version, at, end)


def read_plain(data: bytes) -> Plain:
    """Reads a v1 or v2c message.

    Raises:
        MalformedError: It is none.
    """
    return _plain(data, *read_version(data))


def _plain(data: bytes, version: int, at: int, end: int) -> Plain:
    if version not in {V1, V2C}:
        raise MalformedError(f"version {version} where SNMPv1 or v2c belongs")
    community, at = ber.read_octets(data, at, end)
    return Plain(version, community, at, end)


def encode_scoped(engine_id: bytes, context: bytes, pdu: bytes) -> bytes:
    """Returns a scoped PDU."""
    return ber.sequence(ber.octets(engine_id), ber.octets(context), pdu)


def read_scoped(data: bytes, at: int, end: int) -> Scoped:
    """Reads a scoped PDU; what stands behind it is the cipher's padding.

    Raises:
        MalformedError: It is none.
    """
    at, end = ber.expect(data, at, end, ber.SEQUENCE)
    engine_id, at = ber.read_octets(data, at, end)
    context, at = ber.read_octets(data, at, end)
    return Scoped(engine_id, context, at, end)


def encode_secured(
    message_id: int,
    flags: int,
    *,
    engine_id: bytes = b"",
    boots: int = 0,
    time: int = 0,
    user: bytes = b"",
    digest: bytes = b"",
    salt: bytes = b"",
    data: bytes,
    max_size: int = MAX_SIZE,
) -> tuple[bytes, int]:
    """Returns a v3 message and where its digest stands in it.

    Args:
        message_id: msgID, 31 bits.
        flags: AUTH, PRIV, REPORTABLE.
        engine_id: The authoritative engine's, as all up to `user`.
        boots: snmpEngineBoots.
        time: snmpEngineTime, seconds.
        user: The user's name.
        digest: Zeros, as many as the digest will have.
        salt: msgPrivacyParameters.
        data: The scoped PDU, or the OCTET STRING of the encrypted one.
        max_size: The largest answer that we take, bytes.
    """
    header = ber.sequence(ber.integer(message_id), ber.integer(max_size), ber.octets(bytes((flags,))), ber.integer(USM))
    salted = ber.octets(salt)
    parameters = ber.octets(
        ber.sequence(
            ber.octets(engine_id),
            ber.integer(boots),
            ber.integer(time),
            ber.octets(user),
            ber.octets(digest),
            salted,
        )
    )
    message = ber.sequence(ber.integer(V3), header, parameters, data)
    return message, len(message) - len(data) - len(salted) - len(digest)


def read_secured(data: bytes) -> Secured:
    """Reads a v3 message up to its scoped PDU.

    Raises:
        MalformedError: It is none, or it follows another security model than USM.
    """
    version, at, end = read_version(data)
    if version != V3:
        raise MalformedError(f"version {version} where SNMPv3 belongs")
    return _secured(data, at, end)


def _secured(data: bytes, at: int, end: int) -> Secured:
    at, stop = ber.expect(data, at, end, ber.SEQUENCE)
    message_id, at = ber.read_integer(data, at, stop)
    max_size, at = ber.read_integer(data, at, stop)
    flags, at = ber.read_octets(data, at, stop)
    model, _ = ber.read_integer(data, at, stop)
    if len(flags) != 1 or model != USM or max_size < _LEAST_MAX_SIZE:
        raise MalformedError(f"a v3 header with {len(flags)} bytes of flags, size {max_size}, security model {model}")
    at, body = ber.expect(data, stop, end, ber.OCTET_STRING)
    at, stop = ber.expect(data, at, body, ber.SEQUENCE)
    engine_id, at = ber.read_octets(data, at, stop)
    boots, at = ber.read_integer(data, at, stop)
    time, at = ber.read_integer(data, at, stop)
    user, at = ber.read_octets(data, at, stop)
    digest, at = ber.read_octets(data, at, stop)
    digest_at = at - len(digest)
    salt, _ = ber.read_octets(data, at, stop)
    return Secured(message_id, max_size, flags[0], engine_id, boots, time, user, digest, digest_at, salt, body, end)
