"""OIDs, BER, PDUs and messages: bytes to values and back."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.snmp import ber, message, oid, pdu
from exporters.snmp.errors import MalformedError
from exporters.snmp.pdu import IpAddress, Pdu, TrapV1, VarBind

ARCS = st.integers(0, oid.MAX_ARC)
OIDS = st.one_of(
    st.tuples(st.integers(0, 1), st.integers(0, 39)), st.tuples(st.just(2), st.integers(0, oid.MAX_ARC - 80))
).flatmap(lambda head: st.lists(ARCS, max_size=20).map(lambda rest: (*head, *rest)))
VALUES = st.one_of(
    st.tuples(st.just(ber.INTEGER), st.integers(-(2**31), 2**31 - 1)),
    st.tuples(st.just(ber.OCTET_STRING), st.binary(max_size=300)),
    st.tuples(st.just(ber.OBJECT_IDENTIFIER), OIDS),
    st.tuples(st.just(pdu.IP_ADDRESS), st.binary(min_size=4, max_size=4).map(IpAddress)),
    st.tuples(st.sampled_from([pdu.COUNTER32, pdu.GAUGE32, pdu.TIME_TICKS]), st.integers(0, 2**32 - 1)),
    st.tuples(st.just(pdu.COUNTER64), st.integers(0, 2**64 - 1)),
    st.tuples(st.sampled_from([ber.NULL, *pdu.EXCEPTIONS]), st.none()),
    st.tuples(st.just(pdu.OPAQUE), st.floats(allow_nan=False)),
)
VARBINDS = st.lists(st.builds(lambda name, value: VarBind(name, *value), OIDS, VALUES), max_size=6)
KINDS = [pdu.GET, pdu.GETNEXT, pdu.RESPONSE, pdu.SET, pdu.GETBULK, pdu.INFORM, pdu.TRAP, pdu.REPORT]
INT32 = st.integers(-(2**31), 2**31 - 1)


@given(OIDS)
def test_an_oid_survives_its_bytes_and_its_text(name):
    """Encoding and decoding an OID, as bytes and as text, gives the same OID."""
    assert oid.decode(oid.encode(name)) == name
    assert oid.parse(oid.text(name)) == name


@pytest.mark.parametrize(
    ("text", "body"),
    [("1.3.6.1.2.1.1.1.0", "2b06010201010100"), ("2.999.3", "883703"), ("1.3.6.1.4.1.16384", "2b06010401818000")],
)
def test_oids_are_encoded_as_x690_says(text, body):
    """X.690 §8.19 (2.999.3 is its own example): seven bits a byte, the first two arcs in one number."""
    assert oid.encode(oid.parse(text)).hex() == body


@pytest.mark.parametrize("body", ["", "2b86", "2b8fffffff7f00ff", "2bffffffffff7f"])
def test_a_broken_oid_is_malformed(body):
    """An empty OID, one that ends within a number and a number of more than 32 bits are no OIDs."""
    with pytest.raises(MalformedError):
        oid.decode(bytes.fromhex(body))


@pytest.mark.parametrize("text", ["", "1", "1.3.x", "3.1", "1.40", "1.3.4294967296", "1..3", "1.3.-1"])
def test_text_that_is_no_oid_is_refused_with_a_reason(text):
    """A typing error says what an OID looks like."""
    with pytest.raises(ValueError, match="is no OID"):
        oid.parse(text)


@given(st.sampled_from(KINDS), INT32, INT32, INT32, VARBINDS)
def test_a_pdu_survives_its_bytes(kind, request_id, status, index, varbinds):
    """Every PDU type with every value type comes back as it was."""
    whole = Pdu(kind, request_id, status, index, varbinds)
    assert pdu.decode(pdu.encode(whole)) == whole


@given(OIDS, st.binary(min_size=4, max_size=4), st.integers(0, 6), INT32, st.integers(0, 2**32 - 1), VARBINDS)
def test_a_v1_trap_survives_its_bytes(enterprise, agent, generic, specific, stamp, varbinds):  # noqa: PLR0917  # hypothesis's
    """SNMPv1's trap has a shape of its own, and comes back as it was."""
    trap = TrapV1(enterprise, IpAddress(agent), generic, specific, stamp, varbinds)
    assert pdu.decode_trap_v1(pdu.encode_trap_v1(trap)) == trap


@given(st.sampled_from([0, 1]), st.binary(max_size=200), st.binary(max_size=400))
def test_a_community_message_survives_its_bytes(version, community, body):
    """Version, community and the PDU's place are found again."""
    data = message.encode_plain(version, community, body)
    head = message.read_plain(data)
    assert (head.version, head.community, data[head.at : head.end]) == (version, community, body)


@given(
    st.integers(0, 2**31 - 1),
    st.binary(max_size=32),
    st.integers(0, 2**31 - 1),
    st.integers(0, 2**31 - 1),
    st.binary(max_size=32),
    st.sampled_from([0, 12, 48]),
    st.sampled_from([b"", b"saltsalt"]),
    st.binary(max_size=400),
)
def test_a_v3_message_survives_its_bytes(number, engine_id, boots, time, user, digest, salt, data):  # noqa: PLR0917  # hypothesis's
    """All of a v3 message's fields are found again, the digest where it is said to be."""
    body = ber.octets(data)
    whole, at = message.encode_secured(
        number, 4, engine_id=engine_id, boots=boots, time=time, user=user, digest=bytes(digest), salt=salt, data=body
    )
    head = message.read_secured(whole)
    assert (head.id, head.engine_id, head.boots, head.time, head.user) == (number, engine_id, boots, time, user)
    assert (head.digest_at, head.digest, head.salt) == (at, bytes(digest), salt)
    assert whole[head.at : head.end] == body


def test_a_long_form_length_where_a_short_one_would_do_is_accepted():
    """Agents write `06 81 08` and `30 82 00 0f`: nothing is lost by reading it."""
    name = bytes.fromhex("2b06010201020201")
    body = b"\x06\x81" + bytes((len(name),)) + name + b"\x02\x82\x00\x01\x2a"
    data = b"\x30\x82\x00" + bytes((len(body),)) + body
    assert pdu.read_varbinds(data, 0, len(data)) == [VarBind(oid.decode(name), 2, 42)]


@pytest.mark.parametrize(
    ("body", "value"),
    [("ffffffff", 2**32 - 1), ("00ffffffff", 2**32 - 1), ("000000000005", 5), ("80000000", 2**31), ("05", 5)],
)
def test_a_counter32_in_up_to_six_bytes_is_read_as_meant(body, value):
    """Leading zeros too many, or the one that is missing, don't change the number."""
    assert pdu.decode_value(pdu.COUNTER32, bytes.fromhex(body)) == value


@pytest.mark.parametrize(
    ("tag", "body"),
    [
        (pdu.COUNTER32, "0100000000"),
        (pdu.COUNTER32, "ffffffffffff"),
        (pdu.COUNTER32, ""),
        (pdu.COUNTER64, "010000000000000000"),
        (ber.INTEGER, "0080000000"),
        (ber.INTEGER, ""),
        (pdu.IP_ADDRESS, "7f0000"),
        (ber.NULL, "00"),
        (0x48, "00"),
    ],
)
def test_a_value_that_its_type_cannot_hold_is_malformed(tag, body):
    """A Counter32 of more than 32 bits and its like become no number: a wrong one would be a spike in a graph."""
    with pytest.raises(MalformedError):
        pdu.decode_value(tag, bytes.fromhex(body))


@pytest.mark.parametrize(
    "data",
    [
        "",
        "30",
        "3080",
        "3003020101",
        "308500000000ff",
        "30030201",
        "300302010102",
        "1f0100",
        "3003020105",
        "0403020101",
    ],
)
def test_a_broken_envelope_is_malformed(data):
    """Cut off, indefinite, too long, of another tag or version, or with something behind it."""
    with pytest.raises(MalformedError):
        message.read_plain(bytes.fromhex(data))


@given(st.binary(max_size=200))
def test_any_bytes_are_either_read_or_malformed(data):
    """Nothing but MalformedError leaves the codec, whatever it is fed."""
    for read in (message.read_plain, message.read_secured, pdu.decode, pdu.decode_trap_v1, oid.decode):
        with contextlib.suppress(MalformedError):
            read(data)


def test_net_snmps_opaque_floats_are_floats():
    """`9f 78 04` and `9f 79 08` within an Opaque are a float and a double; other Opaques stay bytes."""
    assert pdu.decode_value(pdu.OPAQUE, bytes.fromhex("9f78043f800000")) == 1.0
    assert pdu.decode_value(pdu.OPAQUE, bytes.fromhex("9f79083ff0000000000000")) == 1.0
    assert pdu.decode_value(pdu.OPAQUE, b"\x01\x02") == b"\x01\x02"
