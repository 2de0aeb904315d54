"""UDP in the packets of the TUN device."""

import pytest

from lab.packet import checksum
from lab.snmp import udp

BY_HAND = bytes.fromhex("4500002900004000401100007f0000017f0000011f9000a1001500006c61622d736e6d702d74657374")


def packet(family: int, payload: bytes = b"question", port: int = 161) -> bytes:
    """A datagram from .1:5000 to .2, with its checksums."""
    source, destination = bytes(4), bytes(3) + b"\x02"
    if family == 6:
        source, destination = bytes(16), bytes(15) + b"\x02"
    asked = udp.Datagram(family, destination, source, port, 5000, payload, b"")
    return udp.reply(asked, payload, 64)


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("payload", [b"", b"odd", b"even", bytes(udp.MOST)])
def test_what_is_written_is_read(family: int, payload: bytes) -> None:
    """Addresses, ports and payload of both families, with valid checksums; a reply goes back where it came from."""
    whole = packet(family, payload)
    asked = udp.parse(whole)
    assert asked is not None
    assert (asked.family, asked.source_port, asked.port, asked.payload) == (family, 5000, 161, payload)
    assert asked.packet == whole
    back = udp.parse(udp.reply(asked, b"answer", 60))
    assert back is not None
    assert (back.source, back.destination) == (asked.destination, asked.source)
    assert (back.source_port, back.port, back.payload) == (161, 5000, b"answer")


def test_an_answer_fits_into_an_ethernet_frame() -> None:
    """The most that an agent says, and IPv6's headers, are below 1500 bytes."""
    assert len(packet(6, bytes(udp.MOST))) <= 1500


def test_the_header_is_that_of_the_rfc() -> None:
    """A datagram written by hand from RFC 791 and 768: 127.0.0.1:8080 to :161, 13 bytes, without a UDP checksum."""
    header = bytearray(BY_HAND)
    header[10:12] = checksum(bytes(header[:20])).to_bytes(2, "big")
    asked = udp.parse(bytes(header))
    assert asked is not None
    assert (asked.source_port, asked.port, asked.payload) == (8080, 161, b"lab-snmp-test")


@pytest.mark.parametrize("family", [4, 6])
def test_a_flipped_bit_is_no_datagram(family: int) -> None:
    """Every bit of header and payload counts, but for TTL, IPv6's flow label and traffic class."""
    whole = packet(family)
    unchecked = {1, 2, 3, 7} if family == 6 else set()
    for at in range(len(whole)):
        if at not in unchecked:
            broken = bytearray(whole)
            broken[at] ^= 0x10
            assert udp.parse(bytes(broken)) is None or (family == 6 and at == 0), at


@pytest.mark.parametrize("family", [4, 6])
def test_what_is_cut_off_is_none_and_never_raises(family: int) -> None:
    """Every shorter packet, and none at all."""
    whole = packet(family)
    assert all(udp.parse(whole[:length]) is None for length in range(len(whole)))


def test_fragments_and_other_protocols_are_none() -> None:
    """More-fragments set, an offset, TCP: with right checksums."""
    whole = packet(4)
    for at, value in ((6, 0x20), (7, 0x01), (9, 6)):
        other = bytearray(whole)
        other[at] = value
        other[10:12] = bytes(2)
        other[10:12] = checksum(bytes(other[:20])).to_bytes(2, "big")
        assert udp.parse(bytes(other)) is None
