"""Names that a shell completes: alerts, silences, windows; at a TAB there is no time for more than a look at texts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

_PACKAGE = Path(__file__).resolve().parent.parent
_ALERT = re.compile(r"""^\s*-\s*\{?\s*alert:\s*["']?([A-Za-z_][A-Za-z0-9_]*)""", re.MULTILINE)
_ENDPOINT = re.compile(r"""\balertmanager\s*:\s*["']?([A-Za-z0-9.\[\]:-]+:\d+)""")
_SECONDS = 1.0
_OWN = ("loki/rules", "prometheus/rules")


def alert_names(inventory: Path) -> list[str]:
    """Return the names of the alerts that come with SOTP, and of the user's own beside the inventory."""
    folders = [folder for folder in (_PACKAGE / "_data" / "rules", _PACKAGE.parent / "rules") if folder.is_dir()]
    beside = inventory if inventory.is_dir() else inventory.parent
    files = [file for folder in (*folders[:1], *(beside / own for own in _OWN)) for file in folder.glob("*.yml")]
    return sorted({name for file in files for name in _ALERT.findall(_text(file))})


def silences(inventory: Path) -> list[tuple[str, str]]:
    """Return id and comment of every silence that isn't over; nothing when Alertmanager gives no answer at once."""
    try:
        with urlopen(f"http://{_endpoint(inventory)}/api/v2/silences", timeout=_SECONDS) as answer:
            found = json.load(answer)
        return [(one["id"], one["comment"]) for one in found if one["status"]["state"] != "expired"]
    except (URLError, OSError, ValueError, KeyError, TypeError):
        return []


def maintenance_names(inventory: Path) -> list[str]:
    """Return the names of the inventory's maintenance windows."""
    section = re.compile(r"^[ \t]+maintenance:(.*?)(?=^[ \t]{0,2}[A-Za-z]|\Z)", re.MULTILINE | re.DOTALL)
    name = re.compile(r"""(?:-\s*|\{\s*|^\s*|,\s*)name:\s*["']?([A-Za-z0-9_.-]+)""", re.MULTILINE)
    return sorted({one for text in _texts(inventory) for part in section.findall(text) for one in name.findall(part)})


def _endpoint(inventory: Path) -> str:
    found = (_ENDPOINT.search(text) for text in _texts(inventory))
    return next((one[1] for one in found if one), "127.0.0.1:9093")


def _texts(inventory: Path) -> Iterator[str]:
    try:
        files = sorted(inventory.iterdir()) if inventory.is_dir() else [inventory]
    except OSError:
        return
    yield from (_text(file) for file in files if file.suffix in {".yaml", ".yml"})


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, ValueError):
        return ""
