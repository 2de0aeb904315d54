"""What the exporter reads of a device, and by which names it says it: filters, profiles, old agents, spellings."""

import asyncio

import pytest

from bench.snmp.agent import Mib, Responder, interfaces
from exporters.snmp.pdu import VarBind
from tests.integration.snmp.snmp_exporter import UP_TIME, device, key, target


async def test_filters_read_only_the_rows_that_they_let_through(exporter, serve):
    """A dynamic filter: the target's rows are asked for by name, the others not at all; two of them are an AND."""
    modules = """
modules:
  filtered:
    walk: [1.3.6.1.2.1.2.2.1.10, 1.3.6.1.2.1.2.2.1.8]
    filters:
      - {oid: 1.3.6.1.2.1.2.2.1.2, targets: [1.3.6.1.2.1.2.2.1.10], values: ["1/0/[12]$"]}
      - {oid: 1.3.6.1.2.1.2.2.1.2, targets: [1.3.6.1.2.1.2.2.1.10], values: ["1/0/[23]$"]}
      - {oid: 1.3.6.1.4.1.9.9, targets: [1.3.6.1.2.1.2.2.1.8], values: [".*"]}
    metrics:
      - {name: octets, oid: 1.3.6.1.2.1.2.2.1.10, type: counter, indexes: [{labelname: i, type: gauge}]}
      - {name: status, oid: 1.3.6.1.2.1.2.2.1.8, type: gauge, indexes: [{labelname: i, type: gauge}]}
"""
    await exporter.load({"sw1": target(await serve(device()), modules=["filtered"])}, modules)
    page = await exporter.scrape("target=sw1")
    assert [name for name in page.samples if not name[0].startswith("snmp_")] == [key("octets", i="2")]


async def test_an_instance_in_walk_is_read(exporter, serve):
    """Gosnmp asks for a subtree that is itself an instance by name, and so do we."""
    modules = """
modules:
  leaf:
    walk: [1.3.6.1.2.1.1.3.0]
    metrics: [{name: sysUpTime, oid: 1.3.6.1.2.1.1.3, type: gauge}]
"""
    await exporter.load({"sw1": target(await serve(device()), modules=["leaf"])}, modules)
    assert (await exporter.scrape("target=sw1")).samples[key("sysUpTime")] == 4711


async def test_the_profile_gives_one_name_for_every_vendor(exporter, serve):
    """The module `profile` recognizes the device by its system group; names are read again only when rows changed."""
    sensor = (1, 3, 6, 1, 2, 1, 99, 1, 1, 1)
    name = (1, 3, 6, 1, 2, 1, 47, 1, 1, 1, 1, 7)

    def probe(row):
        """A temperature, its parts, and the name of what it is in."""
        parts = {1: 8, 2: 9, 3: 0, 4: 30 + row, 5: 1}
        return [
            *[VarBind((*sensor, column, row), 2, value) for column, value in parts.items()],
            VarBind((*name, row), 4, b"Probe %d" % row),
        ]

    agent = Responder(
        [
            VarBind((1, 3, 6, 1, 2, 1, 1, 1, 0), 4, b"Some agent"),
            VarBind((1, 3, 6, 1, 2, 1, 1, 2, 0), 6, (1, 3, 6, 1, 4, 1, 99999)),
            UP_TIME,
            VarBind((1, 3, 6, 1, 2, 1, 25, 3, 3, 1, 2, 1), 2, 37),
            *probe(1),
        ]
    )
    asked_for_names = []

    def answers(data):
        """Notes who asks for names."""
        if bytes((43, *name[2:])) in data:
            asked_for_names.append(data)
        return agent(data)

    await exporter.load({"sw1": target(await serve(answers), modules=["profile"], interval=1)})
    page = await exporter.scrape("target=sw1")
    assert page.value("device_cpu_utilization_ratio") == pytest.approx(0.37)
    assert page.samples[key("device_temperature_celsius", sensor="Probe 1")] == 31
    assert page.samples[key("snmp_module_success", module="profile")] == 1
    asked = len(asked_for_names)
    assert asked
    await asyncio.sleep(0.5)  # half an interval
    page = await exporter.scrape("target=sw1")
    assert page.samples[key("device_temperature_celsius", sensor="Probe 1")] == 31
    assert len(asked_for_names) == asked
    agent.mib = Mib([*agent.mib.varbinds, *probe(2)])
    await asyncio.sleep(0.5)
    page = await exporter.scrape("target=sw1")
    assert page.samples[key("device_temperature_celsius", sensor="Probe 2")] == 32
    assert len(asked_for_names) > asked


async def test_names_from_before_a_restart_are_on_no_value_after_it(exporter, serve):
    """The device starts again with other numbers for its parts and is too slow for their names: no value is better."""
    sensor = (1, 3, 6, 1, 2, 1, 99, 1, 1, 1)
    name = (1, 3, 6, 1, 2, 1, 47, 1, 1, 1, 1, 7)

    def booted(up_time, *probes):
        """A device with some probes: number, what it is called, degrees."""
        parts = [(1, 8), (2, 9), (3, 0), (5, 1)]
        rows = [VarBind((*sensor, column, row), 2, value) for row, _, _ in probes for column, value in parts]
        degrees = [VarBind((*sensor, 4, row), 2, value) for row, _, value in probes]
        names = [VarBind((*name, row), 4, text) for row, text, _ in probes]
        system = [VarBind((1, 3, 6, 1, 2, 1, 1, 2, 0), 6, (1, 3, 6, 1, 4, 1, 99999)), UP_TIME._replace(value=up_time)]
        return Mib([*system, *rows, *degrees, *names])

    agent = Responder([])
    agent.mib = booted(1000, (1, b"Inlet", 20), (2, b"CPU", 70))
    slow = False
    await exporter.load(
        {
            "sw1": target(
                await serve(lambda data: None if slow and bytes((43, *name[2:])) in data else agent(data)),
                modules=["profile"],
                interval=1,
            )
        }
    )
    page = await exporter.scrape("target=sw1")
    assert page.samples[key("device_temperature_celsius", sensor="CPU")] == 70
    agent.mib, slow = booted(10, (1, b"CPU", 71), (2, b"Inlet", 21)), True
    await asyncio.sleep(0.5)  # half an interval
    page = await exporter.scrape("target=sw1", within=1.5)
    assert page.samples[key("snmp_module_failure", module="profile", reason="timeout")] == 1
    assert key("device_temperature_celsius", sensor="CPU") not in page.samples
    slow = False
    await asyncio.sleep(0.5)
    page = await exporter.scrape("target=sw1")
    assert page.samples[key("device_temperature_celsius", sensor="CPU")] == 71


async def test_32_bits_stand_in_where_there_are_no_64(exporter, serve):
    """A device without ifXTable: if_mib gives the old counters; a device that has the new ones isn't asked."""
    old = [varbind for varbind in interfaces(2) if varbind.oid[:7] == (1, 3, 6, 1, 2, 1, 2)]
    await exporter.load({"sw1": target(await serve(Responder(old))), "sw2": target(await serve(device()))})
    page = await exporter.scrape("target=sw1")
    assert page.value("ifInOctets") == 3 * 1_000_003 * 10
    assert page.value("snmp_module_success") == 1
    page = await exporter.scrape("target=sw2")
    assert page.value("ifHCInOctets") > page.value("ifInOctets") == 0


async def test_interfaces_are_spelt_as_the_inventory_does_unless_a_module_is_named(exporter, serve):
    """Drop-in with `module=`, also while a poll without it could be shared; ifDescr is always the device's own."""
    await exporter.load({"sw1": target(await serve(device()))})
    ours, theirs, again = [await exporter.scrape(f"target=sw1{more}") for more in ("", "&module=if_mib", "")]
    for page, name in ((ours, "Gi1/0/2"), (theirs, "GigabitEthernet1/0/2"), (again, "Gi1/0/2")):
        assert f'ifHCInOctets{{ifIndex="2",ifName="{name}",ifDescr="GigabitEthernet1/0/2",' in page.text
        assert page.samples[key("snmp_module_success", module="if_mib")] == 1
