"""Writing so that a reader, or the next start after a power cut, sees the old bytes or the new ones, never half.

What isn't finished stands beside its place under a name of its own, `.NAME.PID.aside`; what may have to come back,
under `.NAME.PID.before`. A process that is killed leaves them behind, and `leftovers` finds them.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

_LEFTOVER = re.compile(r"\..+\.\d+\.(aside|before)", re.DOTALL)


def beside(path: Path, kind: Literal["aside", "before"] = "aside") -> Path:
    """Name what this process puts beside `path`."""
    return path.with_name(f".{path.name}.{os.getpid()}.{kind}")


def prepare(path: Path, content: bytes, mode: int, kind: Literal["aside", "before"] = "aside") -> Path:
    """Write a file beside `path` with `mode` and flush it to the disk: nothing is left to do but a rename."""
    made = beside(path, kind)
    made.unlink(missing_ok=True)
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            os.fchmod(stream.fileno(), mode)
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
    except BaseException:
        made.unlink(missing_ok=True)
        raise
    return made


def replace(path: Path, content: bytes, mode: int) -> None:
    """Write a file aside with `mode`, flush it to the disk and rename it over `path`."""
    made = prepare(path, content, mode)
    try:
        made.rename(path)
    except BaseException:
        made.unlink(missing_ok=True)
        raise
    sync(path.parent)


def relink(link: Path, target: str) -> None:
    """Point a symbolic link at `target` in one step, whether or not it stood before."""
    made = beside(link)
    made.unlink(missing_ok=True)
    made.symlink_to(target)
    try:
        made.rename(link)
    except BaseException:
        made.unlink(missing_ok=True)
        raise
    sync(link.parent)


def sync(folder: Path) -> None:
    """Flush a folder's entries to the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def rmdirs(folder: Path, top: Path) -> None:
    """Delete a folder and those above it, up to and with `top`, as far as they are empty."""
    for path in (folder, *folder.parents):
        if not _rmdir(path) or path == top:
            return


def leftovers(folder: Path, pattern: str) -> Iterator[Path]:
    """Find what a killed process left beside its places, among what matches the glob pattern."""
    return (path for path in sorted(folder.glob(pattern)) if _LEFTOVER.fullmatch(path.name))


def _rmdir(folder: Path) -> bool:
    """Say whether it is gone; it stays where it isn't empty, or no folder."""
    try:
        if any(folder.iterdir()):
            return False  # asked first: rmdir(2) may say "Permission denied" of a folder that is to stay anyway
        folder.rmdir()
    except FileNotFoundError:
        return True
    except NotADirectoryError:
        return False
    return True
