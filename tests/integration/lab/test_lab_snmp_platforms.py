"""What the real SNMP exporter makes of every platform of the lab's inventory, on loopback, by a clock of the test's."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from bench.snmp.agent import Served
from lab.snmp import credentials
from lab.snmp.curves import DAY
from lab.snmp.fleet import Fleet
from sotpctl.inventory import Inventory, canonical_interface
from tests.integration.lab.lab_snmp_reader import Page, Ports, Reader, document, inventory_of, of, one

ROOT = Path(__file__).resolve().parents[3]
CPU, MEMORY, FAN = "device_cpu_utilization_ratio", "device_memory_used_bytes", "device_fan_ok"
SUPPLY, HEAT = "device_power_supply_ok", "device_temperature_celsius"
FULL = {CPU, MEMORY, FAN, SUPPLY, HEAT}
# What each platform's profile reads, of those five.
WANTED = {
    "cisco-iosxe": FULL,
    "cisco-ios": FULL,
    "cisco-nxos": {CPU, "device_memory_utilization_ratio", FAN, SUPPLY, HEAT},
    "juniper-junos": FULL,
    "arista-eos": FULL,
    "fortinet-fortios": FULL,
    "huawei-vrp": FULL,
    "hp-procurve": FULL,
    "aruba-cx": FULL,
    "mikrotik-routeros": {CPU, MEMORY, SUPPLY, HEAT},
    "linux": {CPU, MEMORY, HEAT},
    "windows": {CPU, MEMORY},
    "generic": {CPU, MEMORY},
}


class Lab:
    """The lab's agents on loopback; their clock stands still unless the test moves it."""

    def __init__(self, inventory: Inventory, environ: dict[str, str]) -> None:
        self.inventory = inventory
        self.now = 1_900_000_000.0
        self.fleet = Fleet(inventory, environ, lambda: self.now)
        self.names = [device.name for device in inventory.enabled() if device.snmp]
        self.reader: Reader

    async def serve(self) -> list[asyncio.DatagramTransport]:
        """Gives each device a port, and makes an exporter that reads them there."""
        loop = asyncio.get_running_loop()
        transports, at = [], {}
        for name in self.names:
            transport, _ = await loop.create_datagram_endpoint(partial(self._served, name), ("127.0.0.1", 0))
            transports.append(transport)
            at[name] = transport.get_extra_info("sockname")
        ports: Ports = at
        self.reader = Reader(document(self.inventory, self.names, ports))
        return transports

    async def read(self) -> dict[str, Page]:
        """Reads all devices."""
        return await self.reader.read(30)

    def _served(self, name: str) -> Served:
        return Served(lambda data: self.fleet.answer(name, data))


@pytest.fixture
async def lab(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Lab]:
    """The repository's inventory; a camera is polled, too, so that every platform is."""
    text = (ROOT / "inventory.yaml").read_text()
    asked = "role: camera, platform: generic, "
    assert asked in text
    (tmp_path / "inventory.yaml").write_text(text.replace(asked, f"{asked}snmp: {{auth: snmp-ro}}, ", 1))
    inventory = inventory_of(tmp_path / "inventory.yaml")
    (tmp_path / ".lab").mkdir()
    for path, secret in credentials.files(inventory, tmp_path / ".lab").items():
        path.write_text(secret)
    environ = credentials.environment(inventory, {})
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    running = Lab(inventory, environ)
    transports = await running.serve()
    yield running
    await running.reader.stop()
    for transport in transports:
        transport.close()


async def test_every_platform_gives_its_health_and_it_moves(lab: Lab) -> None:
    """Both modules succeed, facts and each kind of sample are there, plausible, and other ones six hours later."""
    morning = await lab.read()
    lab.now += 6 * 3600
    noon = await lab.read()
    assert {lab.inventory.devices[name].platform for name in lab.names} == WANTED.keys()
    for name, page in morning.items():
        assert one(page, "snmp_up") == 1
        assert set(of(page, "snmp_module_success").values()) == {1}, name
        for metric in WANTED[lab.inventory.devices[name].platform]:
            assert of(page, metric), (name, metric)
        assert all(0.03 < value < 0.6 for value in of(page, CPU).values()), name
        assert all(15 < value < 65 for value in of(page, HEAT).values()), name
        assert set(of(page, FAN).values()) | set(of(page, SUPPLY).values()) <= {1}, name
        assert set(of(page, CPU).items()) != set(of(noon[name], CPU).items()), name
        assert one(noon[name], "device_uptime_seconds") - one(page, "device_uptime_seconds") == pytest.approx(21600)
        assert of(page, "device_info", f'sys_name="{name}"'), name


async def test_memory_and_links_are_below_the_warnings(lab: Lab) -> None:
    """At any hour of a day a healthy lab crosses none of its inventory's thresholds, so that faults stand out."""
    for _ in range(8):
        for name, page in (await lab.read()).items():
            sizes = of(page, "device_memory_size_bytes")
            for key, used in of(page, MEMORY).items():
                assert used / sizes[key.replace("used", "size")] < 0.8, (name, key)
            levels = lab.inventory.devices[name].thresholds["cpu"]
            assert all(value < levels["warning"] for value in of(page, CPU).values()), name
        lab.now += DAY / 8


async def test_neighbours_match_the_inventory_and_speeds_the_cables(lab: Lab) -> None:
    """Every link is seen from both ends, under the names that the devices have for their ports, and no other."""
    pages = await lab.read()
    seen = set()
    for name, page in pages.items():
        for key in of(page, "device_neighbor_info"):
            labels = dict(part.split("=", 1) for part in key[key.index("{") + 1 : -1].split('",'))
            local, neighbor, port = (labels[each].strip('"') for each in ("ifName", "neighbor", "neighbor_ifName"))
            seen.add((name, canonical_interface(local), neighbor, canonical_interface(port)))
            ends = (
                one(page, "ifHighSpeed", f'ifName="{local}"'),
                one(pages[neighbor], "ifHighSpeed", f'ifName="{port}"'),
            )
            assert ends[0] == ends[1], key
            assert one(page, "ifOperStatus", f'ifName="{local}"') == 1
    wanted = {(each.device, each.interface, each.peer, each.peer_interface) for each in lab.inventory.links}
    assert seen == wanted | {(peer, peer_port, device, port) for device, port, peer, peer_port in wanted}


async def test_rates_of_two_reads_are_the_curves(lab: Lab) -> None:
    """Of every port that is up, to a thousandth; 8 to 60 ports a device."""
    before = await lab.read()
    begun = lab.now
    lab.now += 60
    after = await lab.read()
    for name in lab.names:
        ports = lab.fleet._members[name].device.ports  # the curves themselves are not on the wire
        assert 8 <= len(ports) <= 60
        for port in ports.values():
            for metric, curve in (("ifHCInOctets", port.inbound), ("ifHCOutOctets", port.outbound)):
                label = f'ifName="{port.name}"'
                moved = one(after[name], metric, label) - one(before[name], metric, label)
                wanted = curve.total(begun, lab.now) if port.up else 0
                assert moved == pytest.approx(wanted, rel=1e-3, abs=9), (name, port.name)
            assert one(after[name], "ifOperStatus", label) == (1 if port.up else 2)
            assert one(after[name], "ifAdminStatus", label) == (1 if port.admin else 2)


async def test_faults_of_a_part_are_seen_at_every_platform(lab: Lab) -> None:
    """A fan that fails is one that isn't ok, where the platform says so; a busy processor is busy everywhere."""
    for name in lab.names:
        condition = lab.fleet.condition(name)
        condition.fan, condition.cpu = True, 0.97
    for name, page in (await lab.read()).items():
        assert set(of(page, CPU).values()) == {0.97}, name
        fans = list(of(page, FAN).values())
        if FAN in WANTED[lab.inventory.devices[name].platform]:
            assert 0 in fans, name
    lab.fleet.heal([])
    for name, page in (await lab.read()).items():
        assert 0 not in of(page, FAN).values(), name


async def test_a_reboot_is_survived_by_the_exporter(lab: Lab) -> None:
    """On v2c and v3, whose engine has other boots and another time: the next read has the new numbers and counters."""
    before = await lab.read()
    for name in ("waw-core-1", "waw-acc-1"):
        lab.fleet.reboot(name)
    lab.now += 30
    after = await lab.read()
    for name, port in (("waw-core-1", "Te1/0/1"), ("waw-acc-1", "Gi1/0/49")):
        assert one(after[name], "snmp_up") == 1
        assert one(after[name], "device_uptime_seconds") == 30
        label = f'ifName="{port}"'
        assert next(iter(of(after[name], "ifHCInOctets", label))) != next(iter(of(before[name], "ifHCInOctets", label)))
        assert one(after[name], "ifHCInOctets", label) < one(before[name], "ifHCInOctets", label)
