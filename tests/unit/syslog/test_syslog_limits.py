"""Who sent it, how much he may send, and how long a line may be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.kit.addresses import normal
from exporters.syslog.identify import UNKNOWN, Device, Directory
from exporters.syslog.limits import Limiter, truncate

CORE = Device("core-1", site="waw", role="core", platform="cisco-iosxe", timezone="Europe/Warsaw")
EDGE = Device("edge-1", platform="juniper-junos")


class Clock:
    """Seconds that a test moves."""

    now = 1000.0

    def __call__(self):
        return self.now


@pytest.mark.parametrize(
    ("address", "one"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::FFFF:c000:201", "192.0.2.1"),
        ("2001:0DB8:0:0::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("no address", "no address"),
    ],
)
def test_an_address_has_one_spelling(address, one):
    """However a socket or an inventory writes it."""
    assert normal(address) == one


def test_a_device_is_known_by_its_address():
    """A name in the message changes nothing: anybody can write one."""
    directory = Directory({"192.0.2.1": CORE, "2001:db8::1": EDGE})
    assert directory.of("::ffff:192.0.2.1") is CORE
    assert directory.of("192.0.2.1", "edge-1") is CORE
    assert directory.of("2001:DB8::0:1") is EDGE
    assert directory.of("192.0.2.1").known


def test_who_isnt_in_the_inventory_is_unknown():
    """With the address, as people look for it."""
    found = Directory({"192.0.2.1": CORE}).of("::ffff:203.0.113.7", "core-1")
    assert (found.name, found.address, found.known) == (UNKNOWN, "203.0.113.7", False)


def test_behind_a_relay_the_name_tells():
    """By name, with its domain, in any case, or by address; the relay itself where the name is nobody's."""
    relay = Device("relay-1")
    directory = Directory(
        {"192.0.2.1": CORE, "192.0.2.9": relay}, names={"Edge-1.example.net": EDGE}, relays=["192.0.2.9"]
    )
    for host in ("core-1", "CORE-1", "core-1.example.net", "192.0.2.1", "::ffff:192.0.2.1"):
        assert directory.of("192.0.2.9", host) is CORE
    assert directory.of("::ffff:192.0.2.9", "edge-1.EXAMPLE.net") is EDGE
    assert directory.of("192.0.2.9", "nobody") is relay
    assert directory.of("192.0.2.9") is relay
    assert Directory({"192.0.2.1": CORE}, relays=["192.0.2.9"]).of("192.0.2.9", "nobody").name == UNKNOWN


def test_made_up_addresses_cost_no_memory():
    """A flood of spoofed sources is remembered up to a number."""
    directory = Directory({"192.0.2.1": CORE})
    for number in range(40_000):
        directory.of(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(directory._found) <= 16384
    assert directory.of("192.0.2.1") is CORE


def test_a_sender_has_its_rate_and_its_burst():
    """At once the burst, then the rate; what is over is counted."""
    clock = Clock()
    limiter = Limiter(10, 20, senders=4, clock=clock)
    assert limiter.take("a", 50) == 20
    assert limiter.refused == 30
    clock.now += 0.5
    assert [limiter.take("a") for _ in range(7)] == [1, 1, 1, 1, 1, 0, 0]
    clock.now += 1000
    assert limiter.take("a", 50) == 20


def test_a_shouting_sender_starves_no_other():
    """Another's million messages leave a sender's bucket full."""
    limiter = Limiter(10, 20, senders=4, clock=Clock())
    limiter.take("loud", 1_000_000)
    assert limiter.take("quiet", 20) == 20


def test_senders_are_bounded_and_the_known_keep_theirs():
    """Beyond the number all share one bucket; nobody gets a new burst by others' coming, and an idle one makes room."""
    clock = Clock()
    limiter = Limiter(10, 20, senders=4, clock=clock)
    for name in "abcd":
        limiter.take(name, 20)
    assert sum(limiter.take(f"spoofed-{number}") for number in range(1000)) == 20
    assert len(limiter) == 4
    assert limiter.take("a") == 0
    clock.now += 2
    assert limiter.take("new", 20) == 20
    assert len(limiter) == 4


def test_a_clock_that_steps_back_gives_nothing_away():
    """Nor does it take."""
    clock = Clock()
    limiter = Limiter(10, 20, senders=4, clock=clock)
    limiter.take("a", 20)
    clock.now -= 100
    assert limiter.take("a") == 0
    clock.now += 1
    assert limiter.take("a", 50) == 10


@given(st.text(max_size=200), st.integers(60, 300))
def test_a_line_is_cut_within_its_limit(line, most):
    """In bytes of UTF-8, never within a character; what fits is left alone."""
    cut, was = truncate(line, most)
    assert len(cut.encode()) <= most
    assert was == (len(line.encode()) > most)
    assert was or cut == line


def test_a_cut_line_says_so():
    """And how long it was."""
    assert truncate("ü" * 100, 60) == ("ü" * 16 + " … [200 bytes, truncated]", True)
