"""Whatever stands in the release that is applied: it is a change, never a traceback."""

import json
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sotpctl.apply.words import compare, sentences

NAMES = (
    "exporters/icmp.json",
    "exporters/facts.json",
    "exporters/snmp.json",
    "prometheus/prometheus.yml",
    "prometheus/targets/icmp.json",
    "prometheus/rules/a.yml",
    "alertmanager/alertmanager.yml",
    "loki/loki.yml",
    "grafana/dashboards/a.json",
    "manifest.json",
)
BOMB = b"a0: &a0 [x]\n" + b"".join(b"a%d: &a%d [*a%d, *a%d]\n" % (n, n, n - 1, n - 1) for n in range(1, 40))
# The keys that the words look at, so that a random document gets past the first of them.
KEYS = st.sampled_from(
    """targets settings labels thresholds metric severity value ifName parents address maintenance links name devices
    weekly days groups rules alert record expr for annotations scrape_configs job_name receivers route routes matchers
    inhibit_rules source_matchers email_configs url endpoints secrets web a""".split()  # noqa: SIM905 - one a line is 40 lines
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | st.text(string.printable, max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
TREES = st.dictionaries(st.sampled_from(NAMES), ANYTHING.map(lambda value: json.dumps(value).encode()), max_size=4)


@given(TREES, TREES)
@settings(max_examples=400)
def test_any_two_trees_can_be_compared(old: dict[str, bytes], new: dict[str, bytes]) -> None:
    """Nothing raises, whatever the shapes; equal trees give nothing; the data are JSON."""
    found = compare(old, new)
    assert bool(found) <= (old != new)
    sentences(found)
    json.dumps([difference.data() for difference in found])
    assert compare(new, new) == ()


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"5", b"- a: [", b"a: *b", BOMB])
@pytest.mark.parametrize("name", ["exporters/icmp.json", "exporters/facts.json", "alertmanager/alertmanager.yml"])
def test_a_damaged_file_is_named(network, name: str, damage: bytes) -> None:
    """It is said which, and nothing is made up of what it doesn't hold."""
    network.old = {**network.tree(), name: damage}
    lines = network.said()
    assert len(lines) == 1
    assert lines[0].startswith(f"{name}: ")
    assert lines[0].endswith("(what is applied of it is damaged)")


def test_a_missing_file_is_a_change(network) -> None:
    """Each file alone, taken out of what is applied, is told of."""
    whole = network.tree()
    for name in whole:
        network.old = {other: content for other, content in whole.items() if other != name}
        assert network.said(), name


def test_every_byte_that_differs_is_told(network) -> None:
    """A line more in any file is at least "1 line"; a file can't change in silence."""
    whole = network.tree()
    for name, content in whole.items():
        network.old = {**whole, name: content + b"\n"}
        assert network.said(), name
        network.old = {**whole, name: content.replace(b"a", b"b", 1)}
        assert network.said(), name
