"""How profiles map what was read: which is found, expressions, names, bounds, neighbours, and what it costs."""

import time

import pytest

from exporters.snmp.oid import Oid
from exporters.snmp.pdu import Value
from exporters.snmp.profiles import Profile, Sample, load, match, samples
from exporters.snmp.profiles.compiled import MOST
from exporters.snmp.profiles.expressions import Scope, compile_number
from exporters.snmp.profiles.neighbors import neighbors
from exporters.snmp.profiles.paths import compile_template
from exporters.snmp.profiles.values import Columns, ip_text, text_of

Tables = dict[Oid, dict[Oid, Value]]
ENTITY = (1, 3, 6, 1, 2, 1, 47, 1, 1, 1, 1)
SENSOR = (1, 3, 6, 1, 2, 1, 99, 1, 1, 1)
IF_NAME, IF_DESCR = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 1), (1, 3, 6, 1, 2, 1, 2, 2, 1, 2)
LLDP = (1, 0, 8802, 1, 1, 2, 1)


@pytest.mark.parametrize(
    ("object_id", "descr", "name"),
    [
        ("1.3.6.1.4.1.9.1.1208", "Cisco IOS Software, C2960X Software", "cisco-ios"),
        (
            "1.3.6.1.4.1.9.1.2494",
            "Cisco IOS Software [Cupertino], Catalyst L3 Switch Software (CAT9K_IOSXE)",
            "cisco-iosxe",
        ),
        ("1.3.6.1.4.1.9.1.1639", "Cisco IOS XR Software (Cisco ASR9K Series)", "cisco-iosxr"),
        ("1.3.6.1.4.1.9.12.3.1.3.1", "Cisco NX-OS(tm) n9000", "cisco-nxos"),
        ("1.3.6.1.4.1.9.1.1", "something of Cisco's", "cisco"),
        (".1.3.6.1.4.1.2636.1.1.1.2.57", "Juniper Networks, Inc. mx104", "juniper-junos"),
        ("1.3.6.1.4.1.674.11000.5000.100.2.1.7", "", "dell-os10"),
        ("1.3.6.1.4.1.674.10895.3054", "", "dell-os6"),
        ("1.3.6.1.4.1.11.2.3.9.1", "", "printer"),
        ("1.3.6.1.4.1.11.2.3.7.11.84", "", "hp-procurve"),
        ("1.3.6.1.4.1.99999", "", "generic"),
        ("", "", "generic"),
    ],
)
def test_a_device_gets_the_profile_of_the_longest_prefix_then_of_its_description(
    object_id: str, descr: str, name: str
) -> None:
    """One vendor number has many platforms: the description tells them apart; what nothing fits is generic."""
    assert match(object_id, descr).name == name


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a / 4", 10.0),
        ("-a + 2 * b", -30),
        ("a ** 2 - b", 1595),
        ("first(c, b)", 5),
        ("first(c, c)", None),
        ("max(c, a, b)", 40),
        ("less(a, b)", 35),
        ("less(b, a)", 5),
        ("dbm(b)", 6.99),
        ("dbm(b - b)", -60),
        ("dbm(b - a)", None),
        ("a + c", None),
        ("a / (b - 5)", None),
        ("T[b]", 0.5),
        ("T[a]", None),
        ("words / 2", 20.75),
    ],
)
def test_an_expression_computes_or_says_nothing(text: str, value: float | None) -> None:
    """What the device hasn't got, a division by nothing and an unknown word make no number rather than a wrong one."""
    oids = {name: (1, 3, number) for number, name in enumerate(("a", "b", "c", "words"), start=1)}
    scope = Scope(oids, {"T": {"5": 0.5}})
    number = compile_number(text, scope)
    have: dict[str, Value] = {"a": 40, "b": 5, "words": b"41.5 C"}
    columns: Columns = [{(1,): have[name]} if name in have else {} for name in scope.slots]
    assert number(columns, (1,)) == value


def test_templates_follow_pointers_parts_of_the_index_and_alternatives() -> None:
    """ENTITY-MIB names reach a row by its own index, by a part of it, or by an object that points there."""
    scope = Scope({"name": (1, 3, 1), "points": (1, 3, 2)}, {})
    text = compile_template("{points > name|name[0]|index} of {index[1:]:ip} - ", scope)
    columns: list[dict[Oid, Value]] = [{}, {}]
    columns[scope.slot("name")] = {(7,): b"cpu 7", (2,): b"slot 2"}
    columns[scope.slot("points")] = {(1, 4, 192, 0, 2, 1): 7}
    assert text(list(columns), (1, 4, 192, 0, 2, 1)) == "cpu 7 of 192.0.2.1"
    assert text(list(columns), (2, 4, 192, 0, 2, 9)) == "slot 2 of 192.0.2.9"
    assert text(list(columns), (3, 4, 192, 0, 2, 9)) == "3.4.192.0.2.9 of 192.0.2.9"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b" Slot 1\x00", "Slot 1"),
        (b"a\r\nb", "a b"),
        (b"Switch", "Switch"),
        (bytes.fromhex("b8a44f1be21d"), "b8:a4:4f:1b:e2:1d"),
        (bytes.fromhex("c0c1c2c3c4c5"), "c0:c1:c2:c3:c4:c5"),
        (b"\xb0C", "°C"),
        ((1, 3, 6), "1.3.6"),
        (None, ""),
    ],
)
def test_bytes_are_text_where_they_are_text(value: Value | None, text: str) -> None:
    """A name of six letters is no hardware address, and a hardware address no name."""
    assert text_of(value) == text


def test_addresses_are_read_from_indexes_with_and_without_type_and_length() -> None:
    """BGP4-MIB has the bare address; Cisco's and the v2 MIBs put its length, or its type and length, in front."""
    v6 = (32, 1, 13, 184, *(0,) * 11, 1)
    assert [ip_text(arcs) for arcs in ((192, 0, 2, 1), (4, 192, 0, 2, 1), (1, 4, 192, 0, 2, 1))] == ["192.0.2.1"] * 3
    assert ip_text(v6) == ip_text((16, *v6)) == ip_text((2, 16, *v6)) == "2001:db8::1"


def entity(rows: dict[int, tuple[bytes, int, int]]) -> Tables:
    """ENTITY-SENSOR rows: name, type, value in whole units."""
    return {
        (*ENTITY, 7): {(index,): name for index, (name, _, _) in rows.items()},
        (*SENSOR, 1): {(index,): kind for index, (_, kind, _) in rows.items()},
        (*SENSOR, 2): {(index,): 9 for index in rows},
        (*SENSOR, 3): {(index,): 0 for index in rows},
        (*SENSOR, 4): {(index,): value for index, (_, _, value) in rows.items()},
        (*SENSOR, 5): {(index,): 1 for index in rows},
    }


def test_two_of_one_name_both_get_their_index() -> None:
    """Were only the second renamed, its series would become the first's when that one is pulled out."""
    tables = entity({5: (b"Temp", 8, 30), 9: (b"Temp", 8, 31), 11: (b"Other", 8, 32), 12: (b"Temp", 4, 12)})
    found = [(sample.labels, sample.value) for sample in samples(match("", ""), tables)]
    assert found == [
        ('sensor="Temp 5"', 30.0),
        ('sensor="Temp 9"', 31.0),
        ('sensor="Other"', 32.0),
        ('sensor="Temp",type="voltage",unit="volts"', 12.0),
    ]


def test_an_unavailable_sensor_is_no_sample() -> None:
    """RFC 3433: unavailable(2) and nonoperational(3) have no value, whatever stands there."""
    tables = entity({5: (b"A", 8, 30), 6: (b"B", 8, 0)})
    tables[*SENSOR, 5] = {(5,): 1, (6,): 2}
    assert [sample.labels for sample in samples(match("", ""), tables)] == ['sensor="A"']


def test_a_device_that_lies_stays_bounded() -> None:
    """More rows than any device has are cut, and how many is said."""
    tables = entity({index: (b"t%d" % index, 8, 1) for index in range(1, MOST + 11)})
    found = list(samples(match("", ""), tables))
    assert len(found) == MOST + 1
    assert found[-1] == Sample("device_samples_dropped", "", 10, None)


def test_a_label_is_escaped() -> None:
    """A quote in a device's name must not end the label."""
    tables = entity({1: (b'a "b"\\', 8, 1)})
    assert [sample.labels for sample in samples(match("", ""), tables)] == ['sensor="a \\"b\\"\\\\"']


def test_peers_are_read_only_where_they_are_asked_for() -> None:
    """The peers of BGP and OSPF are modules: neither their columns nor their samples are there without."""
    state = (1, 3, 6, 1, 2, 1, 15, 3, 1, 2)
    profile = match("", "")
    assert state not in profile.columns
    chosen = profile.select(["bgp"])
    assert state in chosen.columns
    assert (1, 3, 6, 1, 2, 1, 14, 10, 1, 6) not in chosen.columns
    assert profile.select(()).columns == profile.columns


def test_what_only_names_things_is_told_apart() -> None:
    """A poller may read names more seldom; what values and conditions read it may not."""
    static = match("1.3.6.1.4.1.9.1.1", "").static
    assert {(*ENTITY, 5), (*ENTITY, 7)} <= static  # conditions read them too, but they are the inventory
    assert (*SENSOR, 4) not in static
    assert (*SENSOR, 5) not in static
    assert (1, 3, 6, 1, 4, 1, 9, 9, 13, 1, 3, 1, 2) in static  # ciscoEnvMonTemperatureStatusDescr


def test_a_scalar_is_found_however_it_was_read() -> None:
    """At its instance, with or without an index, or as row 0 of its object."""
    up = (1, 3, 6, 1, 2, 1, 1, 3, 0)
    ways: list[Tables] = [{up: {(): 500}}, {up: {(0,): 500}}, {up[:-1]: {(0,): 500}}]
    for tables in ways:
        assert list(samples(match("", ""), tables)) == [Sample("device_uptime_seconds", "", 5.0, None)]


def lldp(local: bytes, subtype: int, port: int = 3, **names: bytes) -> list[str]:
    """Returns the local interfaces of one neighbour on an LLDP port, given what the agent says of that port."""
    tables: Tables = {
        IF_NAME: {(3,): b"Gi0/3", (7,): b"Gi0/7"},
        IF_DESCR: {(3,): b"GigabitEthernet0/3", (7,): b"GigabitEthernet0/7"},
        (*LLDP, 3, 7, 1, 2): {(port,): subtype},
        (*LLDP, 3, 7, 1, 3): {(port,): local},
        (*LLDP, 4, 1, 1, 6): {(0, port, 1): 5},
        (*LLDP, 4, 1, 1, 7): {(0, port, 1): b"Eth1"},
        (*LLDP, 4, 1, 1, 9): {(0, port, 1): b"peer"},
    }
    if "descr" in names:
        tables[*LLDP, 3, 7, 1, 4] = {(port,): names["descr"]}
    if "bridge" in names:
        tables[1, 3, 6, 1, 2, 1, 17, 1, 4, 1, 2] = {(port,): int(names["bridge"])}
    return [sample.labels.split(",")[0] for sample in neighbors(["lldp"], tables)]


@pytest.mark.parametrize(
    ("local", "subtype", "port", "more"),
    [
        (b"Gi0/7", 5, 24, {}),  # interfaceName
        (b"GigabitEthernet0/7", 5, 24, {}),  # the long name
        (b"7", 7, 24, {}),  # local: the ifIndex as text
        (b"xyz", 7, 24, {"descr": b"Gi0/7"}),  # its description is the name
        (b"\x02\x00\xc0\xff\xee\x07", 3, 7, {}),  # a hardware address: the port number is the ifIndex
    ],
)
def test_the_local_port_of_lldp_is_an_interface_by_any_of_the_agents_ways(
    local: bytes, subtype: int, port: int, more: dict[str, bytes]
) -> None:
    """The standard leaves the port number's meaning to the agent; the interface's name is what joins with IF-MIB."""
    assert lldp(local, subtype, port, **more) == ['ifName="Gi0/7"']


@pytest.mark.parametrize(
    ("subtype", "value", "descr", "name"),
    [
        (5, b"Eth1/7", b"to the core", "Eth1/7"),
        (7, b"611", b"xe-1/0/7", "xe-1/0/7"),
        (7, b"vmnic3", b"port 366 on a switch", "vmnic3"),
        (7, b"24", b"", "24"),
        (3, b"\x02\x00\xc0\xff\xee\x07", b"eth0", "eth0"),
        (3, b"\x02\x00\xc0\xff\xee\x07", b"", "02:00:c0:ff:ee:07"),
        (4, b"\x01\xc0\x00\x02\x09", b"", "192.0.2.9"),
    ],
)
def test_the_neighbours_port_is_its_name_where_it_tells_one(
    subtype: int, value: bytes, descr: bytes, name: str
) -> None:
    """Its id may be a number or an address, which nobody finds on the device: then its description."""
    tables: Tables = {
        (*LLDP, 4, 1, 1, 6): {(0, 3, 1): subtype},
        (*LLDP, 4, 1, 1, 7): {(0, 3, 1): value},
        (*LLDP, 4, 1, 1, 8): {(0, 3, 1): descr},
        (*LLDP, 4, 1, 1, 9): {(0, 3, 1): b"peer"},
    }
    assert [sample.labels for sample in neighbors(["lldp"], tables)] == [
        f'ifName="3",neighbor="peer",neighbor_ifName="{name}",protocol="lldp"'
    ]


def test_a_48_port_switch_with_60_sensors_costs_well_under_a_millisecond() -> None:
    """The mapping is on the polling path; the best of several counts, as a loaded machine is no fault of it."""
    kinds = (4, 5, 8, 10)
    tables = entity({index: (b"Sensor %d of slot 1" % index, kinds[index % 4], index) for index in range(1, 61)})
    tables[IF_NAME] = {(index,): b"Gi1/0/%d" % index for index in range(1, 49)}
    tables[IF_DESCR] = {(index,): b"GigabitEthernet1/0/%d" % index for index in range(1, 49)}
    profile = match("1.3.6.1.4.1.30065.1", "Arista Networks EOS version 4.28.3M running on an Arista")
    assert len(list(samples(profile, tables))) == 60
    best = min(_seconds(profile, tables) for _ in range(20))
    assert best < 0.001


def _seconds(profile: Profile, tables: Tables) -> float:
    begun = time.process_time()
    for _ in samples(profile, tables):
        pass
    return time.process_time() - begun


def test_every_profile_that_ships_has_a_vendor() -> None:
    """But for the one that is for all that nothing fits."""
    registry = load()
    assert all(registry.profile(name).vendor for name in registry.names if name != "generic")
