"""What the lab's devices log and trap, heard by the real shipper and trap receiver outside, started by the stack."""

import asyncio
import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab import bind
from sotpctl.inventory import Inventory, load
from sotpctl.render import syslog, traps
from sotpctl.stack import Stack, StackError
from sotpctl.stack.parts import Part, _exporter, _sent_to
from tests.integration.syslog.conftest import (
    sink,  # noqa: F401  # a fixture
    until,
)
from tests.integration.syslog.sink import Sink
from tests.ports import free_address, free_port

pytestmark = pytest.mark.netns

# The cable core - dist is within a site, core - edge from one to another; six is IPv6.
INVENTORY = """
settings:
  apply: {{directory: applied}}
  logs: {{url: "{url}", listen: {{udp: "127.0.0.1:{port}", tcp: "127.0.0.1:{port}"}}}}
auths: {{ro: {{type: snmp, version: 2c, community: {{file: .lab/community}}}}}}
defaults: {{snmp: {{auth: ro}}}}
sites: {{waw: {{timezone: Europe/Warsaw}}, krk: {{timezone: Europe/Warsaw}}}}
roles: {{core: {{}}}}
devices:
  core: {{address: 192.0.2.1, site: waw, role: core, platform: cisco-iosxe}}
  dist: {{address: 192.0.2.2, site: waw, role: core, platform: juniper-junos}}
  edge: {{address: 192.0.2.3, site: krk, role: core, platform: arista-eos}}
  six: {{address: "2001:db8::12", site: krk, role: core, platform: cisco-nxos}}
links: ["core:Te1/0/1 - dist:xe-0/0/1", "core:Te1/0/2 - edge:Et1"]
"""
_SERIES = re.compile(r'^(\w+)\{device="([^"]+)",(?:event|trap)="([^"]+)".*\} (\d+)$', re.MULTILINE)


class Watching:
    """A lab, and the two exporters that its devices send to, as `stack up --lab` starts them."""

    def __init__(self, cli: Any, inventory: Inventory) -> None:
        self.cli, self.inventory = cli, inventory
        self.stack = Stack(inventory.settings.apply.directory)
        self.web = {name: free_address() for name in ("syslog", "traps")}
        folder = inventory.settings.apply.directory / "current" / "exporters"
        folder.mkdir(parents=True)
        (folder / "syslog.json").write_bytes(syslog.build(inventory).content)
        rendered = traps.build(inventory)
        assert rendered is not None
        document = json.loads(rendered.content)
        document["settings"]["listen"] = "127.0.0.1:0"
        document["settings"]["auths"]["ro"]["community"] = {"file": str(inventory.root / ".lab" / "community")}
        (folder / "traps.json").write_text(json.dumps(document))

    def parts(self) -> list[Part]:
        """The two."""
        enter = self.cli.running.enter()
        made = (_exporter(self.stack.directory, name, address, enter, ()) for name, address in sorted(self.web.items()))
        return [_sent_to(part, self.inventory.settings, enter) for part in made]

    def counts(self) -> dict[tuple[str, str], int]:
        """Events and traps by device and name, those that came."""
        pages = (
            urllib.request.urlopen(f"http://{one}/metrics", timeout=5).read().decode() for one in self.web.values()
        )
        found = _SERIES.findall("\n".join(pages))
        return {(device, name): int(count) for _, device, name, count in found if int(count)}

    def received(self) -> float:
        """Messages that came by UDP."""
        page = urllib.request.urlopen(f"http://{self.web['syslog']}/metrics", timeout=5).read().decode()
        (count,) = re.findall(r'^syslog_messages_received_total\{transport="udp"\} (\S+)$', page, re.MULTILINE)
        return float(count)

    async def see(self, wanted: dict[tuple[str, str], int]) -> None:
        """Waits until these have been counted so often, exactly."""
        seen: dict[tuple[str, str], int] = {}

        def is_there() -> bool:
            seen.update(self.counts())
            return wanted.items() <= seen.items()

        await until(is_there, f"not {wanted}")


@pytest.fixture
def watching(cli: Any, sink: Sink) -> Iterator[Callable[[], Watching]]:  # noqa: F811
    """Starts the lab; its stack ends with the test."""
    made: list[Watching] = []

    def start() -> Watching:
        path: Path = cli.folder / "inventory.yaml"
        path.write_text(INVENTORY.format(url=sink.url, port=free_port()))
        cli.up()
        loaded = load(path)
        assert loaded.inventory, loaded.problems
        made.append(Watching(cli, loaded.inventory))
        return made[0]

    yield start
    for one in made:
        list(one.stack.down())


async def ready(running: Watching) -> list[str]:
    """Starts the stack's two parts, and waits for them."""
    started = await asyncio.to_thread(running.stack.up, running.parts())
    await running.stack.ready(running.parts())
    return started


async def test_faults_are_heard_from_the_devices_own_addresses(
    watching: Callable[[], Watching],
    sink: Sink,  # noqa: F811
) -> None:
    """Both ends of a cut cable log it and lose their neighbour, by syslog and by traps; healed, all is up again."""
    running = watching()
    assert await ready(running) == ["syslog", "traps"]
    assert await ready(running) == []  # the same lab: nothing to restart
    await asyncio.to_thread(running.cli, "break", "core", "--port", "Te1/0/1", "--fan", "--config")
    # A trap becomes a message, too: an interface is down twice.
    down = {(one, "interface_down"): 2 for one in ("core", "dist")} | {(one, "linkDown"): 1 for one in ("core", "dist")}
    await running.see(
        down
        | {("core", "ospf_down"): 1, ("dist", "ospf_down"): 1, ("core", "fan_failed"): 1, ("core", "config_changed"): 1}
    )
    assert not any(device not in {"core", "dist"} for device, _ in running.counts())
    await asyncio.to_thread(running.cli, "heal")
    await running.see({("core", "interface_up"): 2, ("dist", "ospf_up"): 1, ("core", "fan_restored"): 1} | down)
    await until(lambda: any("%OSPF-5-ADJCHG" in line and "192.0.2.2" in line for line in sink.lines))
    # Stamps are the devices' own, in their site's time: none was too wrong to be taken.
    assert not any("device_time" in dict(one.metadata) for entries in sink.stored.values() for one in entries)


async def test_a_dead_device_is_told_by_its_neighbours(watching: Callable[[], Watching]) -> None:
    """It says nothing itself; from site to site the neighbours speak BGP. A restart is a message and a coldStart."""
    running = watching()
    await ready(running)
    await asyncio.to_thread(running.cli, "break", "core")
    await running.see({("dist", "ospf_down"): 1, ("edge", "bgp_down"): 1, ("edge", "linkDown"): 1})
    assert not any(device == "core" for device, _ in running.counts())
    await asyncio.to_thread(running.cli, "heal", "core")
    await running.see({("core", "bgp_up"): 1, ("edge", "bgp_up"): 1, ("core", "linkUp"): 2})
    await asyncio.to_thread(running.cli, "break", "edge", "--reboot")
    await running.see({("edge", "restarted"): 1, ("edge", "coldStart"): 1})


async def test_a_device_says_what_it_is_told_to(
    watching: Callable[[], Watching],
    sink: Sink,  # noqa: F811
) -> None:
    """A message and a trap of one's own are the device's: each is counted once, and nothing else happens."""
    running = watching()
    await ready(running)
    _, told = await asyncio.to_thread(running.cli, "say", "edge", "Ospf: Instance 1: OSPF-4-TEST: {it} is däd\033")
    assert told.startswith("edge logs: <")
    assert told.endswith(" Ospf: Instance 1: OSPF-4-TEST: {it} is däd\n")  # no steering of the terminal
    await until(lambda: any("{it} is däd" in line for line in sink.lines))
    _, told = await asyncio.to_thread(running.cli, "trap", "core", "linkDown", "TenGigabitEthernet1/0/7")
    assert told == "core sends linkDown of Te1/0/7\n"
    await running.see({("core", "linkDown"): 1, ("core", "interface_down"): 1})
    assert running.counts() == {("core", "linkDown"): 1, ("core", "interface_down"): 1}
    assert {device["state"] for device in running.cli.running.call({"op": "status"})["devices"]} == {"alive"}
    await asyncio.to_thread(running.cli, "break", "edge")
    assert running.cli("say", "edge", "a", code=1)[1] == "nobody hears edge: it is dead\n"


async def test_a_flood_is_received_and_counted(watching: Callable[[], Watching]) -> None:
    """2,000 messages/s for 2 s, over IPv6: each arrives. One without an end ends with heal."""
    running = watching()
    await ready(running)
    await asyncio.to_thread(running.cli, "flood", "six", "--rate", "2000", "--for", "2s")
    await until(lambda: running.received() >= 4000)
    await asyncio.to_thread(running.cli, "flood", "core", "--rate", "50")
    await until(lambda: running.received() >= 4050)
    assert "logs 50 messages/s" in running.cli("status")[0]
    assert running.cli("heal")[1] == "healed: core\n"
    assert "messages/s" not in running.cli("status")[0]
    assert running.received() < 5000


async def test_a_port_that_is_taken_in_the_lab_is_told(watching: Callable[[], Watching]) -> None:
    """Nothing is started then, and the reason names the port and whose network it is."""
    running = watching()
    port = running.inventory.settings.logs.listen["udp"].rpartition(":")[2]  # type: ignore[union-attr]
    ((_, taken),) = bind.inside(running.cli.running.enter(), [f"udp:{port}"])
    with taken, pytest.raises(StackError, match=rf"syslog: UDP port {port} of the lab's network: Address already in"):
        await asyncio.to_thread(running.stack.up, running.parts())
    assert running.stack.known() == {}
