"""The simulated network: which devices there are, what is broken, and who can be reached because of it. No I/O.

A device answers while it lives and at least one chain of living parents leads from it to a root (a device without
parents: where the prober is plugged in).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Literal


@dataclass(frozen=True, slots=True)
class Quality:
    """How a device answers: after `delay` plus up to `jitter` (seconds), and `loss` of requests (0-1) never."""

    delay: float
    jitter: float = 0.0
    loss: float = 0.0


@dataclass(frozen=True, slots=True)
class Node:
    """A device as the lab simulates it.

    Attributes:
        name: Its name in the inventory.
        site: Its site, or "".
        address: Its address, as the inventory writes it.
        packed: The address in network order; None when nothing answers there.
        unsimulated: Why nothing answers there, or "".
        parents: The devices that it hangs on.
        quality: How it answers while nobody degrades it.
        ttl: Hops left when its answer arrives.
    """

    name: str
    site: str
    address: str
    packed: bytes | None
    unsimulated: str
    parents: tuple[str, ...]
    quality: Quality
    ttl: int


@dataclass(frozen=True, slots=True)
class State:
    """What a node is doing now.

    Attributes:
        node: Whose state it is.
        state: "dead" when broken itself, "unreachable" when every way to it is broken.
        because: The broken devices that cut it off, nearest first; empty unless it is unreachable.
        quality: How it answers now.
        reporter: The nearest reachable device above a dead or unreachable one, which may report it (same family).
    """

    node: Node
    state: Literal["alive", "dead", "unreachable"]
    because: tuple[str, ...]
    quality: Quality
    reporter: Node | None


class UnknownDeviceError(Exception):
    """A name that is no device of the lab."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        close = get_close_matches(name, list(known), n=1)
        hint = f'; did you mean "{close[0]}"?' if close else "; `sotpctl lab status` lists them"
        super().__init__(f'no device of the lab is called "{name}"{hint}')


class Network:
    """Devices and their faults. Everything that a packet needs is worked out when a fault changes, not per packet."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._nodes: dict[str, Node] = {}
        self._broken: set[str] = set()
        self._degraded: dict[str, Quality] = {}
        self.states: Mapping[str, State] = {}
        self.by_address: Mapping[bytes, State] = {}
        self.replace_nodes(nodes)

    def replace_nodes(self, nodes: Sequence[Node]) -> None:
        """Take the devices of a changed inventory; faults of those that stay, stay."""
        self._nodes = {node.name: node for node in nodes}
        self._broken &= self._nodes.keys()
        self._degraded = {name: quality for name, quality in self._degraded.items() if name in self._nodes}
        self._settle()

    def break_(self, names: Sequence[str]) -> tuple[str, ...]:
        """Kill devices; returns the others that lose their last way because of it.

        Raises:
            UnknownDeviceError: For a name that isn't there; nothing is broken then.
        """
        self._check(names)
        reachable = {name for name, state in self.states.items() if state.state == "alive"}
        self._broken.update(names)
        self._settle()
        return tuple(name for name in self._nodes if name in reachable and self.states[name].state == "unreachable")

    def heal(self, names: Sequence[str]) -> tuple[str, ...]:
        """Mend devices, broken or degraded; all of them when no name is given. Returns those that had a fault.

        Raises:
            UnknownDeviceError: For a name that isn't there; nothing is healed then.
        """
        self._check(names)
        faulty = self._broken | self._degraded.keys()
        healed = faulty & set(names) if names else faulty
        self._broken -= healed
        self._degraded = {name: quality for name, quality in self._degraded.items() if name not in healed}
        self._settle()
        return tuple(sorted(healed))

    def degrade(
        self, name: str, *, delay: float | None = None, jitter: float | None = None, loss: float | None = None
    ) -> Quality:
        """Make a device answer worse: seconds, seconds, 0-1; what is None stays as it is. Returns the new quality.

        Raises:
            UnknownDeviceError: For a name that isn't there.
        """
        self._check([name])
        quality = self._quality(name)
        quality = replace(
            quality,
            delay=quality.delay if delay is None else delay,
            jitter=quality.jitter if jitter is None else jitter,
            loss=quality.loss if loss is None else loss,
        )
        self._degraded[name] = quality
        self._settle()
        return quality

    def _check(self, names: Iterable[str]) -> None:
        for name in names:
            if name not in self._nodes:
                raise UnknownDeviceError(name, self._nodes)

    def _quality(self, name: str) -> Quality:
        return self._degraded.get(name) or self._nodes[name].quality

    def _settle(self) -> None:
        """Work out every device's state from the faults."""
        reachable = self._reachable()
        self.states = {name: self._state(node, reachable) for name, node in self._nodes.items()}
        self.by_address = {s.node.packed: s for s in self.states.values() if s.node.packed is not None}

    def _reachable(self) -> set[str]:
        children: dict[str, list[str]] = {}
        ways = [name for name, node in self._nodes.items() if not any(self._parents(node))]
        for name, node in self._nodes.items():
            for parent in self._parents(node):
                children.setdefault(parent, []).append(name)
        found: set[str] = set()
        while ways:
            name = ways.pop()
            if name not in found and name not in self._broken:
                found.add(name)
                ways.extend(children.get(name, ()))
        return found

    def _state(self, node: Node, reachable: set[str]) -> State:
        quality = self._quality(node.name)
        if node.name in reachable:
            return State(node, "alive", (), quality, None)
        reporters = (self._nodes[name] for name in self._ancestors(node, through=None) if name in reachable)
        reporter = next((r for r in reporters if _family(r) == _family(node)), None)
        if node.name in self._broken:
            return State(node, "dead", (), quality, reporter)
        because = tuple(name for name in self._ancestors(node, through=self._broken) if name in self._broken)
        return State(node, "unreachable", because, quality, reporter)

    def _ancestors(self, node: Node, through: set[str] | None) -> Iterator[str]:
        """Names above a node, nearest first; the walk does not go on above those in `through`."""
        seen, level = {node.name}, list(self._parents(node))
        while level:
            above: list[str] = []
            for name in level:
                if name not in seen:
                    seen.add(name)
                    yield name
                    if through is None or name not in through:
                        above.extend(self._parents(self._nodes[name]))
            level = above

    def _parents(self, node: Node) -> Iterator[str]:
        return (parent for parent in node.parents if parent in self._nodes)


def _family(node: Node) -> int:
    return 0 if node.packed is None else len(node.packed)
