"""One apply at a time: a lock of the kernel's on a file, gone with the process that holds it."""

import contextlib
import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sotpctl.apply.manifest import ApplyError

_NAMELESS_S = 0.2  # at most so long has a holder not yet written who it is


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold the apply directory (made when missing); ApplyError at once when another process holds it."""
    path = directory / ".lock"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        advice = "make room" if error.errno == errno.ENOSPC else "run as a user that may"
        raise ApplyError(
            f"{directory}: can't be written: {error.strerror}; {advice}, or set settings.apply.directory"
        ) from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _holder(descriptor)
            raise ApplyError(f"{directory}: another apply is at work (pid {holder}); wait for it") from None
        _sign(descriptor, f"{os.getpid()}\n")
        try:
            yield
        finally:
            _sign(descriptor, "")
    finally:
        os.close(descriptor)


def _sign(descriptor: int, text: str) -> None:
    """Say who holds it. The lock holds all the same where the disk is too full for that."""
    with contextlib.suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, text.encode(), 0)


def _holder(descriptor: int) -> str:
    end = time.monotonic() + _NAMELESS_S
    while True:
        holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip()
        if holder or time.monotonic() > end:
            return holder or "?"
        time.sleep(_NAMELESS_S / 20)
