"""`sotpctl snmp profile` and `test`, for every platform that the lab plays."""

import json
from functools import partial

import pytest

from exporters.snmp import profiles
from lab.snmp.contents import PLATFORMS
from sotpctl.snmp.findings import WANTED
from tests.integration.snmp_cli.conftest import NAMES


@pytest.fixture
def run(run):
    """With patience: none of these agents hangs, but on a busy machine one may be slow."""
    return partial(run, timeout="20")


@pytest.mark.parametrize("platform", sorted(PLATFORMS))
def test_each_platform_is_recognized_and_explained(run, platform):
    """The profile is the exporter's choice; what is given comes from files that are named; it fits 80 columns."""
    device = f"{platform}-1"
    said = json.loads(run("profile", device, "--output", "json").stdout)
    assert said["profile"] == profiles.match(said["sys_object_id"], said["sys_descr"]).name
    given = {one["kind"]: one for one in said["gives"]}
    assert {"cpu", "memory"} <= given.keys(), said["missing"]
    for one in said["gives"]:
        assert one["rows"] > 0
        assert one["file"] in said["files"]
        assert one["objects"]
    assert set(said["missing"]) & set(WANTED) == set(WANTED) - given.keys()
    text = run("profile", device).stdout
    assert text.startswith(f"{device}: profile {said['profile']}")
    assert all(len(line) <= 80 for line in text.splitlines())
    assert all(name in text for name in said["files"])


def test_why_nothing_is_there(run):
    """A kind that is missing is said with the objects that were looked for; --rules has every rule with its state."""
    text = run("profile", "linux-1").stdout
    assert "MISSING" in text
    assert "fan           the device has none of entStateOper" in text
    rules = run("profile", "linux-1", "--rules").stdout
    assert "generic: hr-cpu" in rules
    assert "superfluous" in rules
    assert "nothing" in rules


def test_a_device_that_no_profile_is_for(run, agents):
    """It is generic, and that is why."""
    agents.path.write_text(agents.path.read_text().replace("platform: windows", "platform: generic"))
    agents.fleet.replace(agents.inventory)
    said = json.loads(run("profile", "windows-1", "--output", "json").stdout)
    assert said["files"][-1] == "generic.yaml"


@pytest.mark.parametrize("device", sorted(NAMES))
def test_polling_each_platform_works_and_says_what_it_cost(run, agents, device):
    """All modules are ok, with series, packets and time; the packets are those that the device got."""
    agents.requests.clear()
    # With patience: on a busy machine the first question would be repeated, which no module is charged with.
    said = json.loads(run("test", device, "--timeout", "120", "--output", "json").stdout)
    assert said["up"] is True
    assert (said["job"], said["interval"], said["may_take"]) == ("snmp-60s", 60.0, 29.5)
    for part in said["modules"]:
        assert part["failure"] is None
        assert part["series"] > 0
        assert part["values"] >= part["packets"] > 0
    before = 2 if NAMES[device][1] == "snmp-v3" else 1  # one question whether it lives, and v3's discovery
    assert sum(part["packets"] for part in said["modules"]) == agents.requests[device] - before


def test_the_table_of_a_poll(run):
    """One line a module and their sum, within 80 columns."""
    lines = run("test", "waw-core-1").stdout.splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert lines[0].startswith("waw-core-1 (127.5.0.1 port ")
    table = lines[lines.index("") + 1 :]
    assert table[0].split() == ["MODULE", "RESULT", "SERIES", "PACKETS", "REPEATED", "VALUES", "TIME"]
    assert [line.split()[:2] for line in table[1:4]] == [["if_mib", "ok"], ["profile", "ok"], ["2", "modules"]]
    assert lines[-1].startswith("job snmp-60s, every 60 s; a poll may take 29.5 s, this one took ")


def test_ignored_interfaces_are_not_counted(run, agents):
    """`test` counts the series that the exporter would give: 14 fewer for each port that the inventory ignores."""
    before = json.loads(run("test", "waw-core-1", "--output", "json").stdout)["modules"][0]
    text = agents.path.read_text()
    agents.path.write_text(text.replace("port:", 'ignore_interfaces: {names: ["Te1/0/[12]"]}, port:'))
    after = json.loads(run("test", "waw-core-1", "--output", "json").stdout)["modules"][0]
    assert before["module"] == after["module"] == "if_mib"
    assert before["series"] - after["series"] == 2 * 14


def test_a_module_that_the_device_has_nothing_for(run, agents):
    """It is named with its reason and what helps, the others are ok; exit code 1."""
    agents.path.write_text(agents.path.read_text().replace("port:", "modules: [ospf], port:"))
    said = run("test", "linux-1", code=1)
    rows = {line.split()[0]: line.split()[1] for line in said.stdout.splitlines()[3:6]}
    assert rows == {"if_mib": "ok", "profile": "ok", "ospf": "no_such_object"}
    assert "can go from its `modules`" in " ".join(said.stderr.split())


def test_a_module_that_there_is_not(run, agents):
    """It is refused before anything is sent."""
    agents.path.write_text(agents.path.read_text().replace("port:", "modules: [osfp], port:"))
    said = run("test", "linux-1", code=1)
    assert 'devices.linux-1.snmp.modules[0]: no SNMP module is called "osfp"; did you mean "ospf"?' in said.stderr
    assert agents.requests == {}
