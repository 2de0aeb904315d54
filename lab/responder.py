"""What the simulated devices say to a packet: bytes in, a delay and bytes out. No I/O; the clock and chance are given.

Why packets and not addresses on an interface: the kernel answers echo requests to addresses of its own at once, always,
in no time. A device that is slow, lossy or dead has to be somebody else's: everything is routed into a TUN device,
and this module is all that is behind it.

SNMP is answered here, too: a datagram is a packet like another, and an agent a function (lab.snmp).

What devices say without being asked, syslog and traps, are packets too, which `lab.syslog` writes.

How services that need sockets (SSH) will join, decided now so that nothing here has to be undone: they will not sit on
`lo` of this namespace (its kernel would answer their pings, and a broken device would still speak SNMP). They live in a
second namespace that has the devices' addresses (`ip route add local … dev lo`) and a TUN device of its own; the
responder stands between the two and passes every packet that it doesn't answer itself on, if the device is alive, with
the same delay and loss, both ways. So one place decides for all protocols who lives and how well. The process makes
that namespace first, keeps the TUN's descriptor and the servers' sockets, and then makes this one, so
`/proc/PID/ns/net` stays the prober's.
"""

from collections.abc import Callable
from random import Random

from lab.network import Network, State
from lab.packet import Echo, echo_reply, parse_echo, unreachable
from lab.snmp import udp
from lab.snmp.udp import Datagram

SNMP = 161
REPORTED_SHARE = 0.5
"""Share of the requests to a dead device that a router above it answers with "host unreachable"."""
REPORT_INTERVAL = 1.0
"""Seconds between two such errors about one device, as routers limit them (RFC 1812 §4.3.2.8)."""


class Responder:
    """Answers for every device of a network. Deterministic for a given source of chance.

    Args:
        network: The devices.
        chance: What losses and jitter are drawn from.
        snmp: A device's answer to an SNMP message, by its name; None for silence.
    """

    def __init__(
        self, network: Network, chance: Random, snmp: Callable[[str, bytes], bytes | None] = lambda _name, _data: None
    ) -> None:
        self._network = network
        self._snmp = snmp
        self._random = chance.random
        self._reported: dict[str, float] = {}

    def answer(self, packet: bytes, now: float) -> tuple[float, bytes] | None:
        """The answer to a packet of the prober.

        Args:
            packet: An IP packet, as read from the TUN device; garbage is welcome.
            now: Seconds of a monotonic clock.

        Returns:
            Seconds until the answer arrives, and the packet; None for silence: an address nobody has, a lost packet,
            a dead device, or anything that is neither an echo request nor an SNMP message.
        """
        asked = parse_echo(packet) or udp.parse(packet)
        if asked is None:
            return None
        state = self._network.by_address.get(asked.destination)
        if state is None:
            return None
        if state.state != "alive":
            return self._report(asked, state, now)
        quality = state.quality
        if quality.loss and self._random() < quality.loss:
            return None
        reply = echo_reply(asked, state.node.ttl) if isinstance(asked, Echo) else self._served(asked, state)
        return None if reply is None else (quality.delay + quality.jitter * self._random(), reply)

    def _served(self, asked: Datagram, state: State) -> bytes | None:
        answer = self._snmp(state.node.name, asked.payload) if asked.port == SNMP else None
        return None if answer is None else udp.reply(asked, answer, state.node.ttl)

    def _report(self, asked: Echo | Datagram, state: State, now: float) -> tuple[float, bytes] | None:
        """The error that the nearest living device above sends now and then."""
        router = state.reporter
        if router is None or router.packed is None or self._random() >= REPORTED_SHARE:
            return None
        name = state.node.name
        if now - self._reported.get(name, float("-inf")) < REPORT_INTERVAL:
            return None
        self._reported[name] = now
        return router.quality.delay, unreachable(asked, router.packed, router.ttl)
