"""The plan onto the disk: whole and checked, or not at all."""

import ctypes
import errno
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sotpctl.render.plan import MANIFEST, Plan
from sotpctl.verify import Finding

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_NAMED_AT_MOST = 3


class NotOursError(Exception):
    """The output folder holds what `render` didn't write; the text says what, and what to do."""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a plan: checked and written, the same as before (`changed` is False), or refused by a tool."""

    changed: bool
    findings: tuple[Finding, ...] = ()


def write(plan: Plan, out: Path, verify: Callable[[Path], Sequence[Finding]] | None) -> Written:
    """Replace the folder `out` by the plan's files in one step, after `verify` has read them beside it.

    When `verify` finds something, `out` stays as it was.

    Args:
        plan: What to write.
        out: The folder; it may be missing, empty, or written by an earlier `render`.
        verify: Reads a rendered tree and returns what is wrong with it; None writes unchecked.

    Raises:
        NotOursError: `out` holds a file that no earlier `render` wrote.
        OSError: The disk refuses.
    """
    there = _files(out)
    _refuse_foreign(out, there)
    out.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        _fill(aside, plan)
        findings = tuple(verify(aside)) if verify else ()
        if findings:
            return Written(changed=False, findings=findings)
        if _same(plan, out, there):
            return Written(changed=False)
        _refuse_foreign(out, _files(out))  # the tools took their time
        _exchange(aside, out)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return Written(changed=True)


def _files(folder: Path) -> set[str]:
    """Return everything in the folder that isn't a folder, by relative path."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise NotOursError(f"{folder} is no folder: name another with --out")
    paths = folder.rglob("*") if folder.exists() else ()
    return {path.relative_to(folder).as_posix() for path in paths if path.is_symlink() or not path.is_dir()}


def _refuse_foreign(out: Path, there: set[str]) -> None:
    foreign = sorted(there - _owned(out)) if there else []
    if not foreign:
        return
    named = ", ".join(foreign[:_NAMED_AT_MOST]) + (" …" if len(foreign) > _NAMED_AT_MOST else "")
    raise NotOursError(
        f"{out} holds what sotpctl didn't write ({named}), and would lose it: "
        "move it away, or name another folder with --out"
    )


def _owned(out: Path) -> set[str]:
    """Return what the manifest says an earlier `render` wrote; a folder without a sound one owns nothing."""
    try:
        return {*json.loads((out / MANIFEST).read_bytes())["files"], MANIFEST}
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def _fill(folder: Path, plan: Plan) -> None:
    folder.chmod(0o777 & ~_umask())  # mkdtemp's 0700 would keep engines of other users out
    for name, content in plan.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _same(plan: Plan, out: Path, there: set[str]) -> bool:
    return there == set(plan.files) and all((out / name).read_bytes() == data for name, data in plan.files.items())


def _exchange(new: Path, out: Path) -> None:
    """Put `new` where `out` is; what was there lies at `new` afterwards.

    Linux exchanges two folders in one step (renameat2(2), RENAME_EXCHANGE); the few file systems that can't do it
    get two renames, between which there is no `out` for a moment.
    """
    if not out.exists():
        new.rename(out)
        return
    error = _renameat2(new, out)
    if error == 0:
        return
    if error not in (errno.EINVAL, errno.ENOSYS):
        raise OSError(error, os.strerror(error), str(out))
    old = new.with_name(f"{new.name}.old")
    out.rename(old)
    new.rename(out)
    old.rename(new)


def _renameat2(one: Path, other: Path) -> int:
    """Exchange two paths; return 0, or the errno (ENOSYS where the C library doesn't know the call)."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "renameat2"):
        return errno.ENOSYS
    done = libc.renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE)
    return ctypes.get_errno() if done else 0
