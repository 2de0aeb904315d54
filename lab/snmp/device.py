"""One device: when it booted, how busy it is, what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import NamedTuple

from lab.snmp.curves import DAY, Moving, share, wave
from lab.snmp.port import Port

_LIFE = 400 * DAY  # from one boot to the next: less than sysUpTime's 497 days


class Neighbor(NamedTuple):
    """What LLDP knows of the other end of a cable: names, and the other one's MAC address."""

    device: str
    port: str
    port_descr: str
    mac: bytes


class Session(NamedTuple):
    """What BGP4-MIB knows of a session: the peer's address and AS, the ports that lead there."""

    address: IPv4Address
    remote_as: int
    ports: tuple[Port, ...]

    def since(self) -> float | None:
        """Returns when it was established, seconds since 1970; None while no port leads there."""
        return min((port.changed for port in self.ports if port.up), default=None)


@dataclass(slots=True)
class Condition:
    """What happened to a device, and outlives a new inventory.

    Attributes:
        booted: When, seconds since 1970.
        boots: How often, ever: snmpEngineBoots.
        renumbered: How often its interfaces got other numbers.
        cpu: The load that it is held at, 0 to 1; None for its own.
        fan: Whether a fan stands still.
        agent: Whether its agent hangs.
        community: Whether its agent takes other credentials than the inventory's.
    """

    booted: float
    boots: int
    renumbered: int = 0
    cpu: float | None = None
    fan: bool = False
    agent: bool = False
    community: bool = False

    def heal(self) -> bool:
        """Mends what can be mended; a reboot can't be undone. Tells whether something was wrong."""
        ill = self.cpu is not None or self.fan or self.agent or self.community
        self.cpu, self.fan, self.agent, self.community = None, False, False, False
        return ill


@dataclass(slots=True)
class Device:
    """A device as its MIB shows it.

    Attributes:
        name, site, role, platform: As in the inventory.
        ports: By the names that they have on the device, in their order.
        condition: What happened to it.
        neighbors: By port.
        sessions: With its BGP peers.
    """

    name: str
    site: str
    role: str
    platform: str
    ports: Mapping[str, Port]
    condition: Condition
    neighbors: dict[str, Neighbor] = field(default_factory=dict)
    sessions: tuple[Session, ...] = ()

    @property
    def mac(self) -> bytes:
        """Its MAC address."""
        return mac(self.name)

    @property
    def serial(self) -> str:
        """A serial number of its own."""
        return f"LAB{round(share(f'serial {self.name}') * 99999999):08d}"

    def uptime(self, now: float) -> float:
        """Returns hundredths of a second since it booted."""
        return (now - self.condition.booted) * 100

    def load(self, part: object = "", low: float = 0.08, high: float = 0.42) -> Moving:
        """Returns a processor's load, 0 to 1: the part's own, or what the device is held at."""
        own = wave(low, high, f"{self.name} cpu {part}")

        def read(now: float) -> float:
            held = self.condition.cpu
            return own(now) if held is None else held

        return read

    def percent(self, part: object = "") -> Moving:
        """Returns the same in percent."""
        load = self.load(part)
        return lambda now: round(load(now) * 100)

    def used(self, size: float, part: object = "", low: float = 0.35, high: float = 0.62) -> Moving:
        """Returns how much of a store is used, in the unit of its size."""
        ratio = wave(low, high, f"{self.name} memory {part}")
        return lambda now: ratio(now) * size

    def celsius(self, base: float, part: object = "", unit: float = 1) -> Moving:
        """Returns a temperature around `base` °C, in parts of a degree; a busy processor and a still fan heat."""
        own = wave(base - 4, base + 4, f"{self.name} temperature {part}")

        def read(now: float) -> float:
            condition = self.condition
            return unit * (own(now) + (12 if condition.fan else 0) + 10 * max(0.0, (condition.cpu or 0) - 0.5))

        return read

    def rpm(self, base: float, number: int) -> Moving:
        """Returns a fan's speed; the first fan is the one that fails."""
        own = wave(base * 0.95, base * 1.05, f"{self.name} fan {number}")
        return lambda now: 0 if self.condition.fan and number == 1 else own(now)

    def fan(self, good: int, bad: int, number: int = 1) -> Moving:
        """Returns a fan's state in a MIB's numbers."""
        return lambda _now: bad if self.condition.fan and number == 1 else good

    def gauge(self, low: float, high: float, part: object) -> Moving:
        """Returns a number of the device's own that moves between two."""
        return wave(low, high, f"{self.name} {part}")


def mac(name: str) -> bytes:
    """Returns a device's MAC address, of those that nobody sells (IEEE 802 §8.4: locally administered)."""
    return b"\x02\x5a" + round(share(name) * 0xFFFFFFFF).to_bytes(4, "big")


def healthy(name: str, now: float) -> Condition:
    """Returns a device's condition when nothing happened to it: it boots every 400 days, each at a time of its own."""
    lives, age = divmod(now + share(f"boot {name}") * _LIFE, _LIFE)
    return Condition(booted=now - age, boots=int(lives))
