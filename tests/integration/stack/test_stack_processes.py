"""Processes are started once, found again, and ended: those that are ours, and no others."""

import asyncio
import dataclasses
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from sotpctl.stack import Part, StackError, ports, process


def _pids(stack) -> dict[str, int]:
    return {name: known.pid for name, known in stack.known().items()}


async def test_up_starts_what_does_not_run(stack, server) -> None:
    """The first `up` starts all, the second none; all are ready and detached from us."""
    wanted = [server("a"), server("b")]
    assert stack.up(wanted) == ["a", "b"]
    await stack.ready(wanted)
    pids = _pids(stack)
    assert stack.up(wanted) == []
    assert _pids(stack) == pids
    assert all(os.getsid(pid) == pid for pid in pids.values())
    rows = await stack.status(wanted)
    assert [(row.name, row.pid, row.state, row.ready) for row in rows] == [
        ("a", pids["a"], "running", True),
        ("b", pids["b"], "running", True),
    ]


async def test_up_after_a_kill_starts_only_the_dead_one(stack, server) -> None:
    """A process that was killed is reported as died; `up` starts it alone."""
    wanted = [server("a"), server("b")]
    stack.up(wanted)
    await stack.ready(wanted)
    before = _pids(stack)
    _kill(before["a"])
    assert [(row.name, row.state) for row in await stack.status(wanted)] == [("a", "died"), ("b", "running")]
    assert stack.up(wanted) == ["a"]
    await stack.ready(wanted)
    after = _pids(stack)
    assert after["b"] == before["b"]
    assert after["a"] != before["a"]


async def test_up_restarts_what_runs_with_other_arguments(stack, server) -> None:
    """A changed command line takes effect by a new process on the same port."""
    part = server("a")
    stack.up([part])
    await stack.ready([part])
    before = _pids(stack)
    changed = dataclasses.replace(part, argv=(*part.argv, "--changed"))
    assert stack.up([changed]) == ["a"]
    await stack.ready([changed])
    assert _pids(stack) != before


async def test_down_ends_all_in_reverse_order(stack, server) -> None:
    """What was started last ends first; afterwards nothing listens and nothing is known."""
    wanted = [server("a"), server("b")]
    stack.up(wanted)
    await stack.ready(wanted)
    pids = _pids(stack)
    assert list(stack.down()) == ["b", "a"]
    assert not any(process._start(pid) for pid in pids.values())
    assert stack.known() == {}
    assert [row.state for row in await stack.status(wanted)] == ["stopped", "stopped"]
    for part in wanted:
        ports.listen(part.address).close()


def test_a_recycled_pid_is_not_killed(stack) -> None:
    """A state file whose pid now belongs to somebody else is cleared, the process lives on."""
    with subprocess.Popen(["sleep", "60"]) as stranger:
        argv = ("sleep", "60")
        known = process.Process(stranger.pid, _start(stranger.pid) - 1, process._boot(), argv, "127.0.0.1:1")
        process.write(stack._state("a"), known)
        assert not known.alive
        assert list(stack.down()) == ["a"]
        assert stranger.poll() is None
        stranger.kill()


def test_state_of_another_boot_means_nothing() -> None:
    """After a reboot the same pid and start time can be another process."""
    with subprocess.Popen(["sleep", "60"]) as stranger:
        known = process.Process(stranger.pid, _start(stranger.pid), "another boot", ("sleep",), "127.0.0.1:1")
        assert not known.alive
        assert known.open() is None
        stranger.kill()


def test_what_ignores_sigterm_is_killed_after_the_deadline(tmp_path: Path) -> None:
    """SIGKILL follows."""
    script = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"
    log = tmp_path / "deaf.log"
    started = process.start((sys.executable, "-c", script), "127.0.0.1:1", log)
    _wait_for(log, "deaf")
    assert process.stop(started, 0.3)
    assert not started.alive


def test_a_taken_port_is_said_with_its_owner_before_anything_starts(stack, server) -> None:
    """All taken ports come at once, each with who has it; nothing was started."""
    wanted = [server("a"), server("b"), server("c")]
    holders = [socket.create_server(ports.split(part.address)) for part in wanted[1:]]
    with pytest.raises(StackError) as caught:
        stack.up(wanted)
    lines = str(caught.value).splitlines()
    own = Path("/proc/self/comm").read_text().strip()
    for part, line in zip(wanted[1:], lines, strict=False):
        assert line.startswith(f"{part.name}: {part.address} is taken by pid {os.getpid()} ({own}): stop it")
    assert lines[2:] == ["nothing was started"]
    assert stack.known() == {}
    for holder in holders:
        holder.close()


async def test_a_part_that_ends_at_once_is_shown_with_its_log(stack, address) -> None:
    """The culprit's last words stand in the message."""
    part = Part("a", address(), (sys.executable, "-c", "import sys; sys.exit('a.yml:3: no such thing')"))
    stack.up([part])
    with pytest.raises(
        StackError, match=r"a ended right after its start; the end of .*logs/a\.log:\n  a\.yml:3: no such"
    ):
        await stack.ready([part])


async def test_a_part_that_never_gets_ready_is_named(stack, address) -> None:
    """One that lives but doesn't answer is said after the deadline."""
    part = Part("a", address(), (sys.executable, "-c", "import signal; signal.pause()"))
    stack.up([part])
    with pytest.raises(StackError, match=r"a isn't ready after 0\.5 s: it doesn't listen yet"):
        await stack.ready([part], 0.5)


async def test_a_handed_over_socket_is_descriptor_3(stack, server) -> None:
    """The process finds it as sd_listen_fds(3) says, under the pid that it has, through any prefix that execs."""
    part = server("a", handed=True)
    prefixed = dataclasses.replace(part, argv=("env", "WHO=handed", *part.argv))
    stack.up([prefixed])
    await stack.ready([prefixed])
    assert await asyncio.to_thread(_get, part.address) == "handed"
    descriptors = Path(f"/proc/{_pids(stack)['a']}/fd")
    assert _link(descriptors / "0") == "/dev/null"
    assert _link(descriptors / "3").startswith("socket:")


async def test_the_callers_environment_is_passed_on(stack, server, monkeypatch) -> None:
    """A secret in the environment reaches the process."""
    monkeypatch.setenv("WHO", "caller")
    part = server("a")
    stack.up([part])
    await stack.ready([part])
    assert await asyncio.to_thread(_get, part.address) == "caller"


def test_logs_are_appended_over_restarts(stack, server) -> None:
    """What the process before wrote stays."""
    part = server("a")
    for lines in (1, 2):
        stack.up([part])
        _wait_for(stack.log("a"), "serving\n" * lines)
        list(stack.down())
    assert stack.tail("a", 1) == ["serving"]
    assert stack.tail("nosuch", 5) == []


def test_a_broken_state_file_counts_for_nothing(stack) -> None:
    """Half a file is no process."""
    stack._run.mkdir(parents=True)
    stack._state("a").write_text(json.dumps({"pid": 1}))
    assert stack.known() == {}


def _start(pid: int) -> int:
    return process._start(pid) or 0


def _get(address: str) -> str:
    with urllib.request.urlopen(f"http://{address}/") as answer:
        return str(answer.read().decode())


def _link(path: Path) -> str:
    return str(path.readlink())


def _kill(pid: int) -> None:
    descriptor = os.pidfd_open(pid)
    os.kill(pid, signal.SIGKILL)
    assert process.ended(descriptor, 10)
    os.close(descriptor)


def _wait_for(log: Path, text: str) -> None:
    """Wait for a line of a log; a file can't be awaited, so it is looked at."""
    with subprocess.Popen(["tail", "-n", "+1", "-F", log], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as tail:
        assert tail.stdout is not None
        for _ in text.splitlines():
            assert tail.stdout.readline()
        tail.kill()
    assert text in log.read_text()
