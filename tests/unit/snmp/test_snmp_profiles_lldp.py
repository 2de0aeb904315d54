"""Neighbours by LLDP-V2-MIB, and neighbours that a hypervisor's cards are."""

from exporters.snmp.oid import Oid, parse
from exporters.snmp.pdu import Value
from exporters.snmp.profiles.neighbors import neighbors

IF_NAME = parse("1.3.6.1.2.1.31.1.1.1.1")
V1, V2 = parse("1.0.8802.1.1.2.1.4.1.1"), parse("1.3.111.2.802.1.1.13.1.4.1.1")
Tables = dict[Oid, dict[Oid, Value]]
MAC = bytes.fromhex("020000000011")


def test_lldp_v2_gives_the_same_neighbours_as_lldp() -> None:
    """Its index has the interface and the destination address; a neighbour that both tables have is there once."""
    v2: Tables = {
        (*V2, 5): {(0, 17, 1, 1): 4},
        (*V2, 6): {(0, 17, 1, 1): MAC},
        (*V2, 7): {(0, 17, 1, 1): 5},
        (*V2, 8): {(0, 17, 1, 1): b"10GE2/4/0/7"},
        (*V2, 10): {(0, 17, 1, 1): b"core-1"},
    }
    v1: Tables = {(*V1, 6): {(0, 17, 1): 5}, (*V1, 7): {(0, 17, 1): b"10GE2/4/0/7"}, (*V1, 9): {(0, 17, 1): b"core-1"}}
    names: Tables = {IF_NAME: {(17,): b"ethernet1/12"}}
    want = 'ifName="ethernet1/12",neighbor="core-1",neighbor_ifName="10GE2/4/0/7",protocol="lldp"'
    (sample,) = neighbors(["lldp", "lldp-v2"], names | v2)
    assert (sample.labels, sample.source) == (want, ((*V2, 8), (0, 17, 1, 1)))
    assert [each.labels for each in neighbors(["lldp", "lldp-v2"], names | v1 | v2)] == [want]


def test_a_chassis_that_is_known_by_an_interface_says_the_port() -> None:
    """A hypervisor's virtual switch tells a hardware address as its port, and its card as the chassis."""
    index = (5, 10, 19)
    tables: Tables = {
        IF_NAME: {(10,): b"1/1/10"},
        (*V1, 4): {index: 6},
        (*V1, 5): {index: b"vmnic5"},
        (*V1, 6): {index: 3},
        (*V1, 7): {index: MAC},
        (*V1, 8): {index: b"port 3 on dvSwitch"},
        (*V1, 9): {index: b"vmhost-20"},
    }
    want = 'ifName="1/1/10",neighbor="vmhost-20",neighbor_ifName="{}",protocol="lldp"'
    assert [each.labels for each in neighbors(["lldp"], tables)] == [want.format("vmnic5")]
    tables[*V1, 4] = {index: 4}
    assert [each.labels for each in neighbors(["lldp"], tables)] == [want.format("port 3 on dvSwitch")]
