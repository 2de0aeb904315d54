"""The graph of parents: its cycles, and how many devices depend on each device.

A device may have several parents and is reached through any of them. All devices without parents hang on one virtual
root, the place of the pinger. A device depends on another when every path from the root leads through it: when that
one dominates it. Dominators follow Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm" (2001); on a graph
without cycles, in topological order, one pass is enough.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

Parents = Mapping[str, Sequence[str]]


def cycles(parents: Parents) -> list[list[str]]:
    """Return each cycle that a walk up the parents meets, as the names along it, the least name first; sorted.

    There is one in the list if there is one at all, though not every one: mending what is reported and asking again
    ends with none. A device that is its own parent is a cycle of one. Unknown parents are left out.
    """
    found: set[tuple[str, ...]] = set()
    done: set[str] = set()
    for start in sorted(parents):
        if start in done:
            continue
        path: list[str] = [start]
        place = {start: 0}
        walks = [iter(sorted(set(parents[start])))]
        while walks:
            parent = next(walks[-1], None)
            if parent is None:
                walks.pop()
                name = path.pop()
                del place[name]
                done.add(name)
            elif parent in place:
                found.add(_least_first(path[place[parent] :]))
            elif parent in parents and parent not in done:
                place[parent] = len(path)
                path.append(parent)
                walks.append(iter(sorted(set(parents[parent]))))
    return [list(cycle) for cycle in sorted(found)]


def way(cycle: Sequence[str]) -> str:
    """Write a cycle as the way around it: `a -> b -> a`."""
    return " -> ".join([*cycle, cycle[0]])


def dependents(parents: Parents) -> dict[str, int]:
    """Count for each device how many others lose every path to the root when it dies; the mapping must have no cycle.

    Unknown parents are left out; a device none of whose parents is known hangs on the root.

    Raises:
        ValueError: There is a cycle.
    """
    order = _parents_first(parents)
    tree = _DominatorTree()
    for name in order:
        tree.add(name, [parent for parent in parents[name] if parent in parents])
    size = dict.fromkeys(parents, 0)
    for name in reversed(order):
        if above := tree.above[name]:
            size[above] += size[name] + 1
    return size


class _DominatorTree:
    """Immediate dominators; each name is added after its parents. The root is the empty name.

    `jump` leads to an ancestor far above, so that a common ancestor is found in O(log depth) steps and a deep tree
    with many second uplinks stays cheap (Myers, "An Applicative Random-Access Stack", 1983).
    """

    def __init__(self) -> None:
        self.above: dict[str, str] = {"": ""}
        self._jump: dict[str, str] = {"": ""}
        self._depth: dict[str, int] = {"": 0}

    def add(self, name: str, parents: Sequence[str]) -> None:
        """Hang a name below the lowest common ancestor of its parents."""
        above = functools.reduce(self._common, parents) if parents else ""
        far, depth = self._jump[above], self._depth
        even = depth[above] - depth[far] == depth[far] - depth[self._jump[far]]
        self.above[name] = above
        self._jump[name] = self._jump[far] if even else above
        depth[name] = depth[above] + 1

    def _common(self, one: str, other: str) -> str:
        above, jump, depth = self.above, self._jump, self._depth
        if depth[one] < depth[other]:
            one, other = other, one
        while depth[one] > depth[other]:
            one = jump[one] if depth[jump[one]] >= depth[other] else above[one]
        while one != other:
            if jump[one] != jump[other]:
                one, other = jump[one], jump[other]
            else:
                one, other = above[one], above[other]
        return one


def _parents_first(parents: Parents) -> list[str]:
    """Order the devices so that every parent stands before its children (Kahn 1962)."""
    waiting = {name: sum(parent in parents for parent in set(above)) for name, above in parents.items()}
    children: dict[str, list[str]] = {name: [] for name in parents}
    for name, above in parents.items():
        for parent in set(above):
            if parent in parents:
                children[parent].append(name)
    order = [name for name, count in waiting.items() if not count]
    for name in order:  # grows while it is walked
        for child in children[name]:
            waiting[child] -= 1
            if not waiting[child]:
                order.append(child)
    if len(order) != len(parents):
        raise ValueError(f"the parents form a cycle: {way(cycles(parents)[0])}")
    return order


def _least_first(cycle: Sequence[str]) -> tuple[str, ...]:
    start = cycle.index(min(cycle))
    return (*cycle[start:], *cycle[:start])
