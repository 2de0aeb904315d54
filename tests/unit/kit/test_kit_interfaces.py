"""Interfaces of one device in canonical spelling: no two become one."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from exporters.kit.interfaces import canonical_interface, canonical_interfaces

KINDS = ["Ethernet", "Eth", "Et", "eth", "et", "Te", "te", "TenGigE", "xe-", "port", "Port-Channel", "Po", "", " Et "]
NAMES = st.builds("{}{}{}".format, st.sampled_from(KINDS), st.sampled_from(["1", "1/1", " 1/1", ""]), st.just(""))


def test_names_that_would_meet_keep_the_devices_own_spelling() -> None:
    """Both, and a third that has the canonical spelling already; what doesn't collide is canonical."""
    own = {1: "Eth1/1", 2: "Ethernet1/1", 3: "Ethernet1/2", 4: "Vlan10"}
    assert canonical_interfaces(own) == {1: "Eth1/1", 2: "Ethernet1/1", 3: "Et1/2", 4: "Vl10"}
    assert canonical_interfaces({1: "Et1/1", 2: "Ethernet1/1"}) == {1: "Et1/1", 2: "Ethernet1/1"}


def test_a_name_that_a_device_gives_twice_is_one_name() -> None:
    """It is the device that doesn't tell them apart: no reason to leave the canonical spelling."""
    assert canonical_interfaces({1: "Ethernet1", 2: "Ethernet1", 3: "Eth2"}) == {1: "Et1", 2: "Et1", 3: "Et2"}


@given(st.dictionaries(st.integers(1, 99), NAMES, max_size=12))
def test_names_that_differ_stay_different(own: dict[int, str]) -> None:
    """Whatever names a device has."""
    found = canonical_interfaces(own)
    assert found.keys() == own.keys()
    for one, other in combinations(own, 2):
        assert (own[one] == own[other]) == (found[one] == found[other])


@given(st.text(max_size=20) | NAMES)
def test_the_canonical_spelling_of_anything_is_its_own(name: str) -> None:
    """Spelling twice changes nothing, whatever the text."""
    assert canonical_interface(canonical_interface(name)) == canonical_interface(name)
