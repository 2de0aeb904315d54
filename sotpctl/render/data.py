"""The files that come with SOTP: sources of rules and of Loki's configuration, notification templates."""

from collections.abc import Mapping
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def folder(name: str) -> Path:
    """Return the folder `rules`, `alertmanager`, `dashboards` or `loki`: package data in the wheel, or of the checkout.

    Raises:
        FileNotFoundError: It is in neither place: the installation is incomplete.
    """
    for candidate in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"the folder {name}/ that belongs to sotpctl is missing: install sotp again")


def files(name: str, suffix: str) -> Mapping[str, str]:
    """Return the texts of the folder's files that end in `suffix`, by file name, in order."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder(name).glob(f"*{suffix}"))}
