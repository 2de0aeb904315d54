"""What is said when a device doesn't answer as it should: which of the many reasons, and what to do."""

import json
import time

import pytest

COMMANDS = [("get", "sysName"), ("walk", "ifName"), ("profile",), ("test",)]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
@pytest.mark.parametrize(
    ("device", "reason", "helps"),
    [
        ("hung-v2", "timeout", "is the community in $SNMP_COMMUNITY right?"),
        ("hung-v3", "timeout", "is its SNMP agent on"),
        ("closed", "refused", "is the SNMP agent on"),
        ("nowhere", "refused", "getent hosts no-such-host.invalid"),
    ],
)
def test_a_device_that_is_not_there(run, command, device, reason, helps):
    """Every command says why and what to look at, within its time, and nothing on stdout but JSON."""
    begun = time.monotonic()
    said = run(command[0], device, *command[1:], code=1)
    assert time.monotonic() - begun < 15  # of which the command waits one: a busy machine is slow to import
    text = " ".join(said.stderr.split())
    assert f"): {reason}: " in text
    assert helps in text
    assert said.stdout == ""
    assert all(len(line) <= 80 for line in said.stderr.splitlines())


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
def test_a_wrong_community_is_told_from_a_dead_device(run, monkeypatch, command):
    """An agent that is silent to a community but answers SNMPv3's discovery is there: so it is the community."""
    monkeypatch.setenv("SNMP_COMMUNITY", "a-wrong-one")
    said = run(command[0], "waw-eos-1", *command[1:], code=1)
    text = " ".join(said.stderr.split())
    assert "timeout" in text
    assert "an agent is there: it answers SNMPv3's discovery. So the community is another one" in text
    assert "compare $SNMP_COMMUNITY with" in text
    assert "a-wrong-one" not in said.output


@pytest.mark.parametrize(
    ("variable", "helps"),
    [
        ("SNMP_AUTH_PASSWORD", "compare auth_protocol (SHA256) and the password in $SNMP_AUTH_PASSWORD"),
        ("SNMP_PRIV_PASSWORD", "compare priv_protocol (AES128) and $SNMP_PRIV_PASSWORD"),
    ],
)
@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
def test_a_wrong_key(run, monkeypatch, command, variable, helps):
    """Each of the two passwords is told from the other, by every command."""
    monkeypatch.setenv(variable, "not-the-password")
    said = run(command[0], "waw-core-1", *command[1:], code=1)
    text = " ".join(said.stderr.split())
    assert "): auth: " in text
    assert helps in text
    assert "not-the-password" not in said.output


def test_a_user_that_the_device_does_not_know(run, agents):
    """It is called by its name."""
    agents.path.write_text(agents.path.read_text().replace("username: sotp", "username: somebody"))
    text = " ".join(run("test", "waw-core-1", code=1).stderr.split())
    assert "): unknown_user: the device knows no such user" in text
    assert 'make the user "somebody" on the device' in text


def test_a_level_that_the_device_does_not_grant(run, agents):
    """What was asked with is said."""
    text = agents.path.read_text()
    text = text.replace("{env: SNMP_AUTH_PASSWORD},\n", "{env: SNMP_AUTH_PASSWORD}}\n")
    text = text.replace("            priv_protocol: AES128, priv_password: {env: SNMP_PRIV_PASSWORD}}\n", "")
    agents.path.write_text(text)
    said = " ".join(run("get", "waw-core-1", "sysName", code=1).stderr.split())
    assert "): auth: the device doesn't grant this security level" in said
    assert "asked with authNoPriv (SHA256)" in said


@pytest.mark.parametrize("command", [("get", "sysName"), ("profile",), ("test",)], ids=lambda words: words[0])
def test_json_of_a_failure(run, command):
    """Scripts get the reason, the detail and the advice."""
    said = json.loads(run(command[0], "hung-v2", *command[1:], "--output", "json", code=1).stdout)
    assert said["failure"]["reason"] == "timeout"
    assert any("ping 127." in line for line in said["failure"]["advice"])


@pytest.mark.parametrize("seconds", ["nan", "inf", "0", "1e9"])
def test_a_time_that_is_none(run, seconds):
    """It is refused with the option's name, before anything is sent."""
    said = run("get", "waw-eos-1", "sysName", "--timeout", seconds, code=2)
    assert "Invalid value for '--timeout'" in said.stderr
