"""`sotpctl lab` from start to end, as a user runs it."""

import json
import os
import select
import shutil
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lab.client import Running, find, start_time

pytestmark = pytest.mark.netns


def test_up_twice_and_down_twice(cli: Any) -> None:
    """Up says where to look; the second finds it running; down leaves no process and no socket, twice is fine."""
    _, told = cli.up()
    assert told.startswith("lab is up: 7 devices\nmail, Slack and webhooks: http://127.0.0.1:")
    running = cli.running
    _, told = cli.up()
    assert told == f"lab is already up (7 devices, pid {running.pid})\n"
    assert cli("down") == ("", "lab is down\n")
    assert start_time(running.pid) is None
    assert not {"lab.json", "control.sock"} & {path.name for path in (cli.folder / ".lab").iterdir()}
    assert "nothing to do" in cli("down")[1]


def test_a_killed_lab_leaves_nothing_that_hurts(cli: Any) -> None:
    """After kill -9 it counts as down, `up` starts a new one over the stale files, and it answers."""
    cli.up()
    old = cli.running
    waiter = os.pidfd_open(old.pid)
    os.kill(old.pid, signal.SIGKILL)
    assert select.select([waiter], [], [], 10)[0]
    os.close(waiter)
    assert (cli.folder / ".lab/lab.json").exists()
    assert find(cli.folder / ".lab") is None
    assert "no lab runs" in cli("status", code=1)[1]
    _, told = cli.up()
    assert "lab is up" in told
    assert cli.running.pid != old.pid


def test_a_lab_whose_folder_is_deleted_stops(cli: Any) -> None:
    """`git clean -fdx` leaves no orphan that holds the ports, and the orphan's end does not hurt its successor."""
    cli.up()
    old, waiter = cli.running, os.pidfd_open(cli.running.pid)
    shutil.rmtree(cli.folder / ".lab")
    cli.up()
    assert select.select([waiter], [], [], 10)[0]
    os.close(waiter)
    assert cli.running.pid != old.pid
    assert len(_status(cli)) == 7


def test_a_folder_that_can_not_be_is_said(cli: Any) -> None:
    """One line, no traceback."""
    (cli.folder / ".lab").write_text("a file")
    _, told = cli("up", code=1)
    assert told.startswith("no lab: its folder can't be written: ")


def test_down_spares_a_process_that_got_the_pid(cli: Any) -> None:
    """A lab.json whose pid belongs to somebody else by now: nothing is stopped."""
    cli.up()
    state = cli.folder / ".lab/lab.json"
    raw = json.loads(state.read_text())
    state.write_text(json.dumps(raw | {"start_time": raw["start_time"] - 1}))
    assert "nothing to do" in cli("down")[1]
    assert start_time(raw["pid"]) == raw["start_time"]
    state.write_text(json.dumps(raw))


def test_two_labs_do_not_meet(cli: Any, shared_lab: Running, pinger: Any) -> None:
    """A device that is dead in one answers in the other, which has other ports and another inbox."""
    cli.up()
    cli("break", "fw")
    assert pinger(cli.running, "192.0.2.1") == {"192.0.2.1": []}
    assert pinger(shared_lab, "192.0.2.1")["192.0.2.1"]
    assert {cli.running.smtp, cli.running.http}.isdisjoint({shared_lab.smtp, shared_lab.http})


def test_a_lab_of_another_inventory_is_said(cli: Any) -> None:
    """The folder's lab belongs to one inventory; a second is told which."""
    cli.up()
    (cli.folder / "other.yaml").write_text((cli.folder / "inventory.yaml").read_text())
    _, told = cli("up", "-i", str(cli.folder / "other.yaml"), code=1)
    assert f"simulates {cli.folder}/inventory.yaml, not {cli.folder}/other.yaml: stop it first" in told


def test_up_reads_a_changed_inventory(cli: Any) -> None:
    """A second `up` takes new devices and lets old ones go; faults stay; a broken inventory changes nothing."""
    cli.up()
    cli("break", "acc")
    path = cli.folder / "inventory.yaml"
    text = path.read_text()
    changed = text.replace("  core-2:", "  new:").replace("core-1, core-2", "core-1, new")
    path.write_text(changed)
    _, told = cli.up()
    assert "inventory read again: +new, -core-2" in told
    assert {d["device"] for d in _status(cli) if d["state"] != "alive"} == {"acc", "host-1", "host-2"}
    path.write_text("devices: 3")
    assert "inventory.yaml:1:" in cli("up", code=1)[1]
    assert len(_status(cli)) == 7


def test_break_status_degrade_heal(lab_cli: Any) -> None:
    """A session: each command says what it did, and status shows it within 80 columns."""
    assert lab_cli("break", "acc")[1] == "broken: acc; it takes 2 others with it: host-1, host-2\n"
    assert lab_cli("break", "core-1")[1] == "broken: core-1; nothing else loses its last way\n"
    assert lab_cli("degrade", "fw", "--loss", "20%", "--delay", "80ms", "--jitter", "10ms")[1] == (
        "fw answers after 80.0 ms + up to 10.0 ms, loss 20%\n"
    )
    table, _ = lab_cli("status")
    lines = table.splitlines()
    assert max(map(len, lines)) <= 80 or str(lab_cli.folder) in lines[0]
    assert lines[0].endswith("inventory.yaml: 7 devices, 3 alive, 2 dead, 2 unreachable")
    assert [line.split() for line in lines if line.startswith(("fw", "acc", "host-2"))] == [
        ["acc", "waw", "192.0.2.2", *lines[4].split()[3:5], "0%", "dead"],
        ["fw", "waw", "192.0.2.1", "80.0", "ms", "20%", "alive"],
        ["host-2", "waw", "2001:db8::12", *lines[9].split()[3:5], "0%", "unreachable:", "acc"],
    ]
    assert lab_cli("heal")[1] == "healed: acc, core-1, fw\n"
    assert lab_cli("heal")[1] == "nothing was broken or degraded\n"
    assert {device["state"] for device in _status(lab_cli)} == {"alive"}


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (["break", "hots-1"], 'no device of the lab is called "hots-1"; did you mean "host-1"?'),
        (
            ["degrade", "fw"],
            "say how it gets worse: --loss 20%, --delay 80ms, --jitter 10ms, --cpu 97%, --errors IFNAME",
        ),
        (["exec", "--", "no-such-tool"], "no-such-tool: no such command on PATH"),
    ],
)
def test_mistakes_are_said(lab_cli: Any, command: list[str], error: str) -> None:
    """Exit code 1 and one line."""
    assert lab_cli(*command, code=1) == ("", error + "\n")


def test_commands_without_a_lab_say_how_to_start_one(cli: Any) -> None:
    """Not a traceback."""
    for command in (["status"], ["break", "fw"], ["heal"], ["degrade", "fw", "--loss", "1%"], ["exec", "--", "true"]):
        assert cli(*command, code=1)[1] == f"no lab runs in {cli.folder}/.lab; start it: sotpctl lab up\n"


def test_exec_runs_inside(lab: Running) -> None:
    """The command sees the lab's network alone, and its arguments and exit code are passed on."""
    script = "import socket, sys; print([name for _, name in socket.if_nameindex()]); sys.exit(3)"
    words = [sys.executable, "-m", "sotpctl.cli.main", "lab", "exec", "-i", str(lab.inventory), "--"]
    done = subprocess.run(
        [*words, sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[3])},
        timeout=30,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("['lo', 'lab0']\n", 3)


def test_slack_url_is_ready_and_private(lab_cli: Any) -> None:
    """The receiver's URL stands in a file of the user's alone."""
    path = lab_cli.folder / ".lab/slack-url"
    assert path.read_text() == f"http://{lab_cli.running.http}/services/T000/B000/lab\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_taken_port_is_said(cli: Any) -> None:
    """With the option that chooses another; no half lab stays."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        _, told = cli("up", "--sink-http", f"127.0.0.1:{port}", "--sink-smtp", "127.0.0.1:0", code=1)
    assert told == (
        f"no lab: the sink can't listen on 127.0.0.1:{port} for webhooks and the page"
        " (choose another with --sink-http): Address already in use\n"
    )
    assert find(cli.folder / ".lab") is None


def test_a_deep_folder_is_no_obstacle(cli: Any) -> None:
    """The control socket works where its path is longer than a socket's address may be."""
    deep = cli.folder / ("d" * 100) / ("e" * 100)
    cli("up", "--lab-dir", str(deep), "--sink-http", "127.0.0.1:0", "--sink-smtp", "127.0.0.1:0")
    out, _ = cli("status", "--lab-dir", str(deep), "--output", "json")
    assert len(json.loads(out)["devices"]) == 7
    cli("down", "--lab-dir", str(deep))
    assert find(deep) is None


def _status(cli: Any) -> Any:
    return json.loads(cli("status", "--output", "json")[0])["devices"]
