"""Scrapes that share a poll, slow poll classes, devices that go and come, and many at once."""

import asyncio
import time

import pytest

from bench.snmp.agent import Responder, interfaces
from exporters.snmp import pdu
from exporters.snmp.pdu import VarBind
from exporters.snmp.usm import User
from tests.integration.snmp.snmp_exporter import key, stamps, target


class Device:
    """An agent whose silence and slowness can be chosen.

    Attributes:
        polls: How often sysUpTime was asked for: once a poll.
    """

    def __init__(self, rows=2):
        self.responder = Responder([VarBind((1, 3, 6, 1, 2, 1, 1, 3, 0), pdu.TIME_TICKS, 1), *interfaces(rows)])
        self.polls = 0
        self.asked = asyncio.Event()
        self.silent = False

    def __call__(self, data):
        """Answers, or doesn't."""
        self.polls += b"\x2b\x06\x01\x02\x01\x01\x03\x00" in data
        self.asked.set()
        return None if self.silent else self.responder(data)


async def test_two_scrapes_within_half_an_interval_are_one_poll(exporter, serve):
    """The second gets the first's samples with their time, and the device isn't asked again."""
    device = Device()
    await exporter.load({"sw1": target(await serve(device))})
    begun = time.time()
    first = await exporter.scrape("target=sw1")
    second = await exporter.scrape("target=sw1")
    assert device.polls == 1
    assert stamps(first) == {""}
    (stamp,) = stamps(second)
    assert begun - 1 < int(stamp) / 1000 < time.time()
    strip = lambda page: {k: v for k, v in page.samples.items() if not k[0].startswith("snmp_poll")}  # noqa: E731
    assert strip(first) == strip(second)
    assert second.headers == first.headers
    assert second.samples[key("snmp_poll_age_seconds")] > first.samples[key("snmp_poll_age_seconds")]


async def test_a_poll_is_stamped_where_the_scrape_that_began_it_is_gone(exporter, serve):
    """Its client left before the answer: who comes later gets samples of an earlier moment, and is told which."""
    device = Device()
    await exporter.load({"sw1": target(await serve(device))})
    device.silent = True
    left = asyncio.create_task(exporter.scrape("target=sw1"))
    await device.asked.wait()
    left.cancel()
    await asyncio.gather(left, return_exceptions=True)
    device.silent = False  # the repeated request is answered
    page = await exporter.scrape("target=sw1")
    assert page.samples[key("snmp_up")] == 1
    assert exporter.service.devices.shared == 1
    assert "" not in stamps(page)


async def test_a_polls_age_is_no_matter_of_the_hosts_clock(exporter, serve, monkeypatch):
    """The clock is set an hour forth and back between two scrapes of one poll: its age is what passed."""
    await exporter.load({"sw1": target(await serve(Device()))})
    await exporter.scrape("target=sw1")
    now = time.time
    for jump in (3600, -3600):
        monkeypatch.setattr(time, "time", lambda jump=jump: now() + jump)
        age = (await exporter.scrape("target=sw1")).samples[key("snmp_poll_age_seconds")]
        assert 0 < age < 60


async def test_contexts_of_requests_do_not_add_up(exporter, serve):
    """What is kept of a device for each context that was ever asked for is bounded; the one in use stays known."""
    user = User("plain")
    responder = Responder(interfaces(1), users=[user])
    v3 = {"version": "3", "username": "plain"}
    await exporter.load({"sw1": target(await serve(responder), auth="v3", modules=["if_mib_32"])}, v3=v3)
    await exporter.scrape("target=sw1")
    known = exporter.service.devices._devices["sw1"]
    agents, kept = known.agents, known.agents["v3", ""]
    for number in range(100):
        await exporter.scrape(f"target=sw1&snmp_context=c{number}")
        known.polls.clear()  # the next scrape is another poll
        await exporter.scrape("target=sw1")
    assert len(agents) < 100
    assert agents["v3", ""] == kept


async def test_scrapes_at_the_same_moment_are_one_poll(exporter, serve):
    """Prometheus servers that scrape at once wait for the same answers."""
    device = Device(40)
    await exporter.load({"sw1": target(await serve(device))})
    pages = await asyncio.gather(*[exporter.scrape("target=sw1") for _ in range(3)])
    assert device.polls == 1
    assert all(page.samples[key("snmp_up")] == 1 for page in pages)
    assert sorted(stamps(page) == {""} for page in pages) == [False, False, True]


async def test_another_question_is_another_poll(exporter, serve):
    """Other modules or another auth aren't what the first scrape read."""
    device = Device()
    ro2 = {"version": "1", "community": {"env": "SNMP_TEST_COMMUNITY"}}
    await exporter.load({"sw1": target(await serve(device))}, ro2=ro2)
    await exporter.scrape("target=sw1")
    await exporter.scrape("target=sw1&auth=ro2")
    assert device.polls == 2
    page = await exporter.scrape("target=sw1&module=profile")
    assert page.value("snmp_module_success") == page.value("ifHighSpeed") == 0


async def test_after_half_an_interval_the_device_is_asked_again(exporter, serve):
    """A poll is no cache."""
    device = Device()
    await exporter.load({"sw1": target(await serve(device), interval=1)})
    await exporter.scrape("target=sw1")
    await asyncio.sleep(0.5)  # half the interval
    page = await exporter.scrape("target=sw1")
    assert device.polls == 2
    assert stamps(page) == {""}


async def test_a_slow_class_is_polled_once_an_interval_and_says_when(exporter, serve):
    """Every scrape gets the last poll with its time; what is said of the poll itself is of now."""
    device = Device()
    await exporter.load({"sw1": target(await serve(device), interval=300)})
    first, second = [await exporter.scrape("target=sw1") for _ in range(2)]
    assert device.polls == 1
    assert stamps(first) == stamps(second) != {""}
    assert len(stamps(first)) == 1
    assert "\nsnmp_up 1\n" in second.text


async def test_series_of_a_device_that_stopped_answering_are_gone(exporter, serve):
    """Nothing old is served for it; when it answers again, all is there again."""
    device = Device()
    await exporter.load({"sw1": target(await serve(device), interval=1)})
    assert (await exporter.scrape("target=sw1")).value("ifHighSpeed") > 0
    device.silent = True
    await asyncio.sleep(0.5)  # half the interval
    page = await exporter.scrape("target=sw1", within=1)
    assert (page.samples[key("snmp_up")], page.value("ifHighSpeed")) == (0, 0)
    device.silent = False
    await asyncio.sleep(0.5)
    assert (await exporter.scrape("target=sw1")).samples[key("snmp_up")] == 1


async def test_a_scrape_doesnt_wait_beyond_its_time_for_another_ones_poll(exporter, serve):
    """The first scrape has time; the second, which joins it, has little."""
    device = Device()
    device.silent = True
    await exporter.load({"sw1": target(await serve(device))})
    patient = asyncio.create_task(exporter.scrape("target=sw1", within=4))
    await device.asked.wait()
    begun = time.monotonic()
    page = await exporter.scrape("target=sw1", within=1)
    assert time.monotonic() - begun < 2
    assert page.samples[key("snmp_module_failure", module="if_mib", reason="timeout")] == 1
    assert (await patient).samples[key("snmp_up")] == 0


async def test_a_reload_keeps_what_was_learned_and_drops_polls(exporter, serve):
    """The agent (pace, SNMPv3's engine) stays where the device does; a poll from before isn't served after."""
    device = Device()
    sockaddr = await serve(device)
    await exporter.load({"sw1": target(sockaddr)})
    await exporter.scrape("target=sw1")
    known = exporter.service.devices._devices["sw1"].agents
    await exporter.load({"sw1": target(sockaddr), "sw2": target(("127.0.0.2", 1))})
    await exporter.scrape("target=sw1")
    assert device.polls == 2
    assert exporter.service.devices._devices["sw1"].agents is known
    await exporter.load({"sw1": target(sockaddr, auth="other")}, other={"version": "1", "community": {"env": "HOME"}})
    assert not exporter.service.devices._devices["sw1"].agents


@pytest.mark.timeout(120)
async def test_dead_devices_hold_up_no_healthy_one(exporter, serve):
    """60 that hang and 20 that answer, scraped at once: these are there long before those are given up."""
    dead = await serve(lambda _: None)
    alive = await serve(Device())
    targets = {f"dead{number}": target(dead) for number in range(60)}
    targets |= {f"alive{number}": target(alive) for number in range(20)}
    await exporter.load(targets)
    slow = [asyncio.create_task(exporter.scrape(f"target=dead{number}", within=6)) for number in range(60)]
    await asyncio.sleep(0)
    begun = time.monotonic()
    pages = await asyncio.gather(*[exporter.scrape(f"target=alive{number}", within=6) for number in range(20)])
    took = time.monotonic() - begun
    assert all(page.samples[key("snmp_up")] == 1 for page in pages)
    assert not any(task.done() for task in slow), took
    assert all(page.samples[key("snmp_up")] == 0 for page in await asyncio.gather(*slow))
