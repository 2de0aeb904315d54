"""Dependents and cycles, against an oracle that removes each device and floods what is left."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sotpctl.inventory.graph import cycles, dependents


def _flooded(parents: dict[str, list[str]], dead: str | None) -> set[str]:
    """Return what is reached from the root without going through the dead device."""
    reached: set[str] = set()
    changed = True
    while changed:
        changed = False
        for name, above in parents.items():
            known = [parent for parent in above if parent in parents]
            if name not in reached and name != dead and (not known or reached.intersection(known)):
                reached.add(name)
                changed = True
    return reached


def _oracle(parents: dict[str, list[str]]) -> dict[str, int]:
    return {name: len(parents) - 1 - len(_flooded(parents, name)) for name in parents}


@st.composite
def _dags(draw: st.DrawFn) -> dict[str, list[str]]:
    count = draw(st.integers(0, 14))
    names = [f"d{number}" for number in range(count)]
    above = {name: draw(st.lists(st.sampled_from([*names[:n], "gone"]), max_size=3)) for n, name in enumerate(names)}
    return {name: above[name] for name in draw(st.permutations(names))}


@given(_dags())
def test_dependents_are_those_that_a_death_cuts_off(parents: dict[str, list[str]]) -> None:
    """A device's dependents are exactly those that no path reaches once it is gone, whatever the order of the input."""
    assert dependents(parents) == _oracle(parents)


def test_a_switch_above_eight_hosts_has_eight_and_one_of_two_uplinks_none() -> None:
    """Redundancy counts: two cores above a switch have no dependents of their own, the switch has its eight hosts."""
    hosts = {f"h{number}": ["acc"] for number in range(8)}
    parents = {"fw": [], "core-1": ["fw"], "core-2": ["fw"], "acc": ["core-1", "core-2"], **hosts}
    counts = dependents(parents)
    assert (counts["fw"], counts["core-1"], counts["core-2"], counts["acc"]) == (11, 0, 0, 8)


@given(st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdefx"), max_size=3)))
def test_a_cycle_is_found_exactly_when_there_is_one(parents: dict[str, list[str]]) -> None:
    """Every reported cycle is one, and where none is reported the devices can be ordered."""
    found = cycles(parents)
    for cycle in found:
        assert cycle[0] == min(cycle)
        for name, parent in zip(cycle, [*cycle[1:], cycle[0]], strict=True):
            assert parent in parents[name]
    if found:
        with pytest.raises(ValueError, match=" -> "):
            dependents(parents)
    else:
        assert dependents(parents).keys() == parents.keys()


def test_separate_cycles_are_all_named() -> None:
    """Two cycles that have nothing in common are both reported, in order; a device above them is in neither."""
    assert cycles({"b": ["a"], "a": ["b"], "z": ["z"], "top": [], "low": ["a", "top"]}) == [["a", "b"], ["z"]]


@pytest.mark.parametrize("shape", ["tree", "chain", "deep-with-second-uplinks"])
def test_ten_thousand_devices_take_a_fraction_of_a_second(shape: str) -> None:
    """The count stays near-linear, on deep graphs too: 10,000 devices within 0.2 s of CPU (allowed here: 0.6 s)."""
    count, chooser = 10_000, random.Random(1)
    if shape == "tree":
        parents = {f"d{n}": [f"d{chooser.randrange(n)}" for _ in range(2)] if n else [] for n in range(count)}
    else:
        parents = {f"d{n}": [f"d{n - 1}"] if n else [] for n in range(count)}
        if shape != "chain":
            parents |= {f"d{n}": [f"d{count // 2}", "d1"] for n in range(count // 2 + 1, count)}
    started = time.process_time()
    counts = dependents(parents)
    assert not cycles(parents)
    assert time.process_time() - started < 0.6
    assert len(counts) == count
