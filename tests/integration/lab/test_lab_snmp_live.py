"""SNMP through the lab's network: packets, agents, faults by the command line."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lab.client import Running
from tests.integration.lab.lab_snmp_reader import Page, of, one

pytestmark = pytest.mark.netns

INVENTORY = """
settings: {prober: fw}
auths:
  ro: {type: snmp, version: 2c, community: {env: LAB_TEST_COMMUNITY}}
  v3: {type: snmp, version: 3, username: sotp, auth_protocol: SHA256, auth_password: {env: LAB_TEST_AUTH},
       priv_protocol: AES128, priv_password: {env: LAB_TEST_PRIV}}
defaults: {snmp: {auth: ro}}
sites: {waw: {name: Warsaw}}
roles: {core: {}}
devices:
  fw: {address: 192.0.2.1, site: waw, role: core, platform: fortinet-fortios}
  core: {address: 192.0.2.2, site: waw, role: core, platform: cisco-iosxe, parents: [fw], snmp: {auth: v3}}
  six: {address: "2001:db8::12", site: waw, role: core, platform: linux, parents: [core]}
  six-v3: {address: "2001:db8::13", site: waw, role: core, platform: juniper-junos, parents: [core], snmp: {auth: v3}}
links: ["fw:port3 - core:Te1/0/1"]
"""
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def polled(cli: Any) -> Any:
    """A lab whose devices are polled, v2c and v3, IPv4 and IPv6."""
    (cli.folder / "inventory.yaml").write_text(INVENTORY)
    cli.up()
    return cli


def read(lab: Running, *names: str, within: float = 9) -> dict[str, Page]:
    """Reads devices with the real exporter inside the namespace, with the secrets that the lab wrote."""
    lines = (lab.control.parent / "environment").read_text().splitlines()
    environ = os.environ | dict(line.split("=", 1) for line in lines) | {"WITHIN": str(within)}
    words = [*lab.enter(), sys.executable, "-m", "tests.integration.lab.lab_snmp_reader", str(lab.inventory), *names]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60, env=environ, cwd=ROOT)
    pages: dict[str, Page] = json.loads(done.stdout)
    return pages


def reasons(page: Page) -> set[str]:
    """Why modules failed."""
    return {key.split('reason="')[1].split('"')[0] for key in of(page, "snmp_module_failure")}


def test_all_answer_in_both_versions_and_families(polled: Any) -> None:
    """With the secrets of .lab/environment, which is its owner's alone."""
    pages = read(polled.running)
    assert {name: one(page, "snmp_up") for name, page in pages.items()} == dict.fromkeys(pages, 1)
    assert set(pages) == {"fw", "core", "six", "six-v3"}
    for page in pages.values():
        assert set(of(page, "snmp_module_success").values()) == {1}
        assert of(page, "device_cpu_utilization_ratio")
    environment = polled.folder / ".lab" / "environment"
    assert environment.stat().st_mode & 0o777 == 0o600
    assert environment.read_text() == (
        "LAB_TEST_AUTH=lab-lab-test-auth\nLAB_TEST_COMMUNITY=public\nLAB_TEST_PRIV=lab-lab-test-priv\n"
    )


def test_a_dead_device_and_what_is_behind_it_are_silent(polled: Any) -> None:
    """As for pings; the ports that lead to it are down. Healed, all answer."""
    polled("break", "core")
    pages = read(polled.running, "fw", "core", "six", within=3)
    assert [one(pages[name], "snmp_up") for name in ("fw", "core", "six")] == [1, 0, 0]
    assert one(pages["fw"], "ifOperStatus", 'ifName="port3"') == 2
    polled("heal")
    pages = read(polled.running, "fw", "six")
    assert [one(pages[name], "snmp_up") for name in ("fw", "six")] == [1, 1]
    assert one(pages["fw"], "ifOperStatus", 'ifName="port3"') == 1


def test_broken_parts_are_seen_while_pings_go_on(polled: Any, pinger: Any) -> None:
    """Port at both ends, fan, busy processor, hung agent, other credentials: each by its command, all healed by one."""
    assert polled("break", "core", "--port", "Te1/0/1")[1] == "core: core:Te1/0/1 and fw:port3 are down\n"
    polled("break", "core", "--fan")
    polled("degrade", "core", "--cpu", "97%", "--errors", "Te1/0/2")
    polled("break", "six", "--agent")
    polled("break", "six-v3", "--community")
    pages = read(polled.running, within=3)
    assert one(pages["core"], "ifOperStatus", 'ifName="Te1/0/1"') == 2
    assert one(pages["fw"], "ifOperStatus", 'ifName="port3"') == 2
    assert 0 in of(pages["core"], "device_fan_ok").values()
    assert set(of(pages["core"], "device_cpu_utilization_ratio").values()) == {0.97}
    assert (one(pages["six"], "snmp_up"), one(pages["six-v3"], "snmp_up")) == (0, 0)
    assert (reasons(pages["six"]), reasons(pages["six-v3"])) == ({"timeout"}, {"auth"})
    assert all(pinger(polled.running, "192.0.2.2", "2001:db8::12", "2001:db8::13").values())
    status, _ = polled("status")
    assert "alive: Te1/0/1 down, Te1/0/2 has err" in status
    assert "alive: agent hangs" in status
    assert polled("heal")[1] == "healed: core, fw, six, six-v3\n"
    pages = read(polled.running)
    assert {one(page, "snmp_up") for page in pages.values()} == {1}
    assert one(pages["core"], "ifOperStatus", 'ifName="Te1/0/1"') == 1


def test_a_reboot_is_seen(polled: Any) -> None:
    """Uptime and ifIndex are new; there is nothing to heal."""
    before = read(polled.running, "core")["core"]
    assert polled("break", "core", "--reboot")[1] == "core: it has rebooted, its interfaces have other numbers\n"
    after = read(polled.running, "core")["core"]
    assert one(after, "device_uptime_seconds") < 60 < one(before, "device_uptime_seconds")
    assert of(after, "ifHighSpeed").keys().isdisjoint(of(before, "ifHighSpeed"))
    assert polled("heal")[1] == "nothing was broken or degraded\n"


def test_mistakes_say_what_would_be_right(polled: Any) -> None:
    """One sentence, exit code 1, nothing changed."""
    assert 'has no interface "Te1/0/99"; did you mean' in polled("break", "core", "--port", "Te1/0/99", code=1)[1]
    assert "one device at a time" in polled("break", "core", "fw", "--fan", code=1)[1]
    assert "say how it gets worse" in polled("degrade", "core", code=1)[1]
    assert "from 0% to 100%" in polled("degrade", "core", "--cpu", "97", code=2)[1]
    assert polled("heal")[1] == "nothing was broken or degraded\n"


@pytest.mark.parametrize(
    ("device", "address", "words"),
    [
        ("fw", "udp:192.0.2.1", "-v2c -c public"),
        ("six", "udp6:[2001:db8::12]", "-v2c -c public"),
        (
            "core",
            "udp:192.0.2.2",
            "-v3 -l authPriv -u sotp -a SHA-256 -A lab-lab-test-auth -x AES -X lab-lab-test-priv",
        ),
    ],
)
def test_net_snmp_walks_the_whole_mib(polled: Any, tmp_path: Path, device: str, address: str, words: str) -> None:
    """Another's client takes every answer: hundreds of objects in increasing order to the end, the name among them."""
    if shutil.which("snmpbulkwalk") is None:
        pytest.skip("net-snmp's snmpbulkwalk isn't installed")
    command = [*polled.running.enter(), "snmpbulkwalk", *words.split(), "-On", "-t", "3", "-r", "1", address, ".1"]
    (tmp_path / "cert_indexes").mkdir()  # else the first run on a machine makes it, and says so
    environ = {**os.environ, "SNMP_PERSISTENT_DIR": str(tmp_path)}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert f'.1.3.6.1.2.1.1.5.0 = STRING: "{device}"' in lines or f".1.3.6.1.2.1.1.5.0 = STRING: {device}" in lines
    assert sum(line.startswith(".1.") for line in lines) > 250
    assert "No more variables left" in lines[-1]
