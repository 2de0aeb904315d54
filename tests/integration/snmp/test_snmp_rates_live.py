"""A real Prometheus scrapes the real exporter: series that are gone are stale at once, with time stamps too.

What Prometheus does of itself, and `rates_prometheus.Scrapes` relies on. Seconds stand for minutes: the exporter's
bound between fast and slow polls, and how often slow ones are scraped, are a sixtieth.
"""

import asyncio
import time

import pytest
import yaml

from exporters.snmp import devices
from sotpctl.verify import tools
from tests.integration.snmp.rates_agent import Device
from tests.integration.snmp.rates_prometheus import prometheus
from tests.integration.snmp.snmp_exporter import target

pytestmark = [pytest.mark.engines, pytest.mark.timeout(120)]

FAST_S, SLOW_S = 1, 4
SHOWN = "ifHCInOctets"
PATIENCE_S = 40.0


def config(address: str) -> str:
    """Returns jobs as SOTP renders them, of seconds."""
    jobs = [
        {
            "job_name": name,
            "scrape_interval": "1s",
            "scrape_timeout": "1s",
            "metrics_path": "/probe",
            "params": {"target": [name]},
            "track_timestamps_staleness": True,
            "static_configs": [{"targets": [address], "labels": {"device": name}}],
        }
        for name in ("fast", "slow")
    ]
    return yaml.safe_dump({"scrape_configs": jobs})


async def test_series_of_an_old_ifindex_are_stale_at_once(exporter, serve, tmp_path, monkeypatch):
    """In both classes: the new ifIndex's series never stands beside the old one, which would count traffic twice."""
    program = tools.find("prometheus")
    if program is None:
        pytest.skip("no prometheus: make engines")
    monkeypatch.setattr(devices, "SLOW_S", 2.0)
    monkeypatch.setattr(devices, "SCRAPE_S", 1.0)
    ports = {"fast": Device(booted=time.monotonic()), "slow": Device(booted=time.monotonic())}
    targets = {}
    for (name, device), interval in zip(ports.items(), (FAST_S, SLOW_S), strict=True):
        device.at(time.monotonic())
        targets[name] = target(await serve(device), interval=interval)
    await exporter.load(targets)
    server = exporter.client.server
    with prometheus(program, tmp_path, config(f"{server.host}:{server.port}")) as running:

        async def seen(name: str) -> set[str]:
            """Returns the ifIndexes that a query sees now."""
            now = time.time()
            found = await asyncio.to_thread(running.ask, f'{SHOWN}{{device="{name}"}}', now, now, 1)
            return {dict(series)["ifIndex"] for series in found}

        async def until(name: str, wanted: set[str]) -> list[set[str]]:
            """Waits for an answer; returns what was seen before it."""
            before: list[set[str]] = []
            for _ in range(int(PATIENCE_S / 0.1)):
                found = await seen(name)
                if found == wanted:
                    return before
                before.append(found)
                ports[name].at(time.monotonic())
                await asyncio.sleep(0.1)  # a query sees only the moment it is asked for
            raise AssertionError(f"{name}: {before[-1]} instead of {wanted}")

        for name, device in ports.items():
            await until(name, {"1"})
            device.if_index = 101
            before = await until(name, {"101"})
            assert all(each <= {"1"} for each in before), (name, before)
        stamps = await asyncio.to_thread(
            running.ask, f'time() - timestamp({SHOWN}{{device="slow"}})', time.time(), time.time(), 1
        )
        assert stamps
