"""Processes that outlive us: started detached, known by pid and start time, so that a recycled pid is never killed."""

import fcntl
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from sotpctl.apply import files

_HAND_OVER = str(Path(__file__).with_name("hand_over.py"))
_ABOVE = 100  # descriptors that are handed over come from here, those that the process gets stand below


@dataclass(frozen=True, slots=True)
class Process:
    """A process that we started; `start` is its clock ticks since boot `boot` (proc(5): stat, field 22)."""

    pid: int
    start: int
    boot: str
    argv: tuple[str, ...]
    address: str

    @property
    def alive(self) -> bool:
        """Whether it still runs: the same process, and no zombie."""
        return self.boot == _boot() and _start(self.pid) == self.start

    def open(self) -> int | None:
        """A pidfd to wait and signal by, closed by the caller; None when it no longer runs."""
        try:
            descriptor = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return None
        # Checked after opening: from here on the descriptor means this process and no later one.
        if self.alive:
            return descriptor
        os.close(descriptor)
        return None


def start(
    argv: Sequence[str],
    address: str,
    log: Path,
    handed: Sequence[tuple[str, socket.socket]] = (),
    environ: Mapping[str, str] | None = None,
) -> Process:
    """Start a command in a session of its own, its output appended to `log`.

    Args:
        argv: The command.
        address: host:port of its HTTP.
        log: Where its output goes.
        handed: Sockets that it gets by sd_listen_fds(3), by their names.
        environ: Its environment, ours where it isn't given.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    descriptors = [fcntl.fcntl(one, fcntl.F_DUPFD_CLOEXEC, _ABOVE) for _, one in handed]
    pairs = ",".join(f"{name}={fd}" for (name, _), fd in zip(handed, descriptors, strict=True))
    command = [sys.executable, "-I", "-S", _HAND_OVER, pairs, *argv] if handed else [*argv]
    try:
        with log.open("ab") as output:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                env=environ,
                pass_fds=descriptors,
            )
    finally:
        for fd in descriptors:
            os.close(fd)
    # Its exit is seen by pidfd, not by wait: without this, Python would complain that it still runs when we end.
    child.returncode = 0
    return Process(child.pid, _start(child.pid) or 0, _boot(), tuple(argv), address)


def stop(process: Process, seconds: float) -> bool:
    """End a process by SIGTERM, after `seconds` by SIGKILL; False when it had ended already."""
    descriptor = process.open()
    if descriptor is None:
        return False
    try:
        for sign in (signal.SIGTERM, signal.SIGKILL):
            signal.pidfd_send_signal(descriptor, sign)
            if ended(descriptor, seconds):
                break
    except ProcessLookupError:
        pass  # it ended by itself
    finally:
        os.close(descriptor)
    return True


def ended(descriptor: int, seconds: float) -> bool:
    """Wait until the process of a pidfd has ended; False when the time is over."""
    readable, _, _ = select.select([descriptor], [], [], seconds)
    return bool(readable)


def read(path: Path) -> Process | None:
    """Read a process's state file; None when there is none or it is unreadable."""
    try:
        raw = json.loads(path.read_bytes())
        return Process(int(raw["pid"]), int(raw["start"]), raw["boot"], tuple(raw["argv"]), raw["address"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write(path: Path, process: Process) -> None:
    """Write a process's state file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    files.replace(path, json.dumps(asdict(process), indent=2).encode(), 0o644)


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _start(pid: int) -> int | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[19])
