"""Who lives, who is cut off and by whom."""

import pytest

from lab.network import Network, Node, Quality, UnknownDeviceError


def node(name: str, *parents: str, packed: bytes | None = None) -> Node:
    """A device with an IPv4 address unless told otherwise."""
    return Node(name, "waw", "", packed or name.encode().ljust(4, b"\0"), "", parents, Quality(0.01), 64)


@pytest.fixture
def network() -> Network:
    """The root is fw; sw is the sole way to a and b; c hangs on the cores c1 and c2; six is IPv6 behind sw."""
    return Network(
        [
            node("fw"),
            node("sw", "fw"),
            node("a", "sw"),
            node("b", "a"),
            node("c1", "fw"),
            node("c2", "fw"),
            node("c", "c1", "c2"),
            node("six", "sw", packed=bytes(16)),
        ]
    )


def states(network: Network) -> dict[str, str]:
    """All that don't live."""
    return {name: state.state for name, state in network.states.items() if state.state != "alive"}


def reporter(network: Network, name: str) -> str | None:
    """Who reports a device."""
    above = network.states[name].reporter
    return above.name if above else None


def test_a_sole_uplink_takes_everything_behind_it(network: Network) -> None:
    """What hangs on it alone, also through others, is unreachable and names it."""
    assert network.break_(["sw"]) == ("a", "b", "six")
    assert states(network) == {"sw": "dead", "a": "unreachable", "b": "unreachable", "six": "unreachable"}
    assert network.states["b"].because == ("sw",)


def test_one_of_two_uplinks_takes_nothing(network: Network) -> None:
    """A device with a second living parent stays; without it, both are named."""
    assert network.break_(["c1"]) == ()
    assert states(network) == {"c1": "dead"}
    assert network.break_(["c2"]) == ("c",)
    assert network.states["c"].because == ("c1", "c2")


def test_a_living_parent_that_is_cut_off_is_no_way(network: Network) -> None:
    """The nearest broken device is named, not those above it."""
    network.break_(["fw"])
    assert set(states(network)) == set(network.states)
    assert network.states["c"].because == ("fw",)
    network.break_(["sw"])
    assert network.states["b"].because == ("sw",)


def test_the_nearest_living_router_reports(network: Network) -> None:
    """What is above a dead device reports it, with an address of its family; behind a dead root nobody does."""
    network.break_(["a"])
    assert reporter(network, "a") == reporter(network, "b") == "sw"
    network.break_(["sw"])
    assert reporter(network, "b") == "fw"
    assert reporter(network, "six") is None
    network.break_(["fw"])
    assert reporter(network, "b") is None


def test_heal_mends_the_named_or_all(network: Network) -> None:
    """Broken and degraded alike; what had no fault isn't reported as healed."""
    network.break_(["sw", "c1"])
    network.degrade("a", loss=0.5)
    assert network.heal(["sw", "b"]) == ("sw",)
    assert states(network) == {"c1": "dead"}
    assert network.heal([]) == ("a", "c1")
    assert states(network) == {}
    assert network.states["a"].quality == Quality(0.01)


def test_degrade_changes_only_what_is_named(network: Network) -> None:
    """A second degrade adds to the first; a break keeps it."""
    network.degrade("a", loss=0.2)
    assert network.degrade("a", delay=0.08) == Quality(0.08, 0.0, 0.2)
    network.break_(["a"])
    assert network.states["a"].quality == Quality(0.08, 0.0, 0.2)


@pytest.mark.parametrize("op", ["break_", "heal"])
def test_an_unknown_name_changes_nothing(network: Network, op: str) -> None:
    """One wrong name among right ones stops the whole request, with a suggestion."""
    network.break_(["c1"])
    with pytest.raises(UnknownDeviceError, match=r'no device of the lab is called "c3"; did you mean "c'):
        getattr(network, op)(["sw", "c3"])
    assert states(network) == {"c1": "dead"}


def test_a_new_inventory_keeps_the_faults_of_those_that_stay(network: Network) -> None:
    """Devices come and go; a broken one stays broken, one that went takes its fault with it."""
    network.break_(["sw", "c1"])
    network.replace_nodes([node("fw"), node("sw", "fw"), node("new", "sw")])
    assert states(network) == {"sw": "dead", "new": "unreachable"}
    network.replace_nodes([node("fw"), node("c1", "fw")])
    assert states(network) == {}


def test_a_cycle_or_a_missing_parent_is_survived() -> None:
    """The inventory refuses cycles; the lab must not hang on one, and a parent that isn't there is none."""
    network = Network([node("x", "y"), node("y", "x"), node("z", "gone")])
    assert states(network) == {"x": "unreachable", "y": "unreachable"}
