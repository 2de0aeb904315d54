"""What only processes show: interruption, a pipe that closes, what completion loads; and a real agent."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from exporters.snmp import message, pdu
from exporters.snmp.pdu import Pdu, VarBind
from tests.integration.snmp_cli.served import Agents
from tests.ports import free_port

ROOT = Path(__file__).parents[3]
CTL = [sys.executable, "-m", "sotpctl.cli.main", "snmp"]
# What a shell runs in the background, such as a CI job, ignores SIGINT, and so do all its children.
_OF_A_TERMINAL = ["env", "--default-signal=INT"]
SNMPD = shutil.which("snmpd") or shutil.which("snmpd", path="/usr/sbin")


def _environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **more}


def _endless(data: bytes) -> bytes:
    """Answers with the next row for ever: a device whose table has no end."""
    head = message.read_plain(data)
    asked = pdu.decode(data, head.at, head.end)
    last = asked.varbinds[0].oid
    row = last[11] if len(last) > 11 else 0
    rows = [VarBind((*last[:11], row + 1 + step), 2, step) for step in range(max(1, asked.error_index))]
    return message.encode_plain(
        head.version, head.community, pdu.encode(Pdu(pdu.RESPONSE, asked.request_id, 0, 0, rows))
    )


def test_ctrl_c_ends_a_walk_cleanly(agents: Agents) -> None:
    """Rows are there while the walk goes on; an interruption says so in one word, without a traceback."""
    agents.add("endless", _endless)
    with subprocess.Popen(
        [*_OF_A_TERMINAL, *CTL, "walk", "endless", "1.3.6.1.4.1.99999.1.1.1.1"], env=_environment(), stdout=-1,
        stderr=-1, text=True,
    ) as walk:  # fmt: skip
        assert walk.stdout is not None
        assert walk.stdout.readline() == "1.3.6.1.4.1.99999.1.1.1.1.1 = INTEGER: 0\n"
        walk.send_signal(signal.SIGINT)
        _, said = walk.communicate(timeout=60)
    assert (walk.returncode, said.strip()) == (130, "interrupted")


def test_a_pipe_that_closes_ends_a_walk(agents: Agents) -> None:
    """As behind `| head -1`: nothing is said, and the walk of an endless table is over."""
    agents.add("endless", _endless)
    with subprocess.Popen(
        [*CTL, "walk", "endless", "1.3.6.1.4.1.99999.1.1.1.1"], env=_environment(), stdout=-1, stderr=-1, text=True
    ) as walk:
        assert walk.stdout is not None
        assert walk.stdout.readline()
        walk.stdout.close()
        assert walk.stderr is not None
        assert walk.stderr.read() == ""
        walk.wait(timeout=60)


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("get waw-core-", ["waw-core-1"]), ("get waw-core-1 ifHCInO", ["ifHCInOctets"]), ("wal", ["walk"])],
)
def test_completion_is_quick(agents: Agents, typed: str, offered: list[str]) -> None:
    """A TAB gives commands, devices and objects; neither the inventory's models nor the exporter are loaded for it."""
    words = f"sotpctl snmp {typed}"
    code = (
        "import sys\nfrom sotpctl.cli.main import cli\n"
        "try: cli.main(args=[], prog_name='sotpctl')\n"
        "finally: sys.stderr.write(' '.join(m for m in sys.modules if m in ('pydantic', 'yaml', 'exporters', 'lab')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=agents.path.parent,
        env=_environment(
            _SOTPCTL_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=str(len(words.split(" ")) - 1)
        ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == [f"plain,{one}" for one in offered]
    assert done.stderr == ""


@pytest.mark.skipif(SNMPD is None, reason="no snmpd: apt-get install snmpd")
def test_a_real_agent(agents: Agents, run, tmp_path: Path) -> None:
    """net-snmp's snmpd: what get says is its configuration's, it is a Linux, and polling it works."""
    host, port = "127.0.0.1", free_port()
    (tmp_path / "snmpd.conf").write_text(f"rocommunity {os.environ['SNMP_COMMUNITY']} {host}\nsysName real\n")
    command = [str(SNMPD), "-f", "-Lo", "-C", "-c", str(tmp_path / "snmpd.conf"), "-p", str(tmp_path / "pid")]
    agents.entry("real", host, port, auth="snmp-ro")
    with subprocess.Popen(
        [*command, f"udp:{host}:{port}"], env=_environment(MIBS="", SNMP_PERSISTENT_DIR=str(tmp_path / "state")),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as snmpd:  # fmt: skip
        try:
            _until_it_answers(host, port)
            assert run("get", "real", "sysName").stdout == "sysName.0 = STRING: real\n"
            assert "real: profile linux" in run("profile", "real", timeout="20").stdout
            assert "if_mib     ok" in run("test", "real", timeout="20").stdout
        finally:
            snmpd.terminate()


def _until_it_answers(host: str, port: int) -> None:
    end = time.monotonic() + 20
    request = pdu.encode_request(pdu.GET, 1, 0, 0, [b"\x2b\x06\x01\x02\x01\x01\x05\x00"])
    community = os.environ["SNMP_COMMUNITY"].encode()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(0.2)
        asking.connect((host, port))
        while time.monotonic() < end:
            try:
                asking.send(message.encode_plain(message.V2C, community, request))
                asking.recv(1500)
            except OSError:
                continue
            return
    pytest.fail("snmpd doesn't answer")
