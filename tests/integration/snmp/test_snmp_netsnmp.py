"""Against a real agent: net-snmp's snmpd, with every version and every security level that it knows."""

import asyncio
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from exporters.snmp import oid, usm
from exporters.snmp.agent import Agent, Sockaddr
from exporters.snmp.engine import Engine
from exporters.snmp.session import Community
from exporters.snmp.usm import User
from exporters.snmp.walk import Get, Walk
from tests.ports import free_port

SNMPD = shutil.which("snmpd") or shutil.which("snmpd", path="/usr/sbin")
pytestmark = pytest.mark.skipif(SNMPD is None, reason="no snmpd: apt-get install snmpd")

AUTH, PRIV = "authentication", "privacy-password"
PRIVS = ["", "DES", "AES128", "AES192", "AES256", "AES192C", "AES256C"]
USERS = [
    User(f"u{auth}{priv}", auth, AUTH, priv, PRIV if priv else "") for auth in usm.AUTHENTICATIONS for priv in PRIVS
]
SYSTEM = oid.parse("1.3.6.1.2.1.1")
IF_COLUMNS = [oid.parse(f"1.3.6.1.2.1.2.2.1.{column}") for column in range(1, 23)]
# snmpd's own words for what we call otherwise
AUTH_NAMES = {"MD5": "MD5", "SHA1": "SHA", **{f"SHA{bits}": f"SHA-{bits}" for bits in (224, 256, 384, 512)}}


@pytest.fixture(scope="module")
def snmpd(tmp_path_factory):
    """A running snmpd: its address, and its log."""
    home = tmp_path_factory.mktemp("snmpd")
    address = ("127.0.0.1", free_port())
    lines = ["rocommunity public 127.0.0.1", "sysDescr the agent under test", "createUser plain", "rouser plain noauth"]
    for user in USERS:
        priv = f"{user.priv} {PRIV}" if user.priv else ""
        lines += [
            f"createUser {user.name} {AUTH_NAMES[user.auth]} {AUTH} {priv}",
            f"rouser {user.name} {'priv' if user.priv else 'auth'}",
        ]
    (home / "snmpd.conf").write_text("\n".join(lines) + "\n")
    log = home / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [
                str(SNMPD),
                "-f",
                "-Lo",
                "-C",
                "-c",
                home / "snmpd.conf",
                "-p",
                home / "pid",
                f"udp:{address[0]}:{address[1]}",
            ],
            env={**os.environ, "SNMP_PERSISTENT_DIR": str(home / "state"), "MIBS": ""},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        asyncio.run(_ready(address, process, log))
        yield address, log
    finally:
        process.terminate()
        process.wait()


async def _ready(address: Sockaddr, process: subprocess.Popen[bytes], log: Path) -> None:
    engine = Engine()
    engine.start()
    until = time.monotonic() + 20
    while time.monotonic() < until and process.poll() is None:
        agent = Agent(address, Community("2c", "public"), timeout=0.2, retries=0)
        if (await engine.run(agent, Get([(*SYSTEM, 1, 0)]), 0.3)).failure is None:
            engine.stop()
            return
    engine.stop()
    pytest.fail(f"snmpd doesn't answer; it says in {log} why")


CREDENTIALS: list[Community | User] = [Community("1", "public"), Community("2c", "public"), User("plain"), *USERS]


@pytest.mark.parametrize(
    "credentials", CREDENTIALS, ids=[c.name if isinstance(c, User) else f"v{c.version}" for c in CREDENTIALS]
)
async def test_every_version_and_level_reads_the_same(snmpd, engine, credentials):
    """The description and the interface table come whole, with each version, authentication and privacy."""
    address, _ = snmpd
    agent = Agent(address, credentials, timeout=2)
    get = Get([(*SYSTEM, 1, 0), (*SYSTEM, 99, 0)])
    outcome = await engine.run(agent, get, 5)
    assert outcome.failure is None, outcome
    assert get.found[*SYSTEM, 1, 0].value == b"the agent under test"
    assert len(get.found) == 1
    walk = Walk(IF_COLUMNS)
    outcome = await engine.run(agent, walk, 5)
    assert (outcome.failure, outcome.retried) == (None, 0)
    tables = walk.tables
    assert b"lo" in tables[IF_COLUMNS[1]].values()
    assert tables[IF_COLUMNS[0]] == {index: index[0] for index in tables[IF_COLUMNS[1]]}


async def test_the_whole_mib_is_what_snmpbulkwalk_prints(snmpd, engine):
    """Every OID below mib-2's system, interfaces and snmp groups, in order, as net-snmp's own tool has them."""
    tool = shutil.which("snmpbulkwalk")
    if tool is None:
        pytest.skip("no snmpbulkwalk: apt-get install snmp")
    address, _ = snmpd
    for root in ("1.3.6.1.2.1.1", "1.3.6.1.2.1.2", "1.3.6.1.2.1.11", "1.3.6.1.6.3"):
        process = await asyncio.create_subprocess_exec(
            *[tool, "-v2c", "-c", "public", "-On", "-m", "", f"{address[0]}:{address[1]}", root],
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await process.communicate()
        theirs = [line.split(" = ")[0] for line in output.decode().splitlines() if line.startswith(".1.")]
        walk = Walk([oid.parse(root)])
        assert (await engine.run(Agent(address, Community("2c", "public")), walk, 10)).failure is None
        theirs = list(dict.fromkeys(theirs))  # at the MIB's end it prints the last OID once more
        assert [f".{root}.{oid.text(index)}" for index in walk.columns[0].table] == theirs


@pytest.mark.parametrize(
    ("credentials", "reason"),
    [
        (Community("2c", "wrong"), "timeout"),
        (User("nobody"), "unknown_user"),
        (User("uSHA1AES128", "SHA1", "another-password", "AES128", PRIV), "auth"),
        (User("uSHA1AES128", "SHA1", AUTH, "AES128", "another-password"), "auth"),
        (User("uSHA1AES128", "SHA1", AUTH), "auth"),
        (User("uMD5", "MD5", AUTH, "AES128", PRIV), "auth"),
    ],
    ids=["community", "user", "auth", "priv", "level-too-low", "level-too-high"],
)
async def test_what_is_wrong_is_told_apart(snmpd, engine, credentials, reason):
    """Where the protocol can say it, a wrong credential is no time-out; the device isn't asked in vain for long."""
    agent = Agent(snmpd[0], credentials, timeout=0.2, retries=1)
    outcome = await engine.run(agent, Get([(*SYSTEM, 1, 0)]), 3)
    assert outcome.failure is not None
    assert outcome.failure.reason == reason
    assert outcome.seconds < 2


async def test_a_context_that_there_is_not_may_be_why_nothing_comes(snmpd, engine):
    """net-snmp ignores a request for one: what is said names the context among what may be another."""
    agent = Agent(
        snmpd[0], User("uSHA1AES128", "SHA1", AUTH, "AES128", PRIV, context="nowhere"), timeout=0.2, retries=1
    )
    outcome = await engine.run(agent, Get([(*SYSTEM, 1, 0)]), 3)
    assert outcome.failure is not None
    assert outcome.failure.reason == "auth"
    assert outcome.failure.detail.endswith("another password, key or context")
