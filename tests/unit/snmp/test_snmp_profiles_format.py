"""The format of profiles is strict: each mistake is refused with file, line and what would be right."""

from pathlib import Path

import pytest

from exporters.snmp.oid import Oid
from exporters.snmp.pdu import Value
from exporters.snmp.profiles import ProfileError, load

HEAD = (
    "match: {sysObjectID: 1.3.6.1.4.1.99999}\nobjects: {acmeCpu: 1.3.6.1.4.1.99999.1, acmeUp: 1.3.6.1.4.1.99999.2.0}\n"
)
RULE = HEAD + "rules:\n  cpu: {type: cpu, value: acmeCpu / 100}\n"


def mistake(tmp_path: Path, text: str) -> str:
    """Returns what is said of a profile, without the folder."""
    (tmp_path / "acme.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ProfileError) as caught:
        load(tmp_path)
    return str(caught.value).removeprefix(f"{tmp_path}/")


def test_what_is_right_loads(tmp_path: Path) -> None:
    """The head of all the cases below is no mistake itself."""
    (tmp_path / "acme.yaml").write_text(RULE, encoding="utf-8")
    assert load(tmp_path).profile("acme").columns == ((1, 3, 6, 1, 4, 1, 99999, 1),)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "acme.yaml:1: an empty profile; it takes at least `match:` and `rules:`"),
        ("rules: [", "acme.yaml:2: no YAML: did not find expected node content"),
        ("vendr: acme", 'acme.yaml:1: "vendr" is no key here; there are extends, vendor, match,'),
        ("vendor: a\nvendor: b", 'acme.yaml:2: "vendor" stands here twice'),
        ("extends: genric", 'acme.yaml:1: extends: no profile is called "genric"'),
        ("extends: acme", 'acme.yaml:1: extends: "acme" inherits from "acme" itself'),
        ("match: {sysObjectID: 1.3.x}", 'acme.yaml:1: "1.3.x" is no OID: numbers with dots between them,'),
        ("match:\n  sysDescr: 'a('", "acme.yaml:2: no regular expression: missing ), unterminated subpattern"),
        ("neighbors: [ndp]", 'acme.yaml:1: "ndp" is no protocol here; there are lldp, lldp-v2, cdp'),
        (HEAD + "info: {serial: [{match: '(.)'}]}", 'acme.yaml:3: "from" is missing: what is read, as'),
        (
            HEAD + "info:\n  serial: [{from: '{sysDescr}', match: 'x'}]",
            "acme.yaml:4: a group is missing: what stands in",
        ),
        (HEAD + "info: {serial: '{acmeX}'}", 'acme.yaml:3: no object is called "acmeX"; add it under `objects:`'),
        (HEAD + "uptime: acmeX / 100", 'acme.yaml:1: no object is called "acmeX"; add it under `objects:`'),
        (RULE + "  b:\n    typ: cpu", 'acme.yaml:6: "typ" is no key here; there are type, module, name,'),
        (RULE + "  b: {value: acmeCpu}", 'acme.yaml:5: "type" is missing; there are cpu, memory, memory_part,'),
        (RULE + "  b: {type: cpus, value: acmeCpu}", 'acme.yaml:5: "cpus" is no type; there are cpu, memory,'),
        (RULE + "  b: {type: cpu}", "acme.yaml:5: what to read is missing: value"),
        (RULE + "  b: {type: cpu, used: acmeCpu}", 'acme.yaml:5: "used" is nothing for type cpu; it takes value'),
        (
            RULE + "  b: {type: memory, used: acmeCpu}",
            "acme.yaml:5: memory takes two of used, free, size and ratio, or",
        ),
        (RULE + "  b: {type: fan, value: acmeCpu}", 'acme.yaml:5: "ok" is missing: the values that mean it works,'),
        (RULE + "  b: {type: fan, value: acmeCpu, ok: [up]}", 'acme.yaml:5: "ok" takes whole numbers'),
        (RULE + "  b: {type: cpu, value: acmeCpu +}", 'acme.yaml:5: "acmeCpu +" is no expression, as `object * 1024`'),
        (RULE + "  b: {type: cpu, value: open(acmeCpu)}", "acme.yaml:5: `open(acmeCpu)` isn't known here: there are"),
        (RULE + "  b: {type: cpu, value: acmeCpu.real}", "acme.yaml:5: `acmeCpu.real` isn't known here: there are"),
        (RULE + "  b: {type: cpu, value: acmeCpu / 0}", "acme.yaml:5: a division by 0"),
        (RULE + "  b: {type: cpu, value: 'T[acmeCpu]'}", 'acme.yaml:5: no table is called "T"; add it under `enums:`'),
        (RULE + "  b: {type: cpu, value: acmeCpu, name: '{a b}'}", 'acme.yaml:5: "a b" is no path, as `object`,'),
        (RULE + "  b: {type: cpu, value: acmeCpu, where: {acmeX: ['1']}}", 'acme.yaml:5: no object is called "acmeX"'),
        (
            RULE + "  b: {type: cpu, value: acmeCpu, where: {acmeUp: ['~(']}}",
            "acme.yaml:5: '(' is no regular expression",
        ),
        (RULE + "  b: {type: cpu, value: acmeCpu, unless: [c]}", 'acme.yaml:5: unless: no rule is called "c"'),
        (
            RULE + "  b: {type: cpu, value: acmeCpu, unless: [b]}",
            'acme.yaml:5: unless: "b" waits for "b" and the other',
        ),
        (
            RULE + "  b: {type: cpu, value: acmeCpu, module: isis}",
            'acme.yaml:5: "isis" is no optional module; there are',
        ),
        (HEAD + "derived: {a: {sum: acmeCpu, part: acmeUp}}", 'acme.yaml:3: it takes "sum", or "part" and "match"'),
        (
            HEAD + "derived: {a: {part: acmeUp, match: x}}",
            "acme.yaml:3: a group is missing: what stands in ( ) is taken",
        ),
    ],
)
def test_a_mistake_is_refused_with_its_place(tmp_path: Path, text: str, error: str) -> None:
    """Whoever writes a profile reads where it is wrong and what would be right, before any device is polled."""
    said = mistake(tmp_path, text)
    assert said.startswith(error)


def test_yaml_takes_nothing_for_something_else(tmp_path: Path) -> None:
    """`on`, `no` and `1.10` are the words that stand there: YAML 1.1 would make true, false and 1.1 of them."""
    text = HEAD + "enums: {T: {on: 1, no: 0}}\nrules: {a: {type: state, value: 'T[acmeCpu]', name: '1.10'}}\n"
    (tmp_path / "acme.yaml").write_text(text, encoding="utf-8")
    profile = load(tmp_path).profile("acme")
    tables: dict[Oid, dict[Oid, Value]] = {(1, 3, 6, 1, 4, 1, 99999, 1): {(1,): b"on", (2,): b"no"}}
    found = [(sample.labels, sample.value) for sample in profile.samples(tables)]
    assert found == [
        ('sensor="1.10 1",type="state",unit=""', 1),
        ('sensor="1.10 2",type="state",unit=""', 0),
    ]


def test_a_profile_of_ones_own_replaces_one_of_the_same_name(tmp_path: Path) -> None:
    """What a folder of the operator's has goes before what SOTP ships."""
    (tmp_path / "windows.yaml").write_text(RULE, encoding="utf-8")
    assert load(tmp_path).match("1.3.6.1.4.1.99999", "").name == "windows"


def test_null_removes_what_the_parent_has(tmp_path: Path) -> None:
    """A child says what of its parent it hasn't got."""
    text = "extends: generic\nmatch: {sysObjectID: 1.3.6.1.4.1.99999}\nrules: {poe-used: null, poe-budget: null}\n"
    (tmp_path / "acme.yaml").write_text(text, encoding="utf-8")
    poe = (1, 3, 6, 1, 2, 1, 105, 1, 3, 1, 1, 4)
    registry = load(tmp_path)
    assert poe in registry.profile("generic").columns
    assert poe not in registry.profile("acme").columns


@pytest.mark.parametrize(("object_id", "name"), [("1.3.6.1.4.1.99999.1.7", "narrow"), ("1.3.6.1.4.1.99999.2", "words")])
def test_the_longest_prefix_wins_then_the_description(tmp_path: Path, object_id: str, name: str) -> None:
    """A description decides only between profiles of one length, whatever their names' order."""
    narrow, wide = "match: {sysObjectID: 1.3.6.1.4.1.99999.1}", "match: {sysObjectID: 1.3.6.1.4.1.99999}"
    words = "match: {sysObjectID: 1.3.6.1.4.1.99999, sysDescr: Acme}"
    for file, text in (("narrow", narrow), ("zz-wide", wide), ("words", words)):
        (tmp_path / f"{file}.yaml").write_text(text, encoding="utf-8")
    assert load(tmp_path).match(object_id, "Acme R100").name == name
