"""Finding a running lab and talking to it: all that other parts know of it."""

import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STATE_DIRECTORY = ".lab"
_TIMEOUT = 5.0  # seconds for one request: the lab answers in milliseconds or not at all


class LabError(Exception):
    """A lab that can't be started, doesn't answer or refuses; the text is for the user."""


@dataclass(frozen=True, slots=True)
class Running:
    """A lab that runs.

    Attributes:
        pid: The daemon's process id.
        start_time: When it was started, in clock ticks since boot: with the pid, its identity.
        inventory: The inventory that it simulates.
        control: Its control socket.
        userns: Whether its network namespace stands in a user namespace of its own (started without root).
        smtp: host:port where the sink takes mail.
        http: host:port where the sink takes webhooks and shows what came.
    """

    pid: int
    start_time: int
    inventory: Path
    control: Path
    userns: bool
    smtp: str
    http: str

    def enter(self) -> list[str]:
        """The words before a command that run it inside the lab's network namespace."""
        user = [f"--user=/proc/{self.pid}/ns/user", "--preserve-credentials"] if self.userns else []
        return ["nsenter", *user, f"--net=/proc/{self.pid}/ns/net", "--"]

    def call(self, op: dict[str, Any]) -> dict[str, Any]:
        """Ask for one thing on the control socket, such as `{"op": "break", "devices": ["waw-sw-1"]}`.

        Raises:
            LabError: When the lab does not answer, or answers that it can't; the text says why.
        """
        try:
            with connect(self.control) as control, control.makefile("rwb") as stream:
                stream.write(json.dumps(op).encode() + b"\n")
                stream.flush()
                answer = json.loads(stream.readline())
        except (OSError, ValueError) as error:
            raise LabError(f"the lab (pid {self.pid}) does not answer on {self.control}: {error}") from error
        if not answer["ok"]:
            raise LabError(answer["error"])
        return dict(answer)


def find(directory: Path) -> Running | None:
    """The lab whose state directory this is; None when it does not run.

    What a killed lab left behind counts for nothing: the process must live and have started when the file says.
    """
    try:
        raw = json.loads((directory / "lab.json").read_text())
        running = Running(
            pid=int(raw["pid"]),
            start_time=int(raw["start_time"]),
            inventory=Path(raw["inventory"]),
            control=directory / "control.sock",
            userns=bool(raw["userns"]),
            smtp=str(raw["smtp"]),
            http=str(raw["http"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return running if start_time(running.pid) == running.start_time else None


def start_time(pid: int) -> int | None:
    """When a process was started, in clock ticks since boot (proc(5), field 22 of stat); None for a dead one."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else int(fields[19])


def connect(path: Path) -> socket.socket:
    """A stream to a unix socket, whatever the length of its path (see `short_path`)."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        stream.settimeout(_TIMEOUT)
        stream.connect(short_path(folder, path))
    except OSError:
        stream.close()
        raise
    finally:
        os.close(folder)
    return stream


def short_path(folder: int, path: Path) -> str:
    """A name of at most 108 bytes, a socket address's limit, for a file in an opened folder."""
    return f"/proc/self/fd/{folder}/{path.name}"
