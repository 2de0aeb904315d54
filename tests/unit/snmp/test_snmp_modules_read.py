"""snmp.yml: what is read as snmp_exporter reads it, and what is said about what is wrong."""

import textwrap

import pytest

from exporters.kit.document import ConfigError
from exporters.snmp import registry
from exporters.snmp.modules import read
from exporters.snmp.modules.model import Index, Lookup
from exporters.snmp.session import Community
from exporters.snmp.usm import User

MODULE = """
    modules:
      m:
        walk: [1.3.6.1.2.1.2]
        metrics:
          - name: a
            oid: 1.3.6.1.2.1.2.2.1.8
            type: gauge
"""


def parse(text: str) -> read.Library:
    """Reads a file's text."""
    return read.parse("snmp.yml", textwrap.dedent(text).encode())


def error(text: str) -> str:
    """Returns what is said of a file that is wrong."""
    with pytest.raises(ConfigError) as caught:
        parse(text)
    return str(caught.value)


def test_everything_that_the_format_has_is_read():
    """Every key of snmp_exporter's config.go arrives where it belongs."""
    module = parse("""
        version: 2
        auths:
          ro: {community: secret, version: 1}
          v3: {version: 3, username: u, security_level: authPriv, auth_protocol: SHA256, password: abcdefgh,
               priv_protocol: AES, priv_password: ijklmnop, context_name: vrf}
        modules:
          m:
            walk: [1.3.6.1.2.1.2]
            get: [.1.3.6.1.2.1.1.3.0]
            max_repetitions: 10
            retries: 0
            timeout: 1m30.5s
            use_unconnected_udp_socket: yes
            allow_nonincreasing_oids: true
            filters:
              - {oid: 1.3.6.1.2.1.2.2.1.8, targets: [1.3.6.1.2.1.2.2.1.10], values: ["1", "^2$"]}
            metrics:
              - name: a
                oid: 1.3.6.1.2.1.2.2.1.8
                type: EnumAsStateSet
                help: on
                indexes:
                  - {labelname: ifIndex, type: gauge}
                  - {labelname: name, type: DisplayString, fixed_size: 4, implied: true, enum_values: {1: up}}
                lookups:
                  - {labels: [ifIndex], labelname: ifName, oid: 1.3.6.1.2.1.31.1.1.1.1, type: OctetString,
                     display_hint: "1x:", enum_values: {2: down}}
                  - {labels: [], labelname: name}
                regex_extracts:
                  Celsius: [{regex: '(\\d+)C', value: '$1.5'}, {regex: '(.*)'}]
                enum_values: {1: up, 2: off}
                offset: -3
                scale: 0.1
                display_hint: 255a
    """).modules["m"]
    assert (module.repetitions, module.retries, module.timeout) == (10, 0, 90.5)
    assert (module.any_source, module.strict) == (True, False)
    assert module.get == ((1, 3, 6, 1, 2, 1, 1, 3, 0),)
    assert module.filters[0].values[1].search("2")
    metric = module.metrics[0]
    assert metric.help == "on"
    assert metric.indexes == (
        Index("ifIndex", "gauge"),
        Index("name", "DisplayString", 4, implied=True, enum={1: "up"}),
    )
    assert metric.lookups[0] == Lookup(
        ("ifIndex",), "ifName", (1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 1), "OctetString", "1x:", {2: "down"}
    )
    assert metric.lookups[1].labels == ()
    assert metric.enum == {1: "up", 2: "off"}
    assert (metric.offset, metric.scale, metric.hint) == (-3.0, 0.1, "255a")
    ((suffix, rules),) = metric.extracts
    assert suffix == "Celsius"
    assert [rule.parts for rule in rules] == [(1, ".5"), (1,)]


def test_auths_are_credentials():
    """Version 2 is 2c, "public" the default; the security level decides what of a v3 user counts."""
    auths = parse("""
        auths:
          a: {}
          b: {version: 1, community: x}
          c: {version: 3, username: u, password: abcdefgh, priv_password: ijklmnop}
          d: {version: 3, username: u, security_level: authPriv, password: abcdefgh, priv_password: ijklmnop,
              auth_protocol: SHA, priv_protocol: AES192C}
    """).auths
    assert auths["a"] == Community("2c", "public")
    assert auths["b"] == Community("1", "x")
    assert auths["c"] == User("u", "", "abcdefgh", "", "ijklmnop")
    assert auths["d"] == User("u", "SHA1", "abcdefgh", "AES192C", "ijklmnop")


def test_anchors_and_merges_are_those_of_yaml():
    """`<<` brings what a mapping has, and what stands beside it wins."""
    metrics = (
        parse("""
        modules:
          m:
            metrics:
              - &first {name: a, oid: 1.3.6.1.9, type: gauge, help: h}
              - {<<: *first, name: b, oid: 1.3.6.2}
    """)
        .modules["m"]
        .metrics
    )
    assert [(metric.name, metric.oid, metric.help) for metric in metrics] == [
        ("a", (1, 3, 6, 1, 9), "h"),
        ("b", (1, 3, 6, 2), "h"),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "snmp.yml:1: is empty; auths and modules belong there"),
        ("- a", "snmp.yml:1: must be a mapping"),
        ("a: 1", 'snmp.yml:1: "a" is no key here; known are auths, modules, version'),
        ("modules: [", "snmp.yml:2:1: is no YAML: did not find expected node content"),
        ("modules:\n  m:\n    walk: []", 'snmp.yml:3: modules.m: "metrics" is missing'),
        ("modules:\n  m: {metrics: [], metrics: []}", "snmp.yml:2: modules.m.metrics: is given twice"),
        (MODULE + "            halp: x", 'snmp.yml:9: modules.m.metrics[0]: "halp" is no key here; known are '),
        (MODULE.replace("gauge", "gouge"), 'snmp.yml:8: modules.m.metrics[0].type: no type is called "gouge"; there '),
        (MODULE.replace("[1.3.6.1.2.1.2]", "[1.3.x]"), 'snmp.yml:4: modules.m.walk[0]: "1.3.x" is no OID'),
        (MODULE.replace("name: a", "name: a-b"), 'snmp.yml:6: modules.m.metrics[0].name: "a-b" is no metric name'),
        (
            MODULE + "            indexes: [{labelname: 'a b', type: gauge}]",
            'snmp.yml:9: modules.m.metrics[0].indexes[0].labelname: "a b" is no label name',
        ),
        (
            MODULE + "            indexes: [{labelname: a, type: Bits}]",
            'snmp.yml:9: modules.m.metrics[0].indexes[0].type: no type is called "Bits"; there are ',
        ),
        (MODULE + "            scale: ten", 'snmp.yml:9: modules.m.metrics[0].scale: must be a number, not "ten"'),
        (
            MODULE + "            enum_values: {x: up}",
            'snmp.yml:9: modules.m.metrics[0].enum_values.x: "x" must be a whole number',
        ),
        (
            MODULE + "            regex_extracts: {'': [{regex: '(a'}]}",
            'snmp.yml:9: modules.m.metrics[0].regex_extracts.[0].regex: "(a" is no regular expression: missing ), ',
        ),
        (
            MODULE.replace("metrics:", "timeout: 5\n        metrics:"),
            "snmp.yml:5: modules.m.timeout: must be a duration",
        ),
        (
            MODULE.replace("metrics:", "retries: x\n        metrics:"),
            "snmp.yml:5: modules.m.retries: must be a whole n",
        ),
        ("auths: {a: {version: 4}}", "snmp.yml:1: auths.a.version: must be 1, 2 or 3"),
        ("auths: {a: {version: 3}}", "snmp.yml:1: auths.a: an SNMPv3 user's name takes 1 to 32 bytes"),
        (
            "auths: {a: {version: 3, username: u, security_level: authNoPriv, auth_protocol: SHA9}}",
            'snmp.yml:1: auths.a.auth_protocol: no auth_protocol is called "SHA9"',
        ),
    ],
)
def test_mistakes_are_named_with_file_and_line(text, said):
    """Each mistake: what, where, what would be right."""
    assert error(text).startswith(said)


def test_a_mistake_in_an_auth_shows_no_secret():
    """What is wrong with a password is said without it."""
    said = error(
        "auths: {a: {version: 3, username: u, security_level: authNoPriv, auth_protocol: SHA, password: tooshor}}"
    )
    assert said == "snmp.yml:1: auths.a: user u: the authentication password has less than 8 characters"


def test_the_names_of_sotps_own_modules_are_those_that_there_are():
    """`validate` asks for the names alone, which costs less than making the modules."""
    assert registry.built_in_names() == registry.Loader(registry.written()).load([]).names


def test_globs_and_names_defined_twice(tmp_path):
    """Files of a glob come in order; a name that two of them define is an error that names both places."""
    for name in ("b", "a"):
        (tmp_path / f"{name}.yml").write_text(f"modules: {{{name}: {{metrics: []}}}}")
    found = list(read.files([str(tmp_path / "*.yml"), str(tmp_path / "a.yml")]).values())
    assert [path.name for path in found] == ["a.yml", "b.yml"]
    assert read.files(["?.yml"], tmp_path) == {path.name: path for path in found}
    library = read.load(found[0])
    with pytest.raises(ConfigError, match=r"a.yml:1: modules.a is defined at .*a.yml:1, too; rename one of them"):
        library.add(read.load(found[0]))
    with pytest.raises(ConfigError, match="no file has such a name"):
        read.files([str(tmp_path / "*.yaml")])
    with pytest.raises(ConfigError, match="can't be read: No such file"):
        read.load(tmp_path / "none.yml")
