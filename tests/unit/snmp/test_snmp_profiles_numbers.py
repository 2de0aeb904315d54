"""What numbers of agents mean: bits, numbers of autonomous systems, and where a sum was read."""

from pathlib import Path

import pytest

from exporters.snmp.oid import Oid, parse
from exporters.snmp.pdu import Value
from exporters.snmp.profiles import Sample, load, match, samples
from exporters.snmp.profiles.expressions import ExpressionError, Scope, compile_number
from exporters.snmp.profiles.values import Columns

OBJECTS = {"flags": parse("1.3.9.1"), "flag": parse("1.3.9.2.0")}


def test_bits_are_one_number() -> None:
    """As RFC 2790's hrPrinterDetectedErrorState, the first octet's first. What is no octet string gives nothing."""
    scope = Scope(OBJECTS, {})
    column, scalar = compile_number("bits(flags)", scope), compile_number("bits(flag)", scope)
    columns: Columns = [{(1,): b"\x00", (2,): b"\x80\x40", (3,): 4, (4,): b"a whole sentence"}, {(): b"\x02"}]
    assert [column(columns, (row,)) for row in (1, 2, 3, 4, 5)] == [0, 0x8040, None, None, None]
    assert scalar(columns, ()) == 2
    with pytest.raises(ExpressionError, match="isn't known here"):
        compile_number("bits(flags + 1)", scope)


def test_an_autonomous_systems_number_has_32_bits() -> None:
    """BGP4-MIB's object is signed: an agent that has 4200000000 to say says -94967296."""
    profile = match("1.3.6.1.4.1.8072.3.2.10", "Linux").select(["bgp"])
    peer = parse("1.3.6.1.2.1.15.3.1")
    index = (192, 0, 2, 1)
    tables: dict[Oid, dict[Oid, Value]] = {(*peer, 2): {index: 6}, (*peer, 9): {index: -94967296}}
    found = [sample for sample in samples(profile, tables) if sample.name == "device_bgp_peer_state"]
    assert [sample.labels for sample in found] == ['peer="192.0.2.1",remote_as="4200000000"']


def test_a_sum_says_which_column_it_is_of(tmp_path: Path) -> None:
    """`sotpctl snmp profile` shows it, and so it is found beside what others make of the same table."""
    (tmp_path / "a.yaml").write_text(
        "match: {sysObjectID: 1.3.6.1.4.1.99999}\n"
        "objects: {state: 1.3.9.3}\n"
        "derived: {members: {sum: state * 0 + 1}}\n"
        "rules: {members: {type: count, value: members, name: Members}}\n",
        encoding="utf-8",
    )
    found = list(samples(load(tmp_path).match("1.3.6.1.4.1.99999", ""), {(1, 3, 9, 3): {(1,): 5, (2,): 6}}))
    labels = 'sensor="Members",type="count",unit=""'
    assert found == [Sample("device_sensor_value", labels, 2, ((1, 3, 9, 3), ()))]
