"""What a device says, about itself and its interfaces: syslog in its platform's dialect, traps with its community."""

import time
from collections.abc import Callable
from random import Random
from zoneinfo import ZoneInfo

from lab.snmp import trap
from lab.snmp.curves import share
from lab.snmp.fleet import Fleet
from lab.syslog.post import SYSLOG, SYSLOG_FROM, TRAPS, TRAPS_FROM, Post
from lab.syslog.templates import Templates, Told
from sotpctl.inventory import Device, Inventory

End = tuple[str, str]
"""A device and one of its interfaces, canonical."""


class Voice:
    """Every device's voice. Syslog goes where the inventory's shipper listens by UDP; nowhere if it doesn't."""

    def __init__(
        self, inventory: Inventory, fleet: Fleet, post: Post, chance: Random, clock: Callable[[], float] = time.time
    ) -> None:
        self._fleet, self._post, self._chance, self._clock = fleet, post, chance, clock
        self._templates = Templates()
        self._devices: dict[str, Device] = {}
        self._told: dict[str, Told] = {}
        self._port = SYSLOG
        self._number = 0
        self.replace(inventory)

    def replace(self, inventory: Inventory) -> None:
        """Takes a changed inventory."""
        self._devices = {device.name: device for device in inventory.enabled()}
        self._told = {name: _told(device, inventory) for name, device in self._devices.items()}
        logs = inventory.settings.logs
        listen = logs.listen.get("udp", "") if logs else f":{SYSLOG}"
        self._port = int(listen.rpartition(":")[2] or 0)

    def names(self) -> list[str]:
        """Returns the devices."""
        return list(self._devices)

    def protocol(self, one: str, other: str) -> str:
        """Returns what two neighbours speak: "bgp" from site to site, "ospf" within, "" where one doesn't route."""
        devices = [self._devices[name] for name in (one, other) if name in self._devices]
        if len(devices) < 2:
            return ""
        chosen = "ospf" if devices[0].site == devices[1].site else "bgp"
        return chosen if all(f"{chosen}_down" in self._templates.events(device.platform) for device in devices) else ""

    def event(self, name: str, event: str, end: End | None = None, peer: str = "", wait: float = 0.0) -> None:
        """Lets a device log an event.

        Args:
            name: The device.
            event: The event; a platform without words for it says nothing.
            end: The interface that it is about.
            peer: The device at its other end.
            wait: Seconds until it does.
        """
        device = self._devices.get(name)
        if device is None or not self._port:
            return
        told = self._told[name]
        made = self._templates.event(
            device.platform, event, self._about(told, end, peer) if end else told, self._clock(), self._chance
        )
        if made:
            self._post.send(name, made, (SYSLOG_FROM, self._port), wait)

    def say(self, name: str, text: str) -> str:
        """Lets a device log a text behind its platform's header. Returns the whole; "" when nobody hears it."""
        device = self._devices.get(name)
        if device is None or not self._port:
            return ""
        made = self._templates.say(device.platform, text, self._told[name], self._clock(), self._chance)
        self._post.send(name, made, (SYSLOG_FROM, self._port))
        return made.decode()

    def routine(self, name: str, *, now: bool = False) -> None:
        """Lets a device log what it logs on a quiet day; `now`: without the time that its messages take."""
        device = self._devices.get(name)
        if device is None or not self._port:
            return
        made = self._templates.routine(device.platform, self._told[name], self._clock(), self._chance)
        (self._post.send_now if now else self._post.send)(name, made, (SYSLOG_FROM, self._port))

    def link_trap(self, end: End, wait: float = 0.0, *, up: bool | None = None) -> None:
        """Lets a device send linkDown or linkUp: as its interface is, or as `up` says."""
        community, found = self._fleet.community(end[0]), self._fleet.port(*end)
        if community is not None and found is not None:
            index, port = found
            is_up = port.up if up is None else up
            made = trap.link(community, self._uptime(end[0]), self._next(), port, index, up=is_up)
            self._trap(end[0], made, wait)

    def cold_start(self, name: str, wait: float = 0.0) -> None:
        """Lets a device send coldStart."""
        community = self._fleet.community(name)
        if community is not None:
            self._trap(name, trap.cold_start(community, self._uptime(name), self._next()), wait)

    def _trap(self, name: str, made: bytes, wait: float) -> None:
        self._post.send(name, made, (TRAPS_FROM, TRAPS), wait)

    def _about(self, told: Told, end: End, peer: str) -> Told:
        found, other = self._fleet.port(*end), self._devices.get(peer)
        index, name, descr = (found[0], found[1].name, found[1].descr) if found else (0, end[1], end[1])
        return Told(
            **{key: getattr(told, key) for key in ("host", "address", "serial", "zone")},
            interface=name,
            descr=descr,
            index=index,
            neighbor=str(other.address) if other else "",
            peer=peer,
        )

    def _uptime(self, name: str) -> float:
        return (self._clock() - self._fleet.condition(name).booted) * 100

    def _next(self) -> int:
        self._number += 1
        return self._number


def _told(device: Device, inventory: Inventory) -> Told:
    site = inventory.sites.get(device.site)
    return Told(
        host=device.name,
        address=str(device.address),
        serial=f"LAB{round(share(f'serial {device.name}') * 99999999):08d}",
        zone=ZoneInfo(site.timezone if site else "UTC"),
    )
