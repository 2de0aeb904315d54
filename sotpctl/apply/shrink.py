"""How much less would be watched: an inventory that lost its devices by mistake must not silence the monitoring.

A source that answered half, a file that wasn't merged, a selector too wide: each gives a release that is valid and
blind. What counts is each exporter's document and each Prometheus job by itself, so that growth in one hides nothing
in another. Jobs of one exporter that differ in their poll class alone (`snmp-60s`, `snmp-5m`) count as one: a device
that is only polled more often has not gone.
"""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sotpctl.apply.manifest import ApplyError, read_manifest

ALLOWED_PERCENT = 20
_NAMED = 5
_POLL_CLASS = re.compile(r"-(\d+(ms|[smhdwy]))+$")


@dataclass(frozen=True, slots=True)
class _Watched:
    """What one exporter or job watches; `names` may be fewer than `number` where they can't be read."""

    noun: str
    number: int
    names: frozenset[str]


def refusals(current: Path, tree: Path) -> Iterator[str]:
    """Say each thing that would watch over 20 % less with `tree` than with the release `current`, and what vanishes.

    What can't be read of `current` (a torn file) can't be compared, and passes.
    """
    before, after = _watched(current), _watched(tree)
    said: dict[str, list[str]] = {}
    for name, old in before.items():
        new = after.get(name, _Watched(old.noun, 0, frozenset()))
        if (old.number - new.number) * 100 > old.number * ALLOWED_PERCENT:
            said.setdefault(_sentence(old, new), []).append(name)
    for sentence, names in said.items():
        yield f"{', '.join(names)}: {sentence}"


def _sentence(old: _Watched, new: _Watched) -> str:
    percent = math.ceil((old.number - new.number) * 100 / old.number)
    gone = sorted(old.names - new.names)
    more = f" and {len(gone) - _NAMED} more" if len(gone) > _NAMED else ""
    without = f", without {', '.join(gone[:_NAMED])}{more}" if gone else ""
    return f"{old.number} → {new.number} {old.noun} (-{percent} %){without}"


def _watched(tree: Path) -> dict[str, _Watched]:
    found = {
        path.stem: _Watched("devices", len(names), names)
        for path in sorted((tree / "exporters").glob("*.json"))
        if (names := _devices(path)) is not None
    }
    for job, number in _jobs(tree).items():
        name = "job " + _POLL_CLASS.sub("", job)
        same = found.get(name, _Watched("targets", 0, frozenset()))
        names = same.names | _targets(tree / "prometheus" / "targets" / f"{job}.json")
        found[name] = _Watched("targets", same.number + number, names)
    return found


def _jobs(tree: Path) -> dict[str, int]:
    try:
        return dict(sorted(read_manifest(tree).targets.items()))
    except ApplyError:
        return {}


def _devices(path: Path) -> frozenset[str] | None:
    document = _json(path)
    targets = document.get("targets") if isinstance(document, dict) else None
    return frozenset(targets) if isinstance(targets, dict) else None


def _targets(path: Path) -> frozenset[str]:
    """Give the devices of a file_sd document; a target without such a label goes by its address."""
    groups = _json(path)
    try:
        return frozenset(
            group.get("labels", {}).get("instance", target) for group in groups or [] for target in group["targets"]
        )
    except (AttributeError, KeyError, TypeError):
        return frozenset()


def _json(path: Path) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
