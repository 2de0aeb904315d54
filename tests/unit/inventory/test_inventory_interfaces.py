"""One spelling for one interface."""

import pytest

from sotpctl.inventory import canonical_interface


@pytest.mark.parametrize(
    ("given", "canonical"),
    [
        ("TenGigabitEthernet1/0/1", "Te1/0/1"),
        ("Te1/0/1", "Te1/0/1"),
        ("te1/0/1", "Te1/0/1"),
        ("Te 1/0/1", "Te1/0/1"),
        (" tengigabitethernet1/0/1 ", "Te1/0/1"),
        ("TenGigE0/0/0/1", "Te0/0/0/1"),
        ("GigabitEthernet0/1.100", "Gi0/1.100"),
        ("TwentyFiveGigE1/0/1", "Twe1/0/1"),
        ("HundredGigE1/0/1", "Hu1/0/1"),
        ("FastEthernet0/24", "Fa0/24"),
        ("Ethernet1/1", "Et1/1"),
        ("Eth1/1", "Et1/1"),
        ("Ethernet48", "Et48"),
        ("Et48", "Et48"),
        ("Port-channel10", "Po10"),
        ("port-channel10", "Po10"),
        ("Po10", "Po10"),
        ("Vlan10", "Vl10"),
        ("Loopback0", "Lo0"),
        ("loopback0", "Lo0"),
        ("Bundle-Ether1", "BE1"),
        ("MgmtEth0/RP0/CPU0/0", "Mg0/RP0/CPU0/0"),
        ("Tunnel5", "Tu5"),
    ],
)
def test_cisco_names_have_their_short_form(given: str, canonical: str) -> None:
    """Every spelling of a Cisco or Arista name meets in the short form."""
    assert canonical_interface(given) == canonical


_OTHERS = "xe-0/0/0 ge-0/0/1.0 et-0/0/1 lo0 irb.10 ae0 eth0 vlan10 lo enp3s0f0 ether1 sfp-sfpplus1 port3 A1 mgmt0"


@pytest.mark.parametrize("name", ["", "bond0.5", "XGE1/0/1", *_OTHERS.split()])
def test_other_vendors_names_stay_untouched(name: str) -> None:
    """Juniper's, Linux's, MikroTik's and others' names are theirs."""
    assert canonical_interface(name) == name


@pytest.mark.parametrize("name", ["TenGigabitEthernet1/0/1", "eth0", "Bundle-Ether1", "port-channel1", "Vlan 10"])
def test_the_canonical_spelling_is_its_own(name: str) -> None:
    """Asking twice changes nothing."""
    once = canonical_interface(name)
    assert canonical_interface(once) == once
