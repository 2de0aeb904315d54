"""The responder: bytes in, a delay and bytes out."""

from ipaddress import ip_address
from itertools import pairwise
from random import Random

import pytest

from lab.network import Network, Node, Quality
from lab.packet import Echo, checksum, echo_reply, parse_echo
from lab.responder import Responder

PROBER = {4: ip_address("100.64.0.1").packed, 6: ip_address("fd00:64::1").packed}


PLAIN = Quality(0.01)


def request(address: str) -> bytes:
    """An echo request: the reply of a request with turned addresses, its type set right."""
    family = ip_address(address).version
    turned = Echo(family, ip_address(address).packed, PROBER[family], 0, b"\x04\xd2\0\1payload.", b"")
    reply = echo_reply(turned, 64)
    if family == 4:
        message = b"\x08\0\0\0" + reply[24:]
        return reply[:20] + message[:2] + checksum(message).to_bytes(2, "big") + message[4:]
    old = int.from_bytes(reply[42:44], "big")
    new = (old + 0x0100) % 0xFFFF  # the type falls by one, so the sum's complement grows
    return reply[:40] + b"\x80\0" + new.to_bytes(2, "big") + reply[44:]


def node(name: str, address: str, *parents: str, quality: Quality = PLAIN) -> Node:
    """A device with an address."""
    return Node(name, "waw", address, ip_address(address).packed, "", parents, quality, 60)


@pytest.fixture
def network() -> Network:
    """A root with an IPv4 and an IPv6 device behind it."""
    return Network(
        [
            node("fw", "192.0.2.1"),
            node("sw", "192.0.2.2", "fw", quality=Quality(0.02, 0.01)),
            node("six", "2001:db8::1", "fw"),
        ]
    )


@pytest.fixture
def responder(network: Network) -> Responder:
    """Always the same chances."""
    return Responder(network, Random(4))


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1"])
def test_a_living_device_answers_after_its_delay(responder: Responder, address: str) -> None:
    """Bytes of a real request come back as the reply to it, after the device's own delay."""
    packet = request(address)
    echo = parse_echo(packet)
    assert echo is not None
    assert responder.answer(packet, 0.0) == (0.01, echo_reply(echo, 60))


def test_jitter_comes_on_top_of_the_delay(responder: Responder) -> None:
    """Delays spread evenly from delay to delay + jitter."""
    answers = [responder.answer(request("192.0.2.2"), 0.0) for _ in range(2000)]
    delays = [answer[0] for answer in answers if answer]
    assert len(delays) == 2000
    assert 0.02 <= min(delays) < 0.0201
    assert 0.0299 < max(delays) <= 0.03
    assert sum(delays) / len(delays) == pytest.approx(0.025, abs=0.0003)


def test_loss_is_a_share_of_silence(network: Network, responder: Responder) -> None:
    """With 20% loss a fifth goes unanswered; with 100% all."""
    network.degrade("fw", loss=0.2)
    answered = sum(responder.answer(request("192.0.2.1"), 0.0) is not None for _ in range(5000))
    assert answered / 5000 == pytest.approx(0.8, abs=0.02)
    network.degrade("fw", loss=1.0)
    assert all(responder.answer(request("192.0.2.1"), 0.0) is None for _ in range(100))


def test_silence_for_strangers_and_garbage(responder: Responder) -> None:
    """An address that no device has, and what is no echo request, get nothing."""
    assert responder.answer(request("192.0.2.77"), 0.0) is None
    assert responder.answer(b"\x45garbage", 0.0) is None


def test_a_dead_device_is_reported_now_and_then(network: Network, responder: Responder) -> None:
    """Its router says "host unreachable" to some requests, once a second at most, after its own delay; it never."""
    network.break_(["sw"])
    answers = [(ms, responder.answer(request("192.0.2.2"), ms / 1000)) for ms in range(0, 10_000, 100)]
    reported = [(ms, answer) for ms, answer in answers if answer]
    assert 5 <= len(reported) <= 10
    assert all(after[0] - before[0] >= 1000 for before, after in pairwise(reported))
    assert all(answer[0] == 0.01 and answer[1][12:16] == ip_address("192.0.2.1").packed for _, answer in reported)
    assert all(answer[1][20:22] == b"\x03\x01" for _, answer in reported)


def test_only_a_share_is_reported(network: Network, responder: Responder) -> None:
    """Not every request gets the error, even when they are slow enough."""
    network.break_(["sw"])
    reported = sum(responder.answer(request("192.0.2.2"), 10.0 * n) is not None for n in range(1000))
    assert reported == pytest.approx(500, abs=60)


@pytest.mark.parametrize("address", ["192.0.2.1", "192.0.2.2", "2001:db8::1"])
def test_nobody_reports_a_dead_root_or_another_family(network: Network, responder: Responder, address: str) -> None:
    """With the root dead all is silence; a router without an IPv6 address reports no IPv6 device."""
    network.break_(["fw"])
    network.break_(["six"])
    assert all(responder.answer(request(address), 10.0 * n) is None for n in range(50))
