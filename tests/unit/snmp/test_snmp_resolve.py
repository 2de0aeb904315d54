"""Devices' addresses as the sockets know them."""

import socket
import threading
import time

import pytest

from exporters.snmp import resolve
from exporters.snmp.resolve import Resolver


@pytest.mark.parametrize(
    ("host", "found"),
    [
        ("192.0.2.1", ("192.0.2.1", 161)),
        ("2001:DB8::1", ("2001:db8::1", 161, 0, 0)),
        ("2001:db8:0:0::1", ("2001:db8::1", 161, 0, 0)),
        ("FE80::1%7", ("fe80::1", 161, 0, 7)),
        ("fe80::1%lo", ("fe80::1", 161, 0, socket.if_nametoindex("lo"))),
    ],
)
async def test_an_address_is_spelt_as_the_kernel_spells_it(host, found):
    """However it is written: an answer's sender is compared with it."""
    assert await Resolver().sockaddr(host, 0, 161, time.monotonic() + 1) == found


@pytest.mark.parametrize("trouble", ["hangs", "fails"])
async def test_a_resolver_in_trouble_costs_no_poll_of_a_known_device(monkeypatch, trouble):
    """The last good address is used, and the time that the poll has isn't spent on waiting for another one."""
    monkeypatch.setattr(resolve, "AGAIN_S", 0.0)
    over = threading.Event()
    answers = iter(["192.0.2.1"])

    def lookup(_name: str, _family: int) -> list[str]:
        if found := next(answers, ""):
            return [found]
        if trouble == "hangs":
            over.wait(30)
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    resolver = Resolver(lookup)
    deadline = time.monotonic() + 10
    try:
        for _ in range(3):
            assert await resolver.sockaddr("sw1.example.net", 0, 161, deadline) == ("192.0.2.1", 161)
        assert time.monotonic() < deadline
    finally:
        over.set()


async def test_a_device_that_moved_is_found_at_its_new_address_at_once(monkeypatch):
    """A resolver that answers is waited for: the poll goes to where the device is now."""
    monkeypatch.setattr(resolve, "AGAIN_S", 0.0)
    monkeypatch.setattr(resolve, "_PATIENCE_S", 10.0)  # however busy the machine is
    answers = iter(["192.0.2.1", "192.0.2.2"])
    resolver = Resolver(lambda _name, _family: [next(answers)])
    found = [await resolver.sockaddr("sw1.example.net", 0, 161, time.monotonic() + 10) for _ in range(2)]
    assert found == [("192.0.2.1", 161), ("192.0.2.2", 161)]
