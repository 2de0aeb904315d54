"""A module's samples: every type, every way to a label, and what happens where something is missing."""

import textwrap
from typing import Any

import pytest

from exporters.snmp.modules import read
from exporters.snmp.modules.blocks import MOST_KEPT
from exporters.snmp.modules.plan import Plan, live, plan, sort_in
from exporters.snmp.modules.render import Renderer
from exporters.snmp.pdu import IpAddress

IF = "1.3.6.1.2.1.2.2.1"
IFX = "1.3.6.1.2.1.31.1.1.1"


def module(text):
    """Returns the module of the metrics given."""
    whole = "modules:\n  m:\n" + textwrap.indent(textwrap.dedent(text), "    ")
    return read.parse("snmp.yml", whole.encode()).modules["m"]


def numbers(text):
    """An OID's numbers."""
    return tuple(map(int, text.split(".")))


def rendered(text, values, missing=()):
    """Returns the lines of samples from values by OID, all of which were asked for by name."""
    made = module(text)
    metrics = live(made)
    tables = sort_in(plan(metrics, ()), {}, {numbers(name): value for name, value in values.items()})
    families = Renderer(metrics).render(tables, {numbers(name) for name in missing})
    return [line for family in families.values() for line in family.lines]


def metric(kind, more="", name="m"):
    """A scalar metric of a type."""
    return f"metrics:\n- {{name: {name}, oid: 1.3.6.9, type: {kind}, help: h{', ' if more else ''}{more}}}"


@pytest.mark.parametrize(
    ("text", "value", "lines"),
    [
        (metric("gauge"), -5, ["m -5\n"]),
        (metric("counter"), 2**53 + 7, ["m 7\n"]),
        (metric("gauge"), b"12", ["m 0\n"]),
        (metric("gauge", "scale: 0.1, offset: 1"), 15, ["m 2.5\n"]),
        (metric("gauge", "offset: 1"), 15, ["m 16.0\n"]),
        (metric("Float"), 1.5, ["m 1.5\n"]),
        (metric("Double"), float("nan"), ["m NaN\n"]),
        (metric("DisplayString"), b'a"b\\c\n', ['m{m="a\\"b\\\\c\\n"} 1\n']),
        (metric("DisplayString", "scale: 2"), b"a", ['m{m="a"} 2.0\n']),
        (metric("OctetString"), b"\x01", ['m{m="0x01"} 1\n']),
        (metric("OctetString", 'display_hint: "1d."'), b"\x01\x02", ['m{m="1.2"} 1\n']),
        (metric("PhysAddress48"), bytes(6), ['m{m="00:00:00:00:00:00"} 1\n']),
        (metric("IpAddr"), IpAddress(b"\x01\x02\x03\x04"), ['m{m="1.2.3.4"} 1\n']),
        (metric("DateAndTime"), bytes([7, 213, 9, 10, 15, 3, 0, 0]), ["m 1126364580.0\n"]),
        (metric("DateAndTime"), b"x", []),
        (metric("DateAndTime"), 5, []),
        (metric("ParseDateAndTime", "datetime_pattern: '%Y-%m-%d'"), b"2024-01-02", ["m 1704153600.0\n"]),
        (metric("NTPTimeStamp"), bytes.fromhex("83aa7e8100000000"), ["m 1.0\n"]),
        (metric("EnumAsInfo", "enum_values: {1: up}"), 1, ['m_info{m="up"} 1\n']),
        (metric("EnumAsInfo", "enum_values: {1: up}"), 9, ['m_info{m="9"} 1\n']),
        (metric("EnumAsStateSet", "enum_values: {1: a, 2: b}"), 2, ['m{m="a"} 0\n', 'm{m="b"} 1\n']),
        (metric("EnumAsStateSet", "enum_values: {1: a}"), 7, ['m{m="7"} 1\n', 'm{m="a"} 0\n']),
        (metric("Bits", "enum_values: {0: a, 1: b}"), b"\x80", ['m{m="a"} 1\n', 'm{m="b"} 0\n']),
        (metric("Bits", "enum_values: {9: c, 99: d}"), b"\x00\x40", ['m{m="c"} 1\n', 'm{m="d"} 0\n']),
        (metric("Bits", "enum_values: {0: a}"), 5, []),
        (metric("DisplayString", "regex_extracts: {C: [{regex: (x)}, {regex: '(.*) C'}]}"), b"12 C", ["mC 12.0\n"]),
        (metric("DisplayString", "regex_extracts: {C: [{regex: '([a-z]+)'}]}"), b"hot", []),
    ],
)  # fmt: skip
def test_each_type_gives_its_samples(text, value, lines):
    """Value, labels and suffix of every type, and nothing for a value that makes no sense."""
    assert rendered(text, {"1.3.6.9.0": value}) == lines


INTERFACES = f"""
metrics:
- name: ifHCInOctets
  oid: {IFX}.6
  type: counter
  indexes: [{{labelname: ifIndex, type: gauge}}]
  lookups:
  - {{labels: [ifIndex], labelname: ifName, oid: {IFX}.1, type: DisplayString}}
"""


def test_a_row_has_the_labels_of_its_index_and_lookups():
    """A lookup that finds nothing is an empty label, as snmp_exporter gives it; a whole column is escaped."""
    assert rendered(INTERFACES, {f"{IFX}.6.1": 5, f"{IFX}.6.2": 6, f"{IFX}.1.1": b'a"b'}) == [
        'ifHCInOctets{ifIndex="1",ifName="a\\"b"} 5\n',
        'ifHCInOctets{ifIndex="2",ifName=""} 6\n',
    ]


def test_a_row_without_its_looked_up_value_is_left_out_where_the_walk_failed():
    """With an empty label it would be another series, and back again at the next poll."""
    lines = rendered(INTERFACES, {f"{IFX}.6.1": 5, f"{IFX}.6.2": 6, f"{IFX}.1.1": b"a"}, missing=[f"{IFX}.1"])
    assert lines == ['ifHCInOctets{ifIndex="1",ifName="a"} 5\n']


def polled(names, kept, values=None):
    """Returns the lines of a poll: interfaces' names and octets in the order of ifIndex."""
    values = dict(enumerate(range(len(names)), 1)) if values is None else values
    tables: dict[Any, Any] = {
        numbers(f"{IFX}.6"): {(row,): value for row, value in values.items()},
        numbers(f"{IFX}.1"): {(row,): name for row, name in enumerate(names, 1)},
    }
    return RENDERER.render(tables, kept=kept)["ifHCInOctets"].lines


RENDERER = Renderer(live(module(INTERFACES)))


@pytest.mark.parametrize(
    "then",
    [
        [b"a", b"b"],
        [b"a", b"c"],
        [b"b", b"a"],
        [b"ab", b""],
        [b"a"],
        [b"a", b"b", b"c"],
        [b"a", IpAddress(b"1234")],
        [b"\n", b"%d%%"],
        [b"a", b"a", b"\xff"],
        [b"a", 5],
    ],
)
def test_labels_that_are_kept_are_those_that_the_device_says_now(then):
    """Between two polls a name, an interface, or the type of what is read may be another."""
    kept: dict[Any, Any] = {}
    polled([b"a", b"b"], kept)
    before = next(iter(kept.values()))
    assert polled(then, kept) == polled(then, {})
    assert (next(iter(kept.values())) is before) == (then == [b"a", b"b"])


def test_rows_are_those_that_there_are_now():
    """A device may know the names of more interfaces than it has counters of."""
    kept: dict[Any, Any] = {}
    polled([b"a", b"b", b"c"], kept, {1: 5, 2: 6})
    assert polled([b"a", b"b", b"c"], kept, {1: 7, 3: 8}) == [
        'ifHCInOctets{ifIndex="1",ifName="a"} 7\n',
        'ifHCInOctets{ifIndex="3",ifName="c"} 8\n',
    ]


def test_labels_are_kept_only_of_what_was_there_in_the_last_poll():
    """And of no table that is so large that it would fill the memory."""
    kept: dict[Any, Any] = {}
    polled([b"a"] * MOST_KEPT, kept)
    assert [len(block.rows) for block in kept.values()] == [MOST_KEPT]
    polled([b"a"] * (MOST_KEPT + 1), kept)
    assert kept == {}


CHAIN = """
metrics:
- name: load
  oid: 1.3.6.9.1
  type: gauge
  indexes:
  - {labelname: chassis, type: gauge}
  - {labelname: name, type: DisplayString, implied: true}
  lookups:
  - {labels: [chassis, name], labelname: entity, oid: 1.3.6.9.2, type: gauge}
  - {labels: [entity], labelname: title, oid: 1.3.6.9.3, type: DisplayString}
  - {labels: [], labelname: chassis}
  - {labels: [entity], labelname: state, oid: 1.3.6.9.4, type: EnumAsInfo, enum_values: {1: up}}
"""


def test_lookups_chain_and_drop():
    """A looked-up number leads to the next lookup; a source label is dropped; numbers have names."""
    values = {"1.3.6.9.1.7.97": 3, "1.3.6.9.2.7.97": 42, "1.3.6.9.3.42": b"CPU", "1.3.6.9.4.42": 1}
    assert rendered(CHAIN, values) == ['load{name="a",entity="42",title="CPU",state="up"} 3\n']


ADDRESS = """
metrics:
- name: peer
  oid: 1.3.6.9.2
  type: InetAddress
  indexes: [{labelname: i, type: gauge}]
- name: load
  oid: 1.3.6.9.4
  type: gauge
  indexes: [{labelname: i, type: gauge}]
  lookups: [{labels: [i], labelname: port, oid: 1.3.6.9.6, type: LldpPortId}]
"""


def test_a_combined_type_is_said_by_the_object_before():
    """InetAddress and LldpPortId: the type's column says how the value is written, for metrics and lookups."""
    values = {
        "1.3.6.9.1.1": 1, "1.3.6.9.2.1": b"\x01\x02\x03\x04",
        "1.3.6.9.1.2": 16, "1.3.6.9.2.2": b"a",
        "1.3.6.9.2.3": b"b",
        "1.3.6.9.4.1": 5, "1.3.6.9.5.1": 3, "1.3.6.9.6.1": bytes(6),
    }  # fmt: skip
    assert rendered(ADDRESS, values) == [
        'peer{i="1",peer="1.2.3.4"} 1\n',
        'peer{i="2",peer="0x61"} 1\n',
        'peer{i="3",peer="0x62"} 1\n',
        'load{i="1",port="00:00:00:00:00:00"} 5\n',
    ]


def test_a_series_comes_once():
    """Rows that their labels don't tell apart: the first one counts, where snmp_exporter fails the whole scrape."""
    text = f"metrics:\n- {{name: a, oid: {IF}.8, type: gauge}}\n- {{name: a, oid: {IF}.9, type: gauge}}"
    assert rendered(text, {f"{IF}.8.1": 1, f"{IF}.8.2": 2, f"{IF}.9.1": 3}) == ["a 1\n"]


def test_a_metric_that_is_a_label_already():
    """Of a string the label isn't set twice; an enumeration that is its own index says nothing more."""
    index = "indexes: [{labelname: m, type: gauge}]"
    assert rendered(metric("DisplayString", index), {"1.3.6.9.4": b"x"}) == ['m{m="4"} 1\n']
    for kind in ("EnumAsInfo", "EnumAsStateSet", "Bits"):
        assert rendered(metric(kind, index), {"1.3.6.9.4": 1}) == []


def planned(text, walk) -> Plan:
    """Returns the plan of a module that walks."""
    return plan(live(module(text)), [numbers(each) for each in walk])


def test_only_columns_that_become_something_are_walked_and_tables_with_the_same_rows_together():
    """IfTable and ifXTable share ifIndex: one walk; what is neither metric nor label isn't read."""
    text = INTERFACES + f"- {{name: up, oid: {IF}.8, type: gauge, indexes: [{{labelname: ifIndex, type: gauge}}]}}"
    assert planned(text, ["1.3.6.1.2.1.2", IFX]).walks == (
        (numbers(f"{IF}.8"), numbers(f"{IFX}.1"), numbers(f"{IFX}.6")),
    )
    assert planned(text, ["1.3.6.1.2.1.2"]).walks == ((numbers(f"{IF}.8"),),)


def test_a_lookups_table_is_walked_with_the_metrics_that_it_has_the_rows_of():
    """The name is in another table than the octets, and both have a row an ifIndex."""
    text = INTERFACES.replace(f"{IFX}.6", f"{IF}.10")
    assert planned(text, ["1.3.6.1.2.1"]).walks == ((numbers(f"{IF}.10"), numbers(f"{IFX}.1")),)


def test_a_walk_of_a_part_of_a_column_stays_a_part():
    """An instance in `walk` is asked for by name where nothing is below it."""
    made = planned(INTERFACES, [f"{IFX}.6.7"])
    assert made.walks == ((numbers(f"{IFX}.6.7"),),)
    assert made.leaves == {numbers(f"{IFX}.6.7")}
    tables = sort_in(made, {numbers(f"{IFX}.6.7"): {(): 1, (2,): 3}}, {})
    assert tables == {numbers(f"{IFX}.6"): {(7,): 1, (7, 2): 3}}


def test_of_nested_metrics_the_shorter_takes_all():
    """As in snmp_exporter's tree; of equal OIDs the last counts."""
    made = module(
        "metrics:\n- {name: a, oid: 1.3.6.9.1, type: gauge}\n- {name: b, oid: 1.3.6.9, type: gauge}\n"
        "- {name: c, oid: 1.3.6.9, type: gauge}"
    )
    assert [each.name for each in live(made)] == ["c"]


def test_a_lookup_below_a_metric_gets_its_rows():
    """Where one column lies within another, one walk serves both."""
    text = """
    metrics:
    - name: a
      oid: 1.3.6.9
      type: gauge
      indexes: [{labelname: i, type: gauge}, {labelname: j, type: gauge}]
      lookups: [{labels: [j], labelname: k, oid: 1.3.6.9.5, type: gauge}]
    """
    made = planned(text, ["1.3.6"])
    assert made.walks == (((1, 3, 6, 9),),)
    tables = sort_in(made, {(1, 3, 6, 9): {(5, 1): 7}}, {})
    assert tables[1, 3, 6, 9, 5] == {(1,): 7}
