"""What a profile is said to give is what the exporter gives, for every platform that the lab plays."""

import re
from collections import Counter

import pytest

from exporters.snmp import oid, profiles
from exporters.snmp.oid import Oid
from exporters.snmp.pdu import Value
from exporters.snmp.profiles.families import FAMILIES
from lab.snmp.contents import PLATFORMS, build
from lab.snmp.device import Device, Neighbor, healthy, mac
from lab.snmp.ports import ports
from sotpctl.snmp.findings import FACTS, examine
from sotpctl.snmp.match import match

NOW = 1_900_000_000.0
SYSTEM = oid.parse("1.3.6.1.2.1.1.1.0"), oid.parse("1.3.6.1.2.1.1.2.0")
_KINDS = {metric: kind for kind, family in FAMILIES.items() for metric, _ in family.metrics}


def device(platform):
    """Returns a device of the lab with a neighbour, as tables by column, and its two words about itself."""
    condition = healthy("sw-1", NOW)
    found = ports("sw-1", platform, {}, condition.booted)
    one = Device("sw-1", "waw", "core", platform, found, condition)
    one.neighbors[next(iter(found))] = Neighbor("sw-2", "Te1/0/1", "TenGigabitEthernet1/0/1", mac("sw-2"))
    mib = build(one)
    read = {name: mib.get(name, NOW).value for name in mib._oids}
    descr, object_id = (read[name] for name in SYSTEM)
    assert isinstance(descr, bytes)
    assert isinstance(object_id, tuple)
    return read, oid.text(object_id), descr.decode()


def tables(read, profile):
    """Returns what the profile reads of it."""
    found: dict[Oid, dict[Oid, Value]] = {column: {} for column in profile.columns}
    for name, value in read.items():
        for size in range(len(name) - 1, 2, -1):
            if name[:size] in found:
                found[name[:size]][name[size:]] = value
    return found | {name: {(): read[name]} for name in profile.scalars if name in read}


def kind_of(sample):
    """Returns what kind a sample is of, by the metric and the label `type`."""
    typed = re.search(r'(?:^|,)type="([^"]*)"', sample.labels)
    return _KINDS.get(sample.name) or (typed[1] if typed else sample.name)


@pytest.mark.parametrize("platform", sorted(PLATFORMS))
def test_rows_are_the_exporters_samples(platform):
    """By kind, the rows that all rules are said to give are the exporter's: no rule is missing, none counts twice."""
    read, object_id, descr = device(platform)
    profile = profiles.match(object_id, descr)
    read_of = tables(read, profile)
    rows: Counter[str] = Counter()
    labels = set()
    for sample in profiles.samples(profile, read_of):
        if sample.name == "device_neighbor_info":
            rows[re.findall(r'protocol="(\w+)"', sample.labels)[0] + "_neighbors"] += 1
        elif (
            not sample.name.startswith(("device_info", "device_uptime"))
            and (kind_of(sample), sample.labels) not in labels
        ):
            labels.add((kind_of(sample), sample.labels))
            rows[kind_of(sample)] += 1
    found = match(object_id, descr)
    assert found.name == profile.name
    given: Counter[str] = Counter()
    for one in examine(found, read_of).given:
        given[one.kind] += one.rows
    assert given == rows
    assert given["cpu"]
    assert given["lldp_neighbors"]


@pytest.mark.parametrize("platform", sorted(PLATFORMS))
def test_facts_are_the_exporters(platform):
    """Hardware, software and serial number are those of device_info, the uptime device_uptime_seconds."""
    read, object_id, descr = device(platform)
    profile = profiles.match(object_id, descr)
    read_of = tables(read, profile)
    by_name = {sample.name: sample for sample in profiles.samples(profile, read_of)}
    info = dict(re.findall(r'(\w+)="([^"]*)"', by_name["device_info"].labels))
    said = {one.name: one.value for one in examine(match(object_id, descr), read_of).facts}
    assert {name: said.get(name, "") for name in FACTS} == {name: info[name] for name in FACTS}
    assert said["uptime"] == f"{by_name['device_uptime_seconds'].value:.0f}"


def test_why_a_profile_is_taken():
    """By the longest prefix, by the description, or because there is no other."""
    found = match("1.3.6.1.4.1.9.1.2494", "Cisco IOS Software, CAT9K_IOSXE")
    assert found.files == ("cisco-iosxe.yaml", "cisco.yaml", "generic.yaml")
    assert found.why().startswith("sysObjectID begins with 1.3.6.1.4.1.9, sysDescr fits ")
    assert match("1.3.6.1.4.1.99999.1", "x").why() == "no other profile is for its sysObjectID and sysDescr"
    assert match("", "").name == "generic"


def test_a_rule_is_in_one_of_four_states():
    """gave, nothing, superfluous (another gave it), off (an optional module): each is there, with what was read."""
    read, object_id, descr = device("linux")
    found = match(object_id, descr)
    read_of = tables(read, profiles.match(object_id, descr))
    state = {one.rule: one.state for one in examine(found, read_of).tried}
    assert state["hr-cpu"] == "gave"
    assert state["ucd-cpu"] == "superfluous"
    assert state["entity-sensors"] == "nothing"
    assert state["bgp4"] == "off"
    assert {one.rule: one.state for one in examine(found, read_of, ["bgp"]).tried}["bgp4"] == "nothing"
    objects = {one.rule: one.objects for one in examine(found, read_of).tried}
    assert objects["hr-cpu"] == {"hrProcessorLoad": 4}
