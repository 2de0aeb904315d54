"""Rates of the rendered rules over the exporter's own pages: a constant 400 Mb/s stays it, whatever counters do.

Real: the exporter (HTTP, UDP, its sharing of slow polls), the rendered rules, Prometheus evaluating them. Simulated:
the time between two scrapes (the clock of the exporter and of its loop is put forward), and Prometheus's scraping,
whose stale markers and time stamps `rates_prometheus.Scrapes` follows; in `test_snmp_rates_live` it scrapes itself.
"""

import asyncio
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from sotpctl.inventory import load
from sotpctl.render.plan import plan
from sotpctl.verify import tools
from tests.integration.snmp.rates_agent import IN_BITS, Clock, Device
from tests.integration.snmp.rates_prometheus import Scrapes, prometheus
from tests.integration.snmp.snmp_exporter import target

pytestmark = [pytest.mark.engines, pytest.mark.timeout(180)]

MINUTES = 75
SCRAPE_S = 60
EVALUATION_S = 15
PATIENCE_S = 5  # of real time: a poll that is lost to a busy machine is one too many
EVENT = 35  # the minute in which something happens
WRAP = 2**32
CLASSES = {"snmp-60s": 60, "snmp-5m": 300}
RULES = {"interface:in_bits:rate": 1.0, "interface:out_bits:rate": 0.1}
Events = dict[int, Callable[[Device, float], None]]


def reboot(device: Device, now: float) -> None:
    """Everything starts at 0."""
    device.booted, device.silent = now, False


def renumber(device: Device, _: float) -> None:
    """The port has another ifIndex."""
    device.if_index += 100


def silence(device: Device, _: float) -> None:
    """It answers nothing."""
    device.silent = True


def answer(device: Device, _: float) -> None:
    """It answers again."""
    device.silent = False


def reboot_renumbered(device: Device, now: float) -> None:
    """Both at once."""
    reboot(device, now)
    renumber(device, now)


# Whether the device has 64-bit counters, what happens to it in which minute, and how many polls may then give no value.
CASES: dict[str, tuple[bool, Events, int]] = {
    "steady": (True, {}, 0),
    "wrap": (False, {}, 0),
    "reboot": (True, {EVENT - 1: silence, EVENT + 1: reboot}, 3),
    "quick-reboot": (True, {EVENT: reboot}, 1),
    "renumber": (True, {EVENT: renumber}, 0),
    "reboot-renumber": (True, {EVENT - 1: silence, EVENT + 1: reboot_renumbered}, 3),
    "quick-reboot-renumber": (True, {EVENT: reboot_renumbered}, 1),
    "silent": (True, {EVENT - 1: silence, EVENT + 2: answer}, 4),
}


def expressions(folder: Path, record: str) -> dict[str, str]:
    """Returns the rendered expressions of a recording rule, by job."""
    devices = {
        f"d{seconds}": {"address": f"192.0.2.{number}", "snmp": {"auth": "ro", "poll_interval": f"{seconds}s"}}
        for number, seconds in enumerate(CLASSES.values(), 1)
    }
    auths = {"ro": {"type": "snmp", "version": "2c", "community": {"env": "SNMP_TEST_COMMUNITY"}}}
    path = folder / "inventory.yaml"
    path.write_text(yaml.safe_dump({"auths": auths, "devices": devices}))
    loaded = load(path)
    assert loaded.inventory, loaded.problems
    rules = [
        rule
        for name, content in plan(loaded.inventory, "").files.items()
        if name.startswith("prometheus/rules/")
        for group in yaml.safe_load(content)["groups"]
        for rule in group["rules"]
        if rule.get("record") == record
    ]
    return {job: rule["expr"] for rule in rules for job in CLASSES if f'job="{job}"' in rule["expr"]}


def devices_of(now: float) -> dict[str, tuple[Device, str, str]]:
    """Returns a device for every case and class: itself, its case and its job."""
    found = {}
    for job, interval in CLASSES.items():
        for case, (wide, *_) in CASES.items():
            # 32 bits at 400 Mb/s wrap every 86 s: at 5 min nobody can tell how often, so there it is 80 Mb/s
            bits = IN_BITS if wide or interval == 60 else IN_BITS // 5
            device = Device(wide=wide, in_bits=bits, booted=now - 9000, start=WRAP - 10**9)
            found[f"{case}-{interval}"] = (device, case, job)
    return found


async def observe(exporter, serve, clock: Clock, devices: dict[str, tuple[Device, str, str]]) -> list[Scrapes]:
    """Has every device scraped each minute, for `MINUTES`."""
    targets, scrapes = {}, {}
    for name, (device, _, job) in devices.items():
        targets[name] = target(await serve(device), interval=CLASSES[job])
        scrapes[name] = Scrapes({"job": job, "instance": name, "device": name})
    await exporter.load(targets)
    for minute in range(MINUTES):
        for device, case, _ in devices.values():
            happens = CASES[case][1].get(minute)
            if happens:
                happens(device, clock.monotonic())
            device.at(clock.monotonic())
        now = round(clock.time() * 1000)
        pages = await asyncio.gather(*[exporter.scrape(f"target={name}", within=PATIENCE_S) for name in devices])
        for name, page in zip(devices, pages, strict=True):
            scrapes[name].add(page.text, now)
        clock.ahead += SCRAPE_S
    return list(scrapes.values())


async def test_a_constant_rate_is_that_rate_in_every_evaluation(exporter, serve, tmp_path, monkeypatch):
    """Within 1 %, in both poll classes, through wraps, reboots, other ifIndexes, silence; gaps are as long as those."""
    program = tools.find("prometheus")
    if program is None:
        pytest.skip("no prometheus: make engines")
    clock = Clock(behind=(MINUTES + 5) * SCRAPE_S)
    clock.install(monkeypatch, asyncio.get_running_loop())
    begun = clock.time()
    devices = devices_of(clock.monotonic())
    scrapes = await observe(exporter, serve, clock, devices)
    mistakes = []
    with prometheus(program, tmp_path) as running:
        running.write(scrapes)
        for record, part in RULES.items():
            for job, expr in expressions(tmp_path, record).items():
                found = running.ask(expr, begun + 7, clock.time(), EVALUATION_S)
                values = {dict(series)["device"]: (dict(series), each) for series, each in found.items()}
                assert len(values) == len(found) == len(CASES), (record, job, list(found))
                for name, (labels, each) in values.items():
                    assert (devices[name][2], labels["ifName"]) == (job, "Et1/1")
                    mistakes += [f"{record} {name}: {said}" for said in wrong(each, devices[name], begun, part)]
    assert not mistakes, "\n".join(mistakes)


def wrong(values: dict[float, float], which: tuple[Device, str, str], begun: float, part: float) -> list[str]:
    """Returns what is wrong with a device's values by time; minutes are since the first scrape."""
    device, case, job = which
    poll = CLASSES[job]
    said = []
    off = {at: value / device.in_bits / part for at, value in values.items()}
    off = {at: ratio for at, ratio in off.items() if abs(ratio - 1) > 0.01}
    if off:
        first = min(off)
        said.append(f"{len(off)} values are wrong, first in minute {(first - begun) / 60:.1f}: {off[first]:.3f} of it")
    if min(values) - begun > poll + 2 * EVALUATION_S:
        said.append(f"the first value comes in minute {(min(values) - begun) / 60:.1f}")
    allowed = CASES[case][2] * poll + EVALUATION_S
    for before, after in pairwise([*sorted(values), begun + MINUTES * SCRAPE_S - EVALUATION_S]):
        if after - before > allowed + EVALUATION_S:
            said.append(f"no value for {after - before:.0f} s from minute {(before - begun) / 60:.1f} on")
    return said
