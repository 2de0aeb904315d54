"""One apply at a time: a lock of the kernel's on a file, gone with the process that holds it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sotpctl.apply.manifest import ApplyError


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold the apply directory (made when missing); ApplyError at once when another process holds it."""
    path = directory / ".lock"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise ApplyError(
            f"{directory}: can't be written: {error.strerror}; run as a user that may, or set settings.apply.directory"
        ) from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip()
            raise ApplyError(f"{directory}: another apply is at work (pid {holder or '?'}); wait for it") from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)
