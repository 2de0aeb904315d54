"""From a device to the lab's own address: who can send, how late it arrives, what is lost on the way."""

import asyncio
from collections.abc import Callable, Mapping
from random import Random

from lab.network import Network
from lab.snmp import udp

SYSLOG, SYSLOG_FROM = 10514, 514
TRAPS, TRAPS_FROM = 10162, 161


class Post:
    """Sends datagrams as devices.

    Attributes:
        sent: How many went into the network.
    """

    def __init__(
        self, network: Network, write: Callable[[bytes], None], prober: Mapping[int, bytes], chance: Random
    ) -> None:
        """Takes the ways.

        Args:
            network: Who lives, how well.
            write: Takes a packet.
            prober: The packed address to send to, by the bytes that an address has (4 or 16).
            chance: What losses are drawn from.
        """
        self._network, self._write, self._prober, self._random = network, write, prober, chance.random
        self.sent = 0

    def send(self, name: str, payload: bytes, ports: tuple[int, int], wait: float = 0.0) -> None:
        """Sends a datagram, which arrives after `wait` seconds and the device's own time.

        Args:
            name: The device; one that doesn't live, or can't be reached, is silent when the time has come.
            payload: What it says.
            ports: Its own, and the receiver's.
            wait: Seconds.
        """
        state = self._network.states.get(name)
        if state is None:
            return
        quality = state.quality
        delay = wait + quality.delay + quality.jitter * self._random()
        asyncio.get_running_loop().call_later(delay, self.send_now, name, payload, ports)

    def send_now(self, name: str, payload: bytes, ports: tuple[int, int]) -> None:
        """Sends a datagram at once."""
        state = self._network.states.get(name)
        if state is None or state.state != "alive" or state.node.packed is None:
            return
        receiver = self._prober.get(len(state.node.packed))
        if receiver is None or (state.quality.loss and self._random() < state.quality.loss):
            return
        self._write(udp.packet((state.node.packed, ports[0]), (receiver, ports[1]), payload, state.node.ttl))
        self.sent += 1
