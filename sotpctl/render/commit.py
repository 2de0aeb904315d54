"""Which commit of the inventory is being rendered."""

import subprocess
from pathlib import Path


def of(inventory: Path) -> str:
    """Return the hash of the last commit that touched the inventory, with `-dirty` when it was changed since.

    Args:
        inventory: The file or directory as the user named it.

    Returns:
        "" outside git, without git, and for an inventory that was never committed.
    """
    commit = _git(inventory, "log", "-1", "--format=%H")
    if not commit:
        return ""
    return f"{commit}-dirty" if _git(inventory, "status", "--porcelain") else commit


def _git(inventory: Path, *arguments: str) -> str:
    path = inventory.resolve()
    folder = path if path.is_dir() else path.parent
    command = ["git", "-C", str(folder), *arguments, "--", str(path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
