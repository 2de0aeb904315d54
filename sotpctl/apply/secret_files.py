"""Secrets that stay in files of the user's own: looked at before anything is written.

An engine that can't read one says so only when it needs it, which for a receiver is the first alert.
"""

import stat
from collections.abc import Mapping
from pathlib import Path

from sotpctl.apply.manifest import ApplyError

_OTHERS = 0o077


def check(paths: Mapping[str, Path]) -> list[str]:
    """Look at every file that an engine reads a secret from; name → path, as in the manifest's `secret_files`.

    `apply` runs as the engines' user (docs/security.md): what it can't read, they can't.

    Returns:
        A warning for each that more than its owner can read, once where several things read it.

    Raises:
        ApplyError: Some are missing, unreadable or empty; it names each one, and what would be right.
    """
    found = {name: _look(path) for name, path in sorted(paths.items())}
    problems = [f"secret {name}: {paths[name]}: {what}" for name, what in found.items() if isinstance(what, str)]
    if problems:
        raise ApplyError("\n".join(problems))
    first = {path: name for name, path in sorted(paths.items(), reverse=True)}
    return [
        f"secret {name}: {path}: others can read it (mode {mode:04o}): chmod 600 {path}"
        for path, name in sorted(first.items())
        if isinstance(mode := found[name], int) and mode & _OTHERS
    ]


def _look(path: Path) -> int | str:
    """Give the file's mode, or in words what is wrong with it. Engines strip white space, so that alone is nothing."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return "is no regular file: name the file that the secret stands in"
        empty = not path.read_bytes().strip()
    except OSError as error:
        return f"{error.strerror}: write the secret there, readable only by the user that runs the engines"
    return "the file is empty: write the secret there" if empty else stat.S_IMODE(status.st_mode)
