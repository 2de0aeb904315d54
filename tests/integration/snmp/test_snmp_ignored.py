"""Interfaces that the inventory wants no series of."""

import pytest

from bench.snmp.agent import Responder, interfaces
from exporters.kit.document import ConfigError
from exporters.snmp.fallback import Fallback
from exporters.snmp.modules.ignore import Ignore
from exporters.snmp.modules.plan import Tables, live
from exporters.snmp.pdu import VarBind
from exporters.snmp.registry import Loader
from tests.integration.snmp.snmp_exporter import key, target

IF_ENTRY = (1, 3, 6, 1, 2, 1, 2, 2, 1)
IFX_ENTRY = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1)
VLAN, LOOPBACK, SHUT, GONE = 2, 3, 4, 5
_OTHER = {
    one.oid: one
    for one in (
        VarBind((*IF_ENTRY, 2, VLAN), 4, b"Vlan10"),
        VarBind((*IFX_ENTRY, 1, VLAN), 4, b"Vlan10"),
        VarBind((*IF_ENTRY, 2, LOOPBACK), 4, b"Loopback0"),
        VarBind((*IFX_ENTRY, 1, LOOPBACK), 4, b""),
        VarBind((*IF_ENTRY, 3, LOOPBACK), 2, 24),
        VarBind((*IF_ENTRY, 7, SHUT), 2, 2),
        VarBind((*IF_ENTRY, 8, SHUT), 2, 2),
        VarBind((*IF_ENTRY, 8, GONE), 2, 6),
    )
}


def varbinds():
    """Returns six interfaces: a VLAN, a loopback without ifName, one shut down, one gone, two others."""
    return [_OTHER.get(one.oid, one) for one in interfaces(6)]


def rows(page, metric="ifHCInOctets"):
    """Returns the ifIndex of each interface with a series."""
    return {int(dict(labels)["ifIndex"]) for name, labels in page.samples if name == metric}


@pytest.mark.parametrize(
    ("ignore", "left"),
    [
        ({}, {1, 2, 3, 4, 5, 6}),
        ({"names": ["Vl*"]}, {1, 3, 4, 5, 6}),
        ({"names": ["Vlan*", "Loop*", "Gi1/0/[16]"]}, {4, 5}),
        ({"names": ["vl*", "Gi1/0"]}, {1, 2, 3, 4, 5, 6}),
        ({"types": [24, 53]}, {1, 2, 4, 5, 6}),
        ({"states": ["adminDown"]}, {1, 2, 3, 5, 6}),
        ({"states": ["notPresent"], "names": ["Vl10"], "types": [24]}, {1, 4, 6}),
        ({"types": [6, 24]}, set()),
    ],
)
async def test_ignored_interfaces_have_no_series(exporter, serve, ignore, left):
    """By pattern of the name in either spelling (ifDescr where ifName is empty), by type or state."""
    await exporter.load({"sw1": target(await serve(Responder(varbinds())), ignore_interfaces=ignore)})
    page = await exporter.scrape("target=sw1")
    assert rows(page) == rows(page, "ifOperStatus") == left
    assert page.samples[key("snmp_module_success", module="if_mib")] == 1
    assert rows(await exporter.scrape("target=sw1")) == left  # of what was kept of the first


async def test_ignoring_costs_no_request(exporter, serve):
    """What must be known of an interface is read beside its other columns."""
    sockaddr = await serve(Responder(interfaces(60)))
    packets = []
    for ignore in ({}, {"types": [24], "names": ["Vl*"], "states": ["adminDown", "notPresent"]}):
        await exporter.load({"sw1": target(sockaddr, ignore_interfaces=ignore)})
        page = await exporter.scrape("target=sw1")
        packets.append(page.samples[key("snmp_scrape_packets_sent", module="if_mib")])
    assert packets[1] == packets[0]


async def test_who_names_a_module_gets_all(exporter, serve):
    """As with snmp_exporter: the inventory's wishes are for what the inventory asks."""
    ignore = {"states": ["adminDown"]}
    await exporter.load({"sw1": target(await serve(Responder(varbinds())), ignore_interfaces=ignore)})
    assert rows(await exporter.scrape("target=sw1&module=if_mib")) == {1, 2, 3, 4, 5, 6}


async def test_ignored_where_there_are_32_bits_only(exporter, serve):
    """An old agent's counters are read by a second module, which ignores the same."""
    old = [one for one in varbinds() if one.oid[: len(IFX_ENTRY)] != IFX_ENTRY or one.oid[len(IFX_ENTRY)] in (1, 18)]
    ignore = {"names": ["Vl*"], "types": [24], "states": ["adminDown", "notPresent"]}
    await exporter.load({"sw1": target(await serve(Responder(old)), ignore_interfaces=ignore)})
    page = await exporter.scrape("target=sw1")
    assert rows(page, "ifInOctets") == rows(page, "ifOperStatus") == {1, 6}


async def test_modules_of_ones_own_ignore_too(exporter, serve):
    """A module file's metrics by ifIndex; others stay as they are, whatever their first label's number is."""
    modules = """
modules:
  mine:
    walk: [1.3.6.1.2.1.31.1.1.1.14, 1.3.6.1.2.1.31.1.1.1.16]
    metrics:
      - {name: traps, oid: 1.3.6.1.2.1.31.1.1.1.14, type: gauge, indexes: [{labelname: ifIndex, type: gauge}]}
      - {name: other, oid: 1.3.6.1.2.1.31.1.1.1.16, type: gauge, indexes: [{labelname: part, type: gauge}]}
"""
    ignore = {"names": ["Vl*"], "types": [24], "states": ["adminDown"]}
    devices = {"sw1": target(await serve(Responder(varbinds())), modules=["mine"], ignore_interfaces=ignore)}
    await exporter.load(devices, modules)
    page = await exporter.scrape("target=sw1")
    assert rows(page, "traps") == {1, 5, 6}
    assert sum(name == "other" for name, _ in page.samples) == 6


def test_what_is_not_known_is_ignored():
    """A walk that broke off: an interface whose state wasn't read has no series, for it may be an ignored one."""
    poller = Loader().of({}).module("if_mib")
    assert isinstance(poller, Fallback)
    metrics = live(poller.first.module)
    counters, status = (*IFX_ENTRY, 6), (*IF_ENTRY, 7)
    tables: Tables = {counters: {(1,): 5, (2,): 6, (3,): 7}, status: {(1,): 1, (2,): 2}}
    ignore = Ignore(states=("adminDown",))
    assert ignore.applied(metrics, tables, {}, {status})[counters] == {(1,): 5}
    assert ignore.applied(metrics, tables, {}, set())[counters] == {(1,): 5, (3,): 7}  # the device hasn't got it


@pytest.mark.parametrize(
    ("ignore", "said"),
    [
        ({"states": ["down"]}, 'ignore_interfaces.states: no state is called "down"; there are adminDown, notPresent'),
        ({"name": ["Vl*"]}, '"name" is no key of this version; known are names, states, types'),
        ({"types": ["tunnel"]}, "ignore_interfaces.types: must be a whole number"),
    ],
)
async def test_mistakes_in_the_document(exporter, ignore, said):
    """The file is refused, with the place."""
    with pytest.raises(ConfigError) as caught:
        await exporter.load({"sw1": target(("127.0.0.1", 1), ignore_interfaces=ignore)})
    assert said in str(caught.value)
