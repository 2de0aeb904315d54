"""Where the real tools are, and how they are run."""

import shutil
import subprocess
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parent.parent.parent
_SECONDS = 120.0


def find(name: str, near: Path | None = None) -> Path | None:
    """Return the tool's path: from `.engines/bin`, which `make engines` fills, else from $PATH; None if nowhere.

    Args:
        name: promtool, amtool, prometheus, alertmanager, loki …
        near: The inventory or its folder: its `.engines/bin` comes first, then the working directory's, then
            the source checkout's.
    """
    folders = [Path.cwd(), _CHECKOUT]
    if near is not None:
        folders.insert(0, near if near.is_dir() else near.parent)
    for folder in folders:
        found = shutil.which(name, path=str(folder.resolve() / ".engines" / "bin"))
        if found:
            return Path(found)
    found = shutil.which(name)
    return Path(found).resolve() if found else None


def run(tool: Path, *arguments: str, cwd: Path) -> tuple[bool, str]:
    """Run a check; return whether it passed, and what it said on both streams."""
    try:
        done = subprocess.run(
            [tool, *arguments], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace", check=False, timeout=_SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return False, f"gave no answer within {_SECONDS:.0f} s"
    except OSError as error:
        return False, f"can't be run: {error.strerror}"
    return done.returncode == 0, done.stdout
