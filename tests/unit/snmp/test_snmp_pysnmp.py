"""Our codec against pysnmp's: every PDU type, every value type, every security level, in both directions."""

from collections.abc import Sequence
from typing import Any

import pytest

from exporters.snmp import ber, message, oid, pdu, usm
from exporters.snmp.pdu import IpAddress, Pdu, TrapV1, VarBind
from exporters.snmp.usm import User

pytest.importorskip("pysnmp", reason="pysnmp, the oracle, is not installed")

from pyasn1.codec.ber import decoder, encoder
from pyasn1.type import univ
from pysnmp.proto import rfc1157, rfc1902, rfc1905
from pysnmp.proto.api import v1, v2c
from pysnmp.proto.mpmod import rfc3412 as rfc3412_message
from pysnmp.proto.secmod.rfc3414 import service as _service  # noqa: F401  # first: else its modules import in a circle

# isort: split
from pysnmp.proto.secmod.eso.priv import aes192, aes256, des3
from pysnmp.proto.secmod.rfc3414.auth import hmacmd5, hmacsha
from pysnmp.proto.secmod.rfc3414.priv import des
from pysnmp.proto.secmod.rfc3826.priv import aes
from pysnmp.proto.secmod.rfc7860.auth import hmacsha2

NAME = (1, 3, 6, 1, 4, 1, 99999, 2**32 - 1, 128)
VALUES: list[tuple[int, pdu.Value, Any]] = [
    (ber.INTEGER, -(2**31) + 1, v2c.Integer32(-(2**31) + 1)),
    (ber.INTEGER, 128, v2c.Integer32(128)),
    (ber.OCTET_STRING, b"x" * 300, v2c.OctetString(b"x" * 300)),
    (ber.OBJECT_IDENTIFIER, (0, 0), v2c.ObjectIdentifier((0, 0))),
    (ber.OBJECT_IDENTIFIER, NAME, v2c.ObjectIdentifier(NAME)),
    (pdu.IP_ADDRESS, IpAddress(b"\x7f\0\0\1"), v2c.IpAddress("127.0.0.1")),
    (pdu.COUNTER32, 2**32 - 1, v2c.Counter32(2**32 - 1)),
    (pdu.GAUGE32, 0, v2c.Unsigned32(0)),
    (pdu.TIME_TICKS, 2**31, v2c.TimeTicks(2**31)),
    (pdu.COUNTER64, 2**64 - 1, v2c.Counter64(2**64 - 1)),
    (pdu.OPAQUE, b"abc", v2c.Opaque(b"abc")),
    (ber.NULL, None, rfc1905.unSpecified),
    (pdu.NO_SUCH_OBJECT, None, rfc1905.noSuchObject),
    (pdu.NO_SUCH_INSTANCE, None, rfc1905.noSuchInstance),
    (pdu.END_OF_MIB_VIEW, None, rfc1905.endOfMibView),
]
KINDS = [
    (pdu.GET, rfc1905.GetRequestPDU),
    (pdu.GETNEXT, rfc1905.GetNextRequestPDU),
    (pdu.RESPONSE, rfc1905.ResponsePDU),
    (pdu.SET, rfc1905.SetRequestPDU),
    (pdu.GETBULK, rfc1905.GetBulkRequestPDU),
    (pdu.INFORM, rfc1905.InformRequestPDU),
    (pdu.TRAP, rfc1905.SNMPv2TrapPDU),
    (pdu.REPORT, rfc1905.ReportPDU),
]
AUTHS = {
    "MD5": (hmacmd5.HmacMd5.SERVICE_ID, hmacmd5.HmacMd5()),
    "SHA1": (hmacsha.HmacSha.SERVICE_ID, hmacsha.HmacSha()),
    **{
        name: (service, hmacsha2.HmacSha2(service))
        for name, service in zip(
            ("SHA224", "SHA256", "SHA384", "SHA512"), hmacsha2.HmacSha2.HASH_ALGORITHM, strict=True
        )
    },
}
PRIVS = {
    "DES": des.Des(),
    "3DES": des3.Des3(),
    "AES128": aes.Aes(),
    "AES192": aes192.AesBlumenthal192(),
    "AES256": aes256.AesBlumenthal256(),
    "AES192C": aes192.Aes192(),
    "AES256C": aes256.Aes256(),
}
ENGINE = b"\x80\x00\x1f\x88\x04engine"
BOOTS, TIME = 7, 123456


def theirs_of(kind: int, spec: Any, varbinds: Sequence[Any]) -> Any:
    """Returns pysnmp's PDU."""
    built = spec()
    api = v2c.apiBulkPDU if kind == pdu.GETBULK else v2c.apiPDU
    api.set_defaults(built)
    api.set_request_id(built, 4711)
    if kind == pdu.GETBULK:
        api.set_non_repeaters(built, 0)
        api.set_max_repetitions(built, 25)
    api.set_varbinds(built, [(NAME, value) for value in varbinds])
    return built


@pytest.mark.parametrize(("kind", "spec"), KINDS, ids=[spec.__name__ for _, spec in KINDS])
def test_every_pdu_type_is_the_same_bytes_in_both(kind, spec):
    """Our bytes are pysnmp's bytes, and each reads the other's, for each PDU type with each value type."""
    theirs = encoder.encode(theirs_of(kind, spec, [value for *_, value in VALUES]))
    ours = Pdu(kind, 4711, 0, 25 if kind == pdu.GETBULK else 0, [VarBind(NAME, tag, value) for tag, value, _ in VALUES])
    assert pdu.encode(ours) == theirs
    assert pdu.decode(theirs) == ours
    decoded, rest = decoder.decode(pdu.encode(ours), asn1Spec=spec())
    assert not rest
    assert encoder.encode(decoded) == theirs


def test_a_v1_trap_is_the_same_bytes_in_both():
    """SNMPv1's trap, too, whose shape is another."""
    theirs = v1.TrapPDU()
    api = v1.apiTrapPDU
    api.set_defaults(theirs)
    api.set_enterprise(theirs, NAME)
    api.set_agent_address(theirs, "127.0.0.1")
    api.set_generic_trap(theirs, 6)
    api.set_specific_trap(theirs, 300)
    api.set_timestamp(theirs, 2**31)
    api.set_varbinds(theirs, [(NAME, v1.Integer(5))])
    ours = TrapV1(NAME, IpAddress(b"\x7f\0\0\1"), 6, 300, 2**31, [VarBind(NAME, 2, 5)])
    assert pdu.encode_trap_v1(ours) == encoder.encode(theirs)
    assert pdu.decode_trap_v1(encoder.encode(theirs)) == ours
    assert decoder.decode(pdu.encode_trap_v1(ours), asn1Spec=rfc1157.TrapPDU())[0] == theirs


@pytest.mark.parametrize(("version", "api"), [(message.V1, v1), (message.V2C, v2c)])
def test_a_community_message_is_the_same_bytes_in_both(version, api):
    """The envelope of v1 and v2c; a request built by `encode_request` is pysnmp's request."""
    body = api.GetRequestPDU()
    api.apiPDU.set_defaults(body)
    api.apiPDU.set_request_id(body, 99)
    api.apiPDU.set_varbinds(body, [(NAME, api.null if version == message.V1 else rfc1905.unSpecified)])
    theirs = api.Message()
    api.apiMessage.set_defaults(theirs)
    api.apiMessage.set_community(theirs, b"public")
    api.apiMessage.set_pdu(theirs, body)
    ours = message.encode_plain(version, b"public", pdu.encode_request(pdu.GET, 99, 0, 0, [oid.encode(NAME)]))
    assert ours == encoder.encode(theirs)


@pytest.mark.parametrize("priv", ["", *PRIVS])
@pytest.mark.parametrize("auth", AUTHS)
def test_every_security_level_is_understood_by_the_other(auth, priv):
    """Keys, digest and cipher: pysnmp checks and decrypts what we seal, and we what it does."""
    service, signer = AUTHS[auth]
    user = User("u", auth, "authentication", priv, "privacy-password" if priv else "")
    keys = usm.keys_for(user, ENGINE)
    scoped = message.encode_scoped(ENGINE, b"", pdu.encode_request(pdu.GET, 7, 0, 0, [oid.encode(NAME)]))
    whole = usm.seal(keys, 5, scoped, engine_id=ENGINE, boots=BOOTS, time=TIME, user=b"u", counter=99, flags=4)
    head = message.read_secured(whole)

    auth_key = signer.localize_key(signer.hash_passphrase(univ.OctetString("authentication")), univ.OctetString(ENGINE))
    size = len(head.digest)
    unsigned = whole[: head.digest_at] + bytes(size) + whole[head.digest_at + size :]
    assert signer.authenticate_outgoing_message(auth_key, unsigned) == whole
    read, rest = decoder.decode(whole, asn1Spec=rfc3412_message.SNMPv3Message())
    assert not rest
    assert int(read[1][0]) == 5

    if priv:
        cipher = PRIVS[priv]
        priv_key = cipher.localize_key(
            service, cipher.hash_passphrase(service, univ.OctetString("privacy-password")), univ.OctetString(ENGINE)
        )
        start, end = ber.expect(whole, head.at, head.end, ber.OCTET_STRING)
        salt = univ.OctetString(head.salt)
        plain = cipher.decrypt_data(priv_key, (BOOTS, TIME, salt), univ.OctetString(whole[start:end]))
        assert bytes(plain)[: len(scoped)] == scoped
        encrypted, salt = cipher.encrypt_data(priv_key, (BOOTS, TIME, None), scoped)
        assert keys.decrypt(bytes(encrypted), BOOTS, TIME, bytes(salt))[: len(scoped)] == scoped


def test_pysnmps_types_have_our_tags():
    """The application types' tags are RFC 2578's in both."""
    for tag, kind in ((pdu.COUNTER64, rfc1902.Counter64(1)), (pdu.TIME_TICKS, rfc1902.TimeTicks(1))):
        assert encoder.encode(kind)[0] == tag
