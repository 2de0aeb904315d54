"""What an acknowledgement hides: exactly the alerts that fire, in as few silences as say that.

Each alert is a box: one value a label. Two boxes that differ in the values of one label only are one box with both
values, and that hides no more than the two did; so nothing that is yet to come is hidden with what is known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from sotpctl.alerts.matchers import Matcher, all_match, one_of
from sotpctl.alerts.model import Alert, Silence

# Not part of what an alert is: its severity and escalation may rise while it is worked on, and each of two
# Prometheus servers sends it; a maintenance window may come and go.
CHANGING = frozenset({"severity", "escalation", "replica", "last_maintenance"})
# What goes with the device and tells no two alerts apart.
OF_THE_DEVICE = frozenset({"site", "role", "platform", "vendor", "team"})

_Box: TypeAlias = Mapping[str, frozenset[str]]


def silences(alerts: Iterable[Alert], of_the_device: Collection[str] = ()) -> list[tuple[Matcher, ...]]:
    """Return the matchers of each silence that together hide these alerts and no others.

    Args:
        alerts: What fires.
        of_the_device: More labels that a device gives to all its alerts: the inventory's own.
    """
    boxes = [_box(alert, OF_THE_DEVICE | set(of_the_device)) for alert in alerts]
    labels = {label for box in boxes for label in box}
    for label in sorted(labels, key=lambda name: (name != "alertname", name == "device", name)):
        boxes = _merged(boxes, label)
    return sorted((_matchers(box) for box in boxes), key=lambda found: [str(one) for one in found])


def needed(
    alerts: Iterable[Alert], of_the_device: Collection[str], existing: Sequence[Silence], until: datetime
) -> list[tuple[Matcher, ...]]:
    """Return the matchers of each silence to make: none for what others hold back until then, or longer."""
    fires, ends = list(alerts), {one.id: one.ends_at for one in existing}

    def held(alert: Alert) -> bool:
        return any(by in ends and ends[by] >= until for by in alert.silenced_by)

    return [
        found
        for found in silences(fires, of_the_device)
        if not all(held(one) for one in fires if all_match(found, one.labels))
    ]


def _box(alert: Alert, of_the_device: Collection[str]) -> _Box:
    left_out = CHANGING | (set(of_the_device) if alert.device else set())
    return {label: frozenset({value}) for label, value in alert.labels.items() if label not in left_out}


def _merged(boxes: Iterable[_Box], label: str) -> list[_Box]:
    """Put together what differs in this label alone."""
    found: dict[frozenset[tuple[str, frozenset[str]]], set[str]] = {}
    others: list[_Box] = []
    for box in boxes:
        if label not in box:
            others.append(box)
            continue
        rest = frozenset((name, values) for name, values in box.items() if name != label)
        found.setdefault(rest, set()).update(box[label])
    return others + [{**dict(rest), label: frozenset(values)} for rest, values in found.items()]


def _matchers(box: _Box) -> tuple[Matcher, ...]:
    order = {"alertname": 0, "device": 1}
    return tuple(one_of(label, box[label]) for label in sorted(box, key=lambda name: (order.get(name, 2), name)))
