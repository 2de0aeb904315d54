"""All devices' agents, the cables between them, and what is wrong with them."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from lab.snmp import credentials, neighbors
from lab.snmp.agent import Agent, Credentials
from lab.snmp.contents import build
from lab.snmp.contents.standard import numbered
from lab.snmp.device import Condition, Device, Neighbor, healthy, mac
from lab.snmp.mib import Mib
from lab.snmp.neighbors import End
from lab.snmp.port import Port
from lab.snmp.ports import Cable, join, ports
from sotpctl.inventory import Inventory, canonical_interface


class PartError(Exception):
    """A part that can't be broken; the text says why and what would be right."""


@dataclass(slots=True)
class _Member:
    device: Device
    agent: Agent
    mib: Mib | None = None  # made when it is first asked for


class Fleet:
    """Every device that the inventory polls.

    Attributes:
        mute: Why a device that the inventory polls has no agent, by its name.
    """

    def __init__(
        self, inventory: Inventory, environ: Mapping[str, str], clock: Callable[[], float] = time.time
    ) -> None:
        """Take the devices, where secrets may be, and the time: seconds since 1970."""
        self._environ, self._clock = environ, clock
        self._members: dict[str, _Member] = {}
        self._peers: dict[End, End] = {}
        self._cut: set[frozenset[End]] = set()
        self._bad: set[End] = set()
        self._dead: frozenset[str] = frozenset()
        self.mute: dict[str, str] = {}
        self.replace(inventory)

    def replace(self, inventory: Inventory) -> None:
        """Take a changed inventory; what happened to devices that stay, stays."""
        known = credentials.resolve(inventory, self._environ)
        peers = neighbors.cables(inventory)
        members: dict[str, _Member] = {}
        self.mute = {}
        for spec in inventory.enabled():
            if spec.snmp is None:
                continue
            credential = known.get(spec.snmp.auth, "")
            if isinstance(credential, str):
                self.mute[spec.name] = credential
                continue
            before = self._members.get(spec.name)
            condition = before.device.condition if before else healthy(spec.name, self._clock())
            cables = {port: Cable(*peer) for (name, port), peer in peers.items() if name == spec.name}
            found = ports(spec.name, spec.platform, cables, condition.booted)
            for name, port in found.items():
                if before and name in before.device.ports:
                    port.adopt(before.device.ports[name])
            device = Device(spec.name, spec.site, spec.role, spec.platform, found, condition)
            members[spec.name] = _Member(device, self._agent(spec.name, credential, condition))
        self._members, self._peers = members, peers
        self._cut = {cut for cut in self._cut if all(end in peers or self._has(end) for end in cut)}
        self._bad = {end for end in self._bad if self._has(end)}
        self._connect()
        for member in members.values():
            member.device.sessions = neighbors.sessions(inventory, member.device)
        self.settle(self._dead)

    def answer(self, name: str, data: bytes) -> bytes | None:
        """Returns a device's answer to an SNMP message; None for silence."""
        member = self._members.get(name)
        return member.agent.answer(data, self._clock()) if member else None

    def settle(self, dead: Collection[str]) -> None:
        """Take which devices are dead: ports that lead to one are down, as cut cables' are."""
        now = self._clock()
        self._dead = frozenset(dead)
        for member in self._members.values():
            for name, port in member.device.ports.items():
                end = (member.device.name, canonical_interface(name))
                ends = self._cable(end)
                port.set_down(now, down=ends in self._cut or any(device in self._dead for device, _ in ends))
                port.set_bad(now, bad=end in self._bad)

    def break_port(self, name: str, port: str) -> list[str]:
        """Take a port down, and with it the other end of its cable. Returns both ends as `DEVICE:INTERFACE`.

        Raises:
            PartError: There is no such port, or the device isn't polled.
        """
        end = self.end(name, port)
        cable = self._cable(end)
        self._cut.add(cable)
        self.settle(self._dead)
        return [f"{device}:{interface}" for device, interface in sorted(cable, key=lambda each: each != end)]

    def degrade_port(self, name: str, port: str) -> None:
        """Let packets arrive with errors at a port.

        Raises:
            PartError: As `break_port`.
        """
        self._bad.add(self.end(name, port))
        self.settle(self._dead)

    def condition(self, name: str) -> Condition:
        """Returns what happened to a device, to be changed.

        Raises:
            PartError: The device isn't polled.
        """
        return self._member(name).device.condition

    def cables(self) -> dict[frozenset[End], bool]:
        """Returns whether each cable carries: those between devices of the inventory, and those of ports taken down."""
        found = dict.fromkeys(map(frozenset, self._peers.items()), True) | dict.fromkeys(self._cut, False)
        return {
            ends: carries and not any(device in self._dead for device, _ in ends) for ends, carries in found.items()
        }

    def conditions(self) -> dict[str, Condition]:
        """Returns what happened to each polled device."""
        return {name: member.device.condition for name, member in self._members.items()}

    def port(self, name: str, interface: str) -> tuple[int, Port] | None:
        """Returns a polled device's port with its ifIndex, by the port's canonical name."""
        port = self._port((name, interface))
        found = numbered(self._members[name].device) if port else ()
        return next(((index, one) for index, one in found if one is port), None)

    def end(self, name: str, port: str) -> End:
        """Returns a port as cables have it, by any spelling of its name. Raises PartError as `break_port` does."""
        member = self._member(name)
        end = (name, canonical_interface(port))
        if not self._has(end):
            close = get_close_matches(port, list(member.device.ports), n=1)
            some = ", ".join(list(member.device.ports)[:4])
            hint = f'did you mean "{close[0]}"?' if close else f"it has {some} …"
            raise PartError(f'{name} has no interface "{port}"; {hint}')
        return end

    def community(self, name: str) -> bytes | None:
        """Returns the community with which a device's agent sends now; None where it sends nothing, or by SNMPv3."""
        member = self._members.get(name)
        if member is None or member.device.condition.agent:
            return None
        return member.agent.community

    def reboot(self, name: str) -> None:
        """Restart a device at once: uptime and counters begin anew, its interfaces get other numbers.

        Raises:
            PartError: The device isn't polled.
        """
        member = self._member(name)
        now = self._clock()
        condition = member.device.condition
        condition.booted = now
        condition.boots += 1
        condition.renumbered += 1
        for port in member.device.ports.values():
            port.reboot(now)
        member.mib = None

    def heal(self, names: Sequence[str]) -> tuple[str, ...]:
        """Mend devices, all of them when no name is given. Returns those that had a fault."""
        chosen = [name for name in self._members if name in names or not names]
        healed = [name for name in chosen if self.faults(name)]
        for name in chosen:
            self._members[name].device.condition.heal()
        self._cut = {cut for cut in self._cut if not any(device in chosen for device, _ in cut)}
        self._bad = {end for end in self._bad if end[0] not in chosen}
        self.settle(self._dead)
        return tuple(sorted(healed))

    def faults(self, name: str) -> list[str]:
        """Returns what is wrong with a device, as `status` says it."""
        member = self._members.get(name)
        if member is None:
            return []
        condition = member.device.condition
        found = [f"{port} down" for port in sorted(port for cut in self._cut for device, port in cut if device == name)]
        found += [f"{port} has errors" for device, port in sorted(self._bad) if device == name]
        found += [f"cpu at {condition.cpu:.0%}"] if condition.cpu is not None else []
        told = {"fan failed": condition.fan, "agent hangs": condition.agent, "other credentials": condition.community}
        return [*found, *(text for text, wrong in told.items() if wrong)]

    def _agent(self, name: str, credential: Credentials, condition: Condition) -> Agent:
        return Agent(name, credential, condition, lambda: self._mib(name))

    def _mib(self, name: str) -> Mib:
        member = self._members[name]
        if member.mib is None:
            member.mib = build(member.device)
        return member.mib

    def _connect(self) -> None:
        """Join the ports of each cable, and tell both ends of each other."""
        for end, peer in self._peers.items():
            one, other = self._port(end), self._port(peer)
            if one is None:
                continue
            if other and end < peer:
                join(one, other, (" ".join(end), " ".join(peer)))
            name, descr = (other.name, other.descr) if other else (peer[1], peer[1])
            self._members[end[0]].device.neighbors[one.name] = Neighbor(peer[0], name, descr, mac(peer[0]))

    def _cable(self, end: End) -> frozenset[End]:
        return frozenset({end, self._peers.get(end, end)})

    def _port(self, end: End) -> Port | None:
        member = self._members.get(end[0])
        if member is None:
            return None
        found = [port for name, port in member.device.ports.items() if canonical_interface(name) == end[1]]
        return found[0] if found else None

    def _has(self, end: End) -> bool:
        return self._port(end) is not None

    def _member(self, name: str) -> _Member:
        member = self._members.get(name)
        if member is None:
            why = self.mute.get(name, "the inventory doesn't poll it with SNMP")
            raise PartError(f"{name} has no SNMP agent, so only the whole of it can be broken: {why}")
        return member
