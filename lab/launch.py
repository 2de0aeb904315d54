"""Starting a lab in the background, and stopping it."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

from lab.client import LabError, Running, find, start_time

_START_TIMEOUT = 30.0
_STOP_TIMEOUT = 5.0


def start(inventory: Path, directory: Path, *, smtp: str | None = None, http: str | None = None) -> Running:
    """Start a lab and wait until it answers.

    Args:
        inventory: The inventory to simulate.
        directory: Its state directory; what a killed lab left there is replaced.
        smtp: host:port for mail; None: as the inventory's receivers have it.
        http: host:port for webhooks and the page; None: the default.

    Raises:
        LabError: When it can't be had; the text says why and what helps.
    """
    log_path = directory / "lab.log"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        log = log_path.open("a")
    except OSError as error:
        raise LabError(f"its folder can't be written: {error}") from error
    reading, writing = os.pipe()
    command = [sys.executable, "-P", "-m", "lab", f"--inventory={inventory.absolute()}"]
    command += [f"--directory={directory.absolute()}", f"--ready-fd={writing}"]
    command += [f"--sink-smtp={smtp}"] * (smtp is not None) + [f"--sink-http={http}"] * (http is not None)
    with log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=os.environ | {"PYTHONPATH": _import_path()},
            pass_fds=[writing],
            start_new_session=True,
        )
    os.close(writing)
    told = _read_all(reading, _START_TIMEOUT)
    if told == "ready" and (running := find(directory)):
        process.returncode = 0  # it is nobody's child to wait for: no warning when this object goes
        return running
    process.kill()
    process.wait()
    raise LabError(told or f"the lab did not start; its log: {log_path}")


def stop(running: Running) -> None:
    """Stop a lab and wait until it is gone; one that does not listen is killed. Never touches another process."""
    try:
        process = os.pidfd_open(running.pid)
    except ProcessLookupError:
        return
    try:
        if start_time(running.pid) != running.start_time:
            return
        try:
            running.call({"op": "down"})
        except LabError:
            signal.pidfd_send_signal(process, signal.SIGTERM)
        if not _ends(process):
            signal.pidfd_send_signal(process, signal.SIGKILL)
            _ends(process)
    except ProcessLookupError:
        pass
    finally:
        os.close(process)


def _ends(process: int) -> bool:
    return bool(select.select([process], [], [], _STOP_TIMEOUT)[0])


def _read_all(fd: int, timeout: float) -> str:
    """What comes until the other end closes, or "" when it takes too long."""
    told = b""
    with os.fdopen(fd, "rb", buffering=0) as pipe:
        while select.select([pipe], [], [], timeout)[0]:
            chunk = pipe.read(65536)
            if not chunk:
                return told.decode(errors="replace")
            told += chunk
    return ""


def _import_path() -> str:
    """Where this package and its neighbours are, for the daemon, which starts in another folder."""
    here = str(Path(__file__).resolve().parent.parent)
    inherited = [str(Path(p).absolute()) for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p]
    return os.pathsep.join([here, *inherited])
