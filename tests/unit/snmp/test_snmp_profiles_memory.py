"""Memory: pools that can run short, and what isn't one; sizes that agents get wrong."""

from typing import Any

import pytest

from exporters.snmp.oid import parse
from exporters.snmp.profiles import match, samples
from exporters.snmp.profiles.expressions import Scope, compile_number

LINUX = ("1.3.6.1.4.1.8072.3.2.10", "Linux waw-srv-1 6.1.0 x86_64")
JUNOS = ("1.3.6.1.4.1.2636.1.1.1.2.29", "Juniper Networks, Inc. mx240, kernel JUNOS 21.4R3")
HUAWEI = ("1.3.6.1.4.1.2011.2.23.1", "S5700 Version 5.170")
STORAGE = "1.3.6.1.2.1.25.2.3.1"
RAM, VIRTUAL, OTHER = ("1.3.6.1.2.1.25.2.1.2", "1.3.6.1.2.1.25.2.1.3", "1.3.6.1.2.1.25.2.1.1")
KIBI = 1024


def told(device, columns):
    """Returns the memory samples of a device whose columns are given, by row."""
    tables = {
        parse(oid): {tuple(map(int, index.split("."))): value for index, value in rows.items()}
        for oid, rows in columns.items()
    }
    return {
        f"{sample.name}{{{sample.labels}}}": sample.value
        for sample in samples(match(*device), tables)
        if sample.name.startswith("device_memory")
    }


def storage(*rows):
    """Returns hrStorageTable with rows of type, description, size and used (KiB)."""
    columns: dict[str, dict[str, object]] = {f"{STORAGE}.{column}": {} for column in (2, 3, 4, 5, 6)}
    for number, (kind, text, size, used) in enumerate(rows, 1):
        for column, value in ((2, parse(kind)), (3, text.encode()), (4, KIBI), (5, size), (6, used)):
            columns[f"{STORAGE}.{column}"][str(number)] = value
    return columns


def test_what_linux_caches_is_no_pool():
    """A cache that is full, and memory with swap that counts caches, alarm nobody; they are there, as parts."""
    found = told(
        LINUX,
        storage(
            (RAM, "Physical memory", 1000, 900),
            (VIRTUAL, "Virtual memory", 1500, 950),
            (OTHER, "Memory buffers", 1000, 100),
            (OTHER, "Cached memory", 500, 500),
            (OTHER, "Shared memory", 50, 50),
            (VIRTUAL, "Swap space", 500, 50),
        ),
    )
    assert found == {
        'device_memory_used_bytes{pool="Physical memory"}': 300 * KIBI,
        'device_memory_size_bytes{pool="Physical memory"}': 1000 * KIBI,
        'device_memory_used_bytes{pool="Swap space"}': 50 * KIBI,
        'device_memory_size_bytes{pool="Swap space"}': 500 * KIBI,
        'device_memory_part_bytes{part="Memory buffers"}': 100 * KIBI,
        'device_memory_part_pool_size_bytes{part="Memory buffers"}': 1000 * KIBI,
        'device_memory_part_bytes{part="Cached memory"}': 500 * KIBI,
        'device_memory_part_pool_size_bytes{part="Cached memory"}': 1000 * KIBI,
        'device_memory_part_bytes{part="Shared memory"}': 50 * KIBI,
        'device_memory_part_pool_size_bytes{part="Shared memory"}': 1000 * KIBI,
        'device_memory_part_bytes{part="Virtual memory"}': 950 * KIBI,
        'device_memory_part_pool_size_bytes{part="Virtual memory"}': 1500 * KIBI,
    }


@pytest.mark.parametrize(
    ("dram", "megabytes", "size"),
    [(None, 2048, 2**31), (2**31, None, 2**31), (2**31, 0, 2**31), (-(2**31), None, 2**31), (8 * 2**30, 4096, 2**32)],
)
def test_junos_tells_its_memory_in_one_of_two_objects(dram, megabytes, size):
    """Either may be missing or 0; bytes of 2 GiB and more are negative in 32 bits."""
    columns = {"1.3.6.1.4.1.2636.3.1.13.1.11": {"9.1.0.0": 25}, "1.3.6.1.4.1.2636.3.1.13.1.8": {"9.1.0.0": 7}}
    columns |= {"1.3.6.1.4.1.2636.3.1.13.1.10": {"9.1.0.0": dram}} if dram is not None else {}
    columns |= {"1.3.6.1.4.1.2636.3.1.13.1.15": {"9.1.0.0": megabytes}} if megabytes is not None else {}
    found = told(JUNOS, columns)
    assert [value for name, value in found.items() if "_size_" in name] == [size]
    assert [value for name, value in found.items() if "_used_" in name] == [size // 4]
    assert not any("_ratio" in name for name in found)


def test_where_no_size_is_told_there_is_the_share():
    """So that a rule of used by size, or the share, has every pool once."""
    found = told(JUNOS, {"1.3.6.1.4.1.2636.3.1.13.1.11": {"9.1.0.0": 25}})
    assert list(found.values()) == [0.25]
    assert next(iter(found)).startswith("device_memory_utilization_ratio{")
    found = told(
        HUAWEI, {"1.3.6.1.4.1.2011.5.25.31.1.1.1.1.7": {"9": 36}, "1.3.6.1.4.1.2011.5.25.31.1.1.1.1.9": {"9": 0}}
    )
    assert list(found.values()) == [0.36]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("positive(a)", 5),
        ("positive(none)", None),
        ("positive(less_than)", None),
        ("unsigned(less_than)", 2**32 - 3),
        ("unsigned(a)", 5),
        ("sum(a, none, big)", 34005),
        ("sum(none, none)", None),
        ("amperes(a)", 0.005),
        ("amperes(big)", 0.034),
    ],
)
def test_functions_for_what_agents_say(text, value):
    """Each with a value, without one, and with what it is for."""
    names = {"a": 5, "none": None, "less_than": -3, "big": 34000}
    scope = Scope({name: (1, 3, number, 0) for number, name in enumerate(names)}, {})
    number = compile_number(text, scope)
    columns: list[Any] = [{} if names[name] is None else {(): names[name]} for name in scope.slots]
    found = number(columns, ())
    assert found == value if value is None else found == pytest.approx(value)
