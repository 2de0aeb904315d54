"""The exporter against devices of a namespace of ours, with both kinds of socket and both families."""

import asyncio
from typing import Any

import icmplib
import pytest

from tests.integration.icmp.icmp_exporter import Network, running

pytestmark = pytest.mark.netns

BOTH = [("v4", "192.0.2."), ("v6", "2001:db8::")]


def devices(*lasts: int, **more: float) -> dict[str, dict[str, Any]]:
    """Targets `v4-10`, `v6-10` … of both families."""
    return {f"{family}-{last}": {"address": f"{prefix}{last}"} | more for family, prefix in BOTH for last in lasts}


async def test_what_each_device_does_is_counted_as_such(network: Network, mode: str):
    """Slow, late, repeated, swapped, silent, refusing, lying and damaged answers, in one round of both families."""
    network.behave(
        _20="slow", _21="late", _30="twice", _40="unreachable", _41="prohibited", _42="expired",
        _50="elsewhere", _60="damaged", _70="silent",
    )  # fmt: skip
    targets = devices(10, 20, 21, 30, 40, 41, 42, 50, 60, 70)
    async with running(targets, inside=network.entered()) as exporter:
        assert {sock.raw for sock in exporter.service.engine.sockets.open.values()} == {mode == "raw"}
        alive = [f"{family}-{last}" for family, _ in BOTH for last in (10, 20, 21, 30)]
        dead = [name for name in targets if name not in alive]
        up = await exporter.until(
            lambda page: sum(metric == "icmp_up" for metric, _ in page) == len(targets), "/reachability"
        )
        assert {name: up["icmp_up", name] for name in targets} == dict.fromkeys(alive, 1) | dict.fromkeys(dead, 0)
        await asyncio.sleep(1.3)
        page = await exporter.samples("/devices")
        for family, _ in BOTH:
            assert page["icmp_rtt_last_seconds", f"{family}-10"] < 0.1
            assert 0.3 <= page["icmp_rtt_last_seconds", f"{family}-20"] < 0.4
            assert 1.2 <= page["icmp_rtt_last_seconds", f"{family}-21"] < 1.3
            assert page["icmp_rtt_seconds_bucket", f"{family}-20 0.2"] == 0
            assert page["icmp_rtt_seconds_bucket", f"{family}-20 0.5"] >= 1
            duplicates, replies = (
                page["icmp_duplicates_total", f"{family}-30"],
                page["icmp_replies_total", f"{family}-30"],
            )
            assert replies - 1 <= duplicates <= replies
            for last, code in ((40, "host_unreachable"), (41, "admin_prohibited"), (42, "ttl_exceeded")):
                assert page["icmp_unreachable_total", f"{family}-{last} {code}"] >= 3
                assert page["icmp_replies_total", f"{family}-{last}"] == 0
            for last in (50, 60, 70):
                assert page["icmp_replies_total", f"{family}-{last}"] == 0
        assert exporter.service.engine.pinger.unmatched >= 6  # from elsewhere, three requests a family


async def test_reordered_answers_are_answers(network: Network):
    """Answers in the wrong order reach their own requests: all are counted, none twice."""
    network.behave(_10="swap")
    targets = {"a": {"address": "192.0.2.10", "interval": 0.2}, "b": {"address": "192.0.2.10", "interval": 0.2}}
    async with running(targets, inside=network.entered()) as exporter:
        page = await exporter.until(lambda page: page["icmp_replies_total", "a"] >= 5)
        for name in "ab":
            assert page["icmp_duplicates_total", name] == 0
            assert page["icmp_requests_total", name] - page["icmp_replies_total", name] <= 1


async def test_a_death_and_a_return(network: Network):
    """Down within interval + 2 s + time-out, the living parent asked at once; up at the first answer."""
    targets = {
        "p": {"address": "192.0.2.10", "interval": 3600.0},
        "c": {"address": "192.0.2.11", "interval": 1.0, "timeout": 0.3, "parents": ["p"]},
    }
    async with running(targets, inside=network.entered()) as exporter:
        await exporter.until(
            lambda page: page.get(("icmp_up", "p")) == page.get(("icmp_up", "c")) == 1, "/reachability"
        )
        network.behave(_11="silent")
        await exporter.until(lambda page: page["icmp_up", "c"] == 0, "/reachability", within=3.6)
        page = await exporter.samples("/devices")
        assert page["icmp_replies_total", "p"] == page["icmp_requests_total", "p"] == 2
        network.behave(_11="answer")
        page = await exporter.until(lambda page: page["icmp_up", "c"] == 1, "/reachability", within=1.3)
        assert page["icmp_parent_info", "c p"] == 1


async def test_a_stranger_gets_403_and_no_packet_leaves(network: Network):
    """Counted by the kernel, in a namespace where nobody else sends."""
    targets = {name: devices(10, 28, interval=3600.0)[name] for name in ("v4-10", "v6-28")}  # both are due at once
    async with running(targets, inside=network.entered()) as exporter:
        await exporter.until(lambda page: sum(page["icmp_replies_total", name] for name in targets) == 2)
        before = network.packets_out()
        for target in ("192.0.2.11", "192.0.2.010", "v4-11", "localhost", "2001:db8::11", "v4-10 "):
            status, text = await exporter.get(f"/probe?target={target}&module=icmp")
            assert (status, text) == (403, f'target: "{target}" is neither the name nor the address of a device\n')
        assert network.packets_out() == before
        for target in ("v4-10", "192.0.2.10", "2001:DB8:0::28"):
            assert "probe_success 1\n" in (await exporter.get(f"/probe?target={target}"))[1]
        assert network.packets_out() == before + 3


async def test_a_probe_agrees_with_icmplib(network: Network, mode: str):
    """The same device asked by another implementation: the same answer, the same time."""
    network.behave(_20="slow", _70="silent")

    def oracle(address: str) -> icmplib.Host:
        with network.entered():
            return icmplib.ping(address, count=5, interval=0.05, timeout=0.6, privileged=mode == "raw")

    async with running(devices(10, 20, 70, interval=3600.0), inside=network.entered()) as exporter:
        for name, address in (("v4-10", "192.0.2.10"), ("v4-20", "192.0.2.20"), ("v6-20", "2001:db8::20")):
            _, text = await exporter.get(f"/probe?target={name}")
            rtt = float(text.partition('phase="rtt"} ')[2].split()[0])
            host = await asyncio.to_thread(oracle, address)
            assert host.is_alive
            assert "probe_success 1\n" in text
            assert rtt == pytest.approx(host.min_rtt / 1000, abs=0.03)  # its clock is read late on a busy machine
        status, text = await exporter.get("/probe?target=v4-70", X_Prometheus_Scrape_Timeout_Seconds="1.2")
        assert (status, "probe_success 0\n" in text) == (200, True)
        assert 0.6 < float(text.partition("\nprobe_duration_seconds ")[2].split()[0]) < 0.9
        assert not (await asyncio.to_thread(oracle, "192.0.2.70")).is_alive
