"""`sotpctl snmp get` and `walk` against the lab's agents, v2c and v3."""

import json

import pytest

from exporters.snmp import message, pdu
from exporters.snmp.oid import Oid
from exporters.snmp.pdu import Pdu, VarBind


def test_get_by_name_and_by_number(run):
    """Names with and without MIB, a scalar without its .0, numbers: each is the same object; order is the caller's."""
    said = run("get", "cisco-ios-1", "sysName", "IF-MIB::ifName.1", "1.3.6.1.2.1.1.5.0", "sysname.0", "ifOperStatus.1")
    assert said.stdout.splitlines() == [
        "sysName.0 = STRING: cisco-ios-1",
        "ifName.1 = STRING: Gi1/0/1",
        "ifOperStatus.1 = INTEGER: up (1)",
    ]
    assert said.stderr == ""


@pytest.mark.parametrize("device", ["waw-core-1", "waw-eos-1"])
def test_get_as_json(run, device):
    """With v3 and v2c: who was asked, each row with its OID, name, type, value and text."""
    said = json.loads(run("get", device, "sysUpTime", "ifHCInOctets.1", "sysObjectID", "--output", "json").stdout)
    assert (said["device"], said["failure"], said["missing"]) == (device, None, [])
    by_name = {row["name"]: row for row in said["rows"]}
    assert list(by_name) == ["sysUpTime.0", "ifHCInOctets.1", "sysObjectID.0"]
    assert by_name["ifHCInOctets.1"]["oid"] == "1.3.6.1.2.1.31.1.1.1.6.1"
    assert by_name["ifHCInOctets.1"]["type"] == "Counter64"
    assert isinstance(by_name["ifHCInOctets.1"]["value"], int)
    assert by_name["sysUpTime.0"]["text"].endswith(f"({by_name['sysUpTime.0']['value']})")


def test_what_is_not_there_is_said_and_the_rest_is_given(run):
    """A row that there isn't, an object that there isn't: each with what would help; exit code 1."""
    said = run("get", "cisco-ios-1", "sysName", "ifName.9999", "bgpVersion", code=1)
    assert said.stdout == "sysName.0 = STRING: cisco-ios-1\n"
    assert (
        "ifName.9999: there is no such row; those that there are: sotpctl snmp walk cisco-ios-1 ifName" in said.stderr
    )
    assert "bgpVersion.0: the device doesn't have this object" in said.stderr


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("get", "cisco-ios-1", "ifName"), "ifName is a column: say the row, like ifName.1"),
        (("get", "cisco-ios-1", "ifTable"), "ifTable is no single object: sotpctl snmp walk cisco-ios-1 ifTable"),
        (
            ("get", "cisco-ios-1", "ifHCInOctet.1"),
            'no object is called "ifHCInOctet" here; did you mean "ifHCInOctets"',
        ),
        (("get", "cisco-ios-1", "ifName.x"), '"ifName.x": an index is numbers, as in ifName.1'),
        (("walk", "cisco-ios-1", "1.3.x"), "no object is called"),
        (("get", "cisco-ios-2", "sysName"), 'no device is called "cisco-ios-2"; did you mean "cisco-ios-1"?'),
        (("get", "127.5.0.1", "sysName"), 'that is the address of "waw-core-1"'),
        (("get", "cisco-ios-1", "sysName", "--auth", "snmp-r"), 'no auth is called "snmp-r"; did you mean "snmp-ro"?'),
        (("get", "cisco-ios-1", "sysName", "--auth", "ssh-ro"), 'the auth "ssh-ro" is of type ssh, not snmp'),
    ],
)
def test_mistakes_are_said_and_nothing_is_sent(run, agents, words, why):
    """Each in one line with what would be right."""
    said = run(*words, code=1)
    assert why in said.stderr
    assert said.stdout == ""
    assert agents.requests == {}


def test_a_device_without_snmp(run, agents):
    """It is said that nothing polls it, and how to change that."""
    text = agents.path.read_text()
    agents.path.write_text(text + "  camera: {address: 127.5.0.99, site: waw, role: core, snmp: null}\n")
    said = run("get", "camera", "sysName", code=1)
    assert "camera isn't polled" in said.stderr
    assert "sotpctl device set camera snmp.auth=snmp-ro" in said.stderr


def test_a_secret_that_is_not_set(run, monkeypatch):
    """Each variable that is missing is named at once, and the device isn't asked."""
    monkeypatch.delenv("SNMP_AUTH_PASSWORD")
    monkeypatch.delenv("SNMP_PRIV_PASSWORD")
    said = run("get", "waw-core-1", "sysName", code=1)
    assert said.stderr.splitlines() == [
        f"auths.snmp-v3.{kind}_password: the environment variable SNMP_{kind.upper()}_PASSWORD isn't set: "
        f"export SNMP_{kind.upper()}_PASSWORD=…"
        for kind in ("auth", "priv")
    ]


def test_a_secret_in_a_file_that_is_not_there(run, agents):
    """The file is named."""
    agents.path.write_text(agents.path.read_text().replace("{env: SNMP_COMMUNITY}", "{file: no-file}"))
    said = run("get", "waw-eos-1", "sysName", code=1)
    assert f"auths.snmp-ro.community: {agents.path.parent}/no-file can't be read" in said.stderr


def test_a_walk_is_all_that_there_is(run, agents):
    """Every instance below a table, once, in order; as lines and as JSON the same."""
    lines = run("walk", "waw-eos-1", "ifXTable").stdout.splitlines()
    said = json.loads(run("walk", "waw-eos-1", "1.3.6.1.2.1.31.1.1", "--output", "json").stdout)
    names = [line.partition(" = ")[0] for line in lines]
    assert [row["name"] for row in said["rows"]] == names
    assert said["failure"] is None
    oids = [tuple(map(int, row["oid"].split("."))) for row in said["rows"]]
    assert oids == sorted(set(oids))
    mib = agents.fleet._mib("waw-eos-1")
    below = [one for one in mib._oids if one[:9] == (1, 3, 6, 1, 2, 1, 31, 1, 1)]
    assert oids == below
    assert len(oids) > 300


def test_everything_is_one_walk(run, agents):
    """1 is all of the device, LLDP's branch outside of the internet's, too."""
    lines = run("walk", "linux-1", "1").stdout.splitlines()
    assert len(lines) == len(agents.fleet._mib("linux-1")._oids)


def test_a_walk_of_an_instance_and_of_nothing(run):
    """An instance is shown as get would; where there is nothing, that is an error."""
    assert run("walk", "cisco-ios-1", "sysName.0").stdout == "sysName.0 = STRING: cisco-ios-1\n"
    said = run("walk", "cisco-ios-1", "ospf", code=1)
    assert said.stdout == ""
    assert "cisco-ios-1: there is nothing below 1.3.6.1.2.1.14" in said.stderr


@pytest.mark.parametrize("output", ["text", "json"])
def test_a_walk_that_breaks_off(run, agents, output):
    """What came is there, JSON is whole, and the failure is said: an agent that goes round in circles."""
    rows = [(1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 1, index) for index in (1, 2, 3, 2)]

    def answer(data: bytes) -> bytes:
        head = message.read_plain(data)
        asked = pdu.decode(data, head.at, head.end)
        last = asked.varbinds[0].oid
        binding = VarBind(rows[rows.index(last) + 1] if last in rows else rows[0], 4, b"eth")
        reply = pdu.encode(Pdu(pdu.RESPONSE, asked.request_id, 0, 0, [binding]))
        return message.encode_plain(head.version, head.community, reply)

    agents.add("circle", answer)
    said = run("walk", "circle", "ifName", "--output", output, code=1)
    if output == "json":
        whole = json.loads(said.stdout)
        assert [row["name"] for row in whole["rows"]] == ["ifName.1", "ifName.2", "ifName.3"]
        assert whole["failure"]["reason"] == "loop"
    else:
        assert said.stdout == "".join(f"ifName.{index} = STRING: eth\n" for index in (1, 2, 3))
    assert "it broke off after 3 rows" in said.stderr
    assert "loop" in said.stderr


def test_what_devices_send_reaches_no_terminal_unescaped(run, agents):
    """Control characters in a device's text are escaped; text of several lines is one."""

    def answer(data: bytes) -> bytes:
        head = message.read_plain(data)
        asked = pdu.decode(data, head.at, head.end)
        texts: dict[Oid, bytes] = {(1, 3, 6, 1, 2, 1, 1, 5, 0): b"two\r\nlines"}
        found = [VarBind(each.oid, 4, texts.get(each.oid, b"evil\x1b[2J")) for each in asked.varbinds]
        return message.encode_plain(
            head.version, head.community, pdu.encode(Pdu(pdu.RESPONSE, asked.request_id, 0, 0, found))
        )

    agents.add("evil", answer)
    assert "\x1b" not in run("get", "evil", "sysName", "sysDescr").stdout
    assert run("get", "evil", "sysName").stdout == r"sysName.0 = STRING: two\r\nlines" + "\n"
