"""What stands before the decoder: envelopes, shares, windows, addresses."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.kit.addresses import normal
from exporters.traps.envelope import Envelope, EnvelopeError, read
from exporters.traps.fair import Fair, Limits
from exporters.traps.senders import Device, Senders
from exporters.traps.window import Windows

V2C = bytes.fromhex("301a 020101 0406 7075626c6963 a70d 020101 020100 020100 3002 3000".replace(" ", ""))


def _tlv(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return bytes((tag, len(body))) + body


def _v3(flags: int, *, model: int = 3, engine: bytes = b"\x80\0\0\0\1", data: int = 0x04) -> bytes:
    header = _tlv(0x30, _tlv(2, b"\1"), _tlv(2, b"\7\xff"), _tlv(4, bytes((flags,))), _tlv(2, bytes((model,))))
    usm = _tlv(0x30, _tlv(4, engine), _tlv(2, b"\5"), _tlv(2, b"\x27\x10"), _tlv(4, b"sotp"), _tlv(4), _tlv(4))
    return _tlv(0x30, _tlv(2, b"\3"), header, _tlv(4, usm), _tlv(data, b"\0\0"))


def test_envelopes():
    """Version, community, user, engine and flags."""
    assert read(V2C) == Envelope("2c", community=b"public")
    found = read(_v3(7))
    assert found == Envelope("3", user=b"sotp", engine_id=b"\x80\0\0\0\1", boots=5, time=10000, flags=7)


def test_a_request_is_no_notification():
    """Told before anything is decoded; an SNMPv1 trap in v2c isn't one, either."""
    for tag in (0xA0, 0xA2, 0xA4):
        assert not read(V2C.replace(b"\xa7", bytes((tag,)))).notifies


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30",
        V2C + b"\0",
        V2C[:-1],
        V2C.replace(b"\x02\x01\x01\x04", b"\x02\x01\x07\x04"),
        b"\x30\x80" + V2C[2:] + b"\0\0",
        _v3(7, model=2),
        _v3(7, engine=bytes(33)),
        _v3(4),  # says that it isn't encrypted, and is
        _v3(7, data=0x30),
    ],
)
def test_broken_envelopes(data: bytes):
    """Each is refused."""
    with pytest.raises(EnvelopeError):
        read(data)


@given(st.binary(max_size=200) | st.binary(max_size=30).map(lambda tail: _v3(7)[:40] + tail))
def test_any_bytes(data: bytes):
    """Nothing but the one exception comes out."""
    with contextlib.suppress(EnvelopeError):
        read(data)


def test_a_sender_has_its_rate_and_its_burst():
    """What is beyond is refused at once; others aren't touched; time gives it back."""
    fair = Fair(Limits(rate=10, burst=3, size=500))
    where = ("192.0.2.1", 1)
    assert [fair.put("a", b"x", where, 0.0) for _ in range(5)] == ["", "", "", "rate", "rate"]
    assert fair.put("b", b"x", where, 0.0) == ""
    assert fair.put("b", bytes(501), where, 0.0) == "too_large"
    assert fair.put("a", b"x", where, 0.1) == "rate"  # a token, but three wait
    fair.get()
    assert fair.put("a", b"x", where, 0.2) == ""


def test_senders_take_turns():
    """The second sender's only datagram comes second, not last."""
    fair = Fair(Limits())
    for number in range(5):
        fair.put("a", b"a%d" % number, ("192.0.2.1", 1), 0.0)
    fair.put("b", b"b", ("192.0.2.2", 1), 0.0)
    order = []
    while found := fair.get():
        order.append(found[0])
    assert order == [b"a0", b"b", b"a1", b"a2", b"a3", b"a4"]
    assert fair.waiting == 0


def test_other_limits_count_at_once():
    """After a reload the old share is forgotten; what waits stays, of those that are gone, too."""
    fair = Fair(Limits(burst=1))
    where = ("192.0.2.1", 1)
    fair.put("a", b"x", where, 0.0)
    assert fair.put("a", b"x", where, 0.0) == "rate"
    fair.change(Limits(burst=5), frozenset({"b"}), 0.0)
    assert fair.put("a", b"x", where, 0.0) == ""
    assert fair.waiting == 2


def test_windows_follow_rfc3414():
    """§3.2 7b: boots only rise, and within them a message is at most 150 seconds late."""
    windows = Windows()
    rows = (
        (5, 1000, 0.0, True),
        (5, 850, 0.0, True),
        (5, 849, 0.0, False),
        (5, 900, 100.0, False),
        (5, 2000, 100.0, True),
        (4, 9999, 100.0, False),
        (6, 0, 100.0, True),
        (2**31 - 1, 0, 100.0, False),
    )
    for boots, seconds, now, holds in rows:
        assert windows.holds("a", b"engine", boots, seconds, now) is holds, (boots, seconds)
    assert windows.holds("b", b"engine", 1, 1, 100.0)  # a clone with the same engine ID has its own clock


def test_windows_are_bounded():
    """Who was silent longest is forgotten."""
    windows = Windows(most=2)
    for name in "abc":
        assert windows.holds(name, b"e", 5, 0, 0.0)
    assert windows.holds("a", b"e", 4, 0, 0.0)
    assert not windows.holds("c", b"e", 4, 0, 0.0)


def test_addresses_have_one_spelling():
    """A socket for both families gives IPv4 addresses within IPv6."""
    assert normal("::ffff:192.0.2.1") == "192.0.2.1"
    assert normal("2001:DB8:0::1%eth0") == "2001:db8::1"
    one = Device("a", "2001:DB8::1", 0, "", "ro")
    other = Device("b", "b.example.net", 0, "", "v3")
    senders = Senders([one, other], {"b": ("2001:db8::1", "192.0.2.2")})
    assert senders.of("2001:db8::1") == (one, other)
    assert senders.of("192.0.2.2") == (other,)
    assert "192.0.2.3" not in senders
