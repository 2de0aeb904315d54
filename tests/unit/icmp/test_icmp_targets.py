"""The exporter's file: what is accepted, and what is said about what is not."""

import socket

import pytest

from exporters.icmp.targets import literal, prepare
from exporters.kit.document import ConfigError, Document

GOOD = {"address": "192.0.2.1", "interval": 6.0, "timeout": 1.0}


_UNKNOWN_KEY = (
    'targets.a: "intervall" is no key of this version; known are address, family, interval, labels, parents, timeout'
)


def document(**targets):
    """The file with these targets."""
    return Document("abc", {}, targets)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"address": "192.0.2.999"}, 'targets.a.address: "192.0.2.999" is neither an IP address nor a host name'),
        ({"address": "a b"}, 'targets.a.address: "a b" is neither an IP address nor a host name'),
        ({"address": "fe80::1%nosuch"}, 'targets.a.address: "fe80::1%nosuch": this host has no interface of that name'),
        ({"family": 5}, "targets.a.family: must be 4 or 6"),
        ({"family": True}, "targets.a.family: must be 4 or 6"),
        ({"family": 6}, "targets.a.family: is 6, but 192.0.2.1 is no IPv6 address"),
        ({"interval": 0}, "targets.a.interval: is 0, must be 0.1 to 86400 (seconds)"),
        ({"timeout": 61}, "targets.a.timeout: is 61, must be 0.01 to 60 (seconds)"),
        ({"labels": {"device": "b"}}, 'targets.a.labels: "device" is the name\'s own label'),
        ({"parents": [1]}, "targets.a.parents: must be a string, not a whole number"),
        ({"intervall": 1}, _UNKNOWN_KEY),
    ],
)
def test_a_mistake_is_refused_with_its_place(change, message):
    """One message a mistake, exactly."""
    with pytest.raises(ConfigError) as caught:
        prepare(document(a=GOOD | change))
    assert str(caught.value) == message


def test_a_label_that_is_no_label_is_refused_with_its_place():
    """The kit says what a label's name may be; the place is ours."""
    with pytest.raises(ConfigError, match=r"^targets\.a\.labels: 'a-b' is no label name: "):
        prepare(document(a=GOOD | {"labels": {"a-b": "c"}}))


def test_addresses_are_written_as_the_kernel_writes_them():
    """An answer's source is compared as text, so one spelling must be left."""
    found = literal("2001:DB8:0:0::0001")
    assert found is not None
    assert (found.family, found.host, found.sockaddr) == (socket.AF_INET6, "2001:db8::1", ("2001:db8::1", 0, 0, 0))
    scoped = literal("fe80::1%lo")
    assert scoped is not None
    assert scoped.sockaddr == ("fe80::1", 0, 0, socket.if_nametoindex("lo"))
    assert literal("router.example.net") is None


def test_ancestors_are_transitive_and_survive_cycles():
    """All that stand above, by every path, without the device itself; a parent that isn't watched leads nowhere."""
    rows = {"a": [], "b": ["a"], "c": ["a", "gone"], "d": ["b", "c"], "x": ["y"], "y": ["x"]}
    config = prepare(document(**{name: GOOD | {"parents": above} for name, above in rows.items()}))
    found = {name: set(above) for name, above in config.ancestors.items()}
    assert found == {"a": set(), "b": {"a"}, "c": {"a"}, "d": {"a", "b", "c"}, "x": {"y"}, "y": {"x"}}


def test_phases_depend_on_the_name_alone_and_fill_the_interval():
    """A device keeps its place when others come and go, and no part of the interval is crowded."""
    many = prepare(document(**{f"sw-{number}": GOOD for number in range(2000)}))
    few = prepare(document(**{"sw-7": GOOD}))
    assert few.specs["sw-7"].phase == many.specs["sw-7"].phase
    slices = [0] * 10
    for spec in many.specs.values():
        slices[int(spec.phase * 10)] += 1
    assert min(slices) > 150
    assert max(slices) < 250
