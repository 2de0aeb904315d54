"""Devices' names to addresses, again and again, with a resolver that fails, hangs and changes its mind."""

import asyncio
import logging
import socket
import time
from collections.abc import Callable

import pytest

from exporters.kit import names
from exporters.kit.names import Names, SenderNames
from tests.integration.kit.hosts import Hosts

LOG = logging.getLogger("names")
V4, V6 = int(socket.AF_INET), int(socket.AF_INET6)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Milliseconds stand for seconds."""
    monkeypatch.setattr(names, "AGAIN_S", 0.06)
    monkeypatch.setattr(names, "SOON_S", 0.005)


async def until(condition: Callable[[], object]) -> None:
    """Waits for a condition."""
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        await asyncio.sleep(0.002)


async def test_names_follow_the_resolver(caplog: pytest.LogCaptureFixture) -> None:
    """A new address is found at the next look-up; a failure keeps the last one, is counted each time and told once."""
    hosts = Hosts(a_test=["192.0.2.1"])
    changes: list[dict[str, tuple[str, ...]]] = []
    sender = SenderNames(lambda: changes.append(dict(sender.found)), LOG, hosts)
    with caplog.at_level(logging.WARNING):
        sender.want([("a", ("a.test", 0))])
        await until(lambda: changes == [{"a": ("192.0.2.1",)}])
        await until(lambda: len(hosts.asked) > 6)
        assert len(changes) == 1
        hosts.names["a.test"] = ["2001:db8::1", "192.0.2.2"]
        await until(lambda: len(changes) == 2)
        assert sender.found == {"a": ("192.0.2.2", "2001:db8::1")}
        assert caplog.records == []
        hosts.names.clear()
        await until(lambda: sender.failures > 3)
    assert [record.message for record in caplog.records] == ["name not resolved"]
    assert sender.found == {"a": ("192.0.2.2", "2001:db8::1")}
    assert len(changes) == 2
    await sender.stop()


async def test_names_that_hang_hold_up_no_other() -> None:
    """Fifteen names of which nothing comes; the sixteenth is found; the end waits for none of them."""
    hosts = Hosts(a_test=["192.0.2.1"])
    hosts.hanging = {f"n{number}.test" for number in range(15)}
    sender = SenderNames(lambda: None, LOG, hosts)
    sender.want([*[(name, (name, 0)) for name in sorted(hosts.hanging)], ("a", ("a.test", 0))])
    await until(lambda: sender.found)
    started = time.monotonic()
    await sender.stop()
    assert time.monotonic() - started < 5
    hosts.go_on.set()


async def test_names_are_forgotten_with_their_device() -> None:
    """One that is wanted no more, or whose device has another name now, has no address; the others keep theirs."""
    hosts = Hosts(a_test=["192.0.2.1"], b_test=["192.0.2.2"], c_test=["192.0.2.3"])
    sender = SenderNames(lambda: None, LOG, hosts)
    sender.want([(name, (f"{name}.test", 0)) for name in "abc"])
    await until(lambda: len(sender.found) == 3)
    hosts.hanging = {"b2.test"}
    sender.want([("b", ("b2.test", 0)), ("c", ("c.test", 0))])
    assert sender.found == {"c": ("192.0.2.3",)}
    count = hosts.asked.count("a.test")
    await until(lambda: hosts.asked.count("c.test") > 3)
    assert hosts.asked.count("a.test") == count
    hosts.go_on.set()
    await sender.stop()


async def test_names_that_change_together_are_one_change() -> None:
    """A thousand names at the start don't mean a thousand tables."""
    hosts = Hosts(**{f"n{number}_test": [f"192.0.2.{number % 250}"] for number in range(200)})
    changes: list[int] = []
    sender = SenderNames(lambda: changes.append(len(sender.found)), LOG, hosts)
    sender.want([(name, (name, 0)) for name in hosts.names])
    await until(lambda: changes and changes[-1] == 200)
    assert len(changes) < 10
    await sender.stop()


async def test_names_have_addresses_of_their_family() -> None:
    """The other one's don't count; a name that has only those has none."""
    hosts = Hosts(a_test=["192.0.2.1", "2001:db8::1"], b_test=["192.0.2.2"])
    found: dict[str, list[str]] = {}
    following = Names(found.__setitem__, LOG, hosts)
    following.want({"four": ("a.test", V4), "six": ("a.test", V6), "any": ("a.test", 0), "none": ("b.test", V6)})
    await until(lambda: len(found) == 3 and following.failures)
    assert found == {"four": ["192.0.2.1"], "six": ["2001:db8::1"], "any": ["192.0.2.1", "2001:db8::1"]}
    await following.stop()
