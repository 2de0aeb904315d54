"""What the simulated devices say to a packet: bytes in, a delay and bytes out. No I/O; the clock and chance are given.

Why packets and not addresses on an interface: the kernel answers echo requests to addresses of its own at once, always,
in no time. A device that is slow, lossy or dead has to be somebody else's: everything is routed into a TUN device,
and this module is all that is behind it.

How TCP and UDP services (SNMP, SSH, syslog) will join, decided now so that nothing here has to be undone: they will
not sit on `lo` of this namespace (its kernel would answer their pings, and a broken device would still speak SNMP).
They live in a second namespace that has the devices' addresses (`ip route add local … dev lo`) and a TUN device of its
own; the responder stands between the two and passes every packet that is not an echo request on, if the device is
alive, with the same delay and loss, both ways. So one place decides for all protocols who lives and how well, and a
syslog sender has its device's address. The process makes that namespace first, keeps the TUN's descriptor and the
servers' sockets, and then makes this one, so `/proc/PID/ns/net` stays the prober's.
"""

from random import Random

from lab.network import Network, State
from lab.packet import Echo, echo_reply, parse_echo, unreachable

REPORTED_SHARE = 0.5
"""Share of the requests to a dead device that a router above it answers with "host unreachable"."""
REPORT_INTERVAL = 1.0
"""Seconds between two such errors about one device, as routers limit them (RFC 1812 §4.3.2.8)."""


class Responder:
    """Answers for every device of a network. Deterministic for a given source of chance."""

    def __init__(self, network: Network, chance: Random) -> None:
        self._network = network
        self._random = chance.random
        self._reported: dict[str, float] = {}

    def answer(self, packet: bytes, now: float) -> tuple[float, bytes] | None:
        """The answer to a packet of the prober.

        Args:
            packet: An IP packet, as read from the TUN device; garbage is welcome.
            now: Seconds of a monotonic clock.

        Returns:
            Seconds until the answer arrives, and the packet; None for silence: an address nobody has, a lost packet,
            a dead device, or anything that is not an echo request.
        """
        echo = parse_echo(packet)
        if echo is None:
            return None
        state = self._network.by_address.get(echo.destination)
        if state is None:
            return None
        if state.state != "alive":
            return self._report(echo, state, now)
        quality = state.quality
        if quality.loss and self._random() < quality.loss:
            return None
        return quality.delay + quality.jitter * self._random(), echo_reply(echo, state.node.ttl)

    def _report(self, echo: Echo, state: State, now: float) -> tuple[float, bytes] | None:
        """The error that the nearest living device above sends now and then."""
        router = state.reporter
        if router is None or router.packed is None or self._random() >= REPORTED_SHARE:
            return None
        name = state.node.name
        if now - self._reported.get(name, float("-inf")) < REPORT_INTERVAL:
            return None
        self._reported[name] = now
        return router.quality.delay, unreachable(echo, router.packed, router.ttl)
