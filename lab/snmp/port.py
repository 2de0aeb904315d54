"""One interface: what passes it, what goes wrong on it, when it was down. Its counters stand still while it is."""

from dataclasses import dataclass, field

from lab.snmp.curves import Curve

ETHERNET, LOOPBACK, VIRTUAL = 6, 24, 53  # IANAifType
PACKET = 700  # bytes, on average
BROADCAST_SHARE = 0.01  # of the unicast packets
_ERRORS = 2e-8  # of the packets, on a good line: about one an hour at 100 Mb/s
_BURST = 0.05  # of the packets, while it is told to be bad

Span = tuple[float, float]


@dataclass(slots=True)
class Port:
    """An interface; times are seconds since 1970.

    Attributes:
        name, descr, alias: ifName, ifDescr, ifAlias.
        speed: Mb/s; 0 for one that has none.
        kind: ifType.
        admin: Whether it should be up.
        plugged: Whether something is on the other end.
        inbound, outbound: Octets a second.
        born: When its counters began.
        down_since: Since when a fault keeps it down.
        gaps: When faults kept it down before.
        bad_since: Since when it has errors.
        bursts: When it had errors before.
        changed: When its state changed last.
    """

    name: str
    descr: str
    alias: str
    speed: int
    kind: int
    admin: bool
    plugged: bool
    inbound: Curve
    outbound: Curve
    born: float
    down_since: float | None = None
    gaps: list[Span] = field(default_factory=list)
    bad_since: float | None = None
    bursts: list[Span] = field(default_factory=list)
    changed: float = 0.0

    @property
    def up(self) -> bool:
        """Whether it is."""
        return self.admin and self.plugged and self.down_since is None

    def passed(self, curve: Curve, now: float) -> float:
        """Returns what a curve adds up to since the counters began, less the time that the port was down."""
        if not (self.admin and self.plugged):
            return 0.0
        until = now if self.down_since is None else self.down_since
        return curve.total(self.born, until) - sum(curve.total(*gap) for gap in self.gaps)

    def errors(self, curve: Curve, now: float) -> float:
        """Returns the packets with errors among those of a curve: few, and a share of them all in a burst."""
        bursts = [*self.bursts, *([(self.bad_since, now)] if self.bad_since is not None else [])]
        burst = sum(curve.total(*span) for span in bursts) if self.admin and self.plugged else 0.0
        return (self.passed(curve, now) * _ERRORS + burst * _BURST) / PACKET

    def set_down(self, now: float, *, down: bool) -> None:
        """Takes it down, or up again."""
        if down == (self.down_since is not None):
            return
        if self.down_since is not None:
            self.gaps.append((self.down_since, now))
        self.down_since = now if down else None
        self.changed = now

    def set_bad(self, now: float, *, bad: bool) -> None:
        """Begins or ends a burst of errors."""
        if bad == (self.bad_since is not None):
            return
        if self.bad_since is not None:
            self.bursts.append((self.bad_since, now))
        self.bad_since = now if bad else None

    def reboot(self, now: float) -> None:
        """Starts the counters anew."""
        self.born = self.changed = now
        self.gaps, self.bursts = [], []
        self.down_since = None if self.down_since is None else now
        self.bad_since = None if self.bad_since is None else now

    def adopt(self, other: "Port") -> None:
        """Takes over what happened to the port that it replaces."""
        self.born, self.changed = other.born, other.changed
        self.down_since, self.gaps = other.down_since, other.gaps
        self.bad_since, self.bursts = other.bad_since, other.bursts
