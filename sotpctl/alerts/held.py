"""What holds an alert back now: planned work, a silence, or another alert."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sotpctl.alerts import routing, windows
from sotpctl.alerts.model import Alert, Silence
from sotpctl.inventory import Inventory


@dataclass(frozen=True, slots=True)
class Hold:
    """One reason why people aren't told; `until` is None where nobody knows.

    Attributes:
        kind: maintenance, silence or inhibition.
        what: The window, the silence's id, or the alert that inhibits.
        by: Who made the silence.
        comment: Why.
    """

    kind: str
    what: str
    until: datetime | None = None
    by: str = ""
    comment: str = ""


def maintenance(inventory: Inventory, device: str, now: datetime) -> list[Hold]:
    """Return the inventory's windows that are open for a device."""
    found = []
    for window in inventory.alerting.maintenance:
        if device in window.devices and windows.is_open(window, now):
            occurrence = windows.current_or_next(window, now)
            found.append(Hold("maintenance", window.name, occurrence.end if occurrence else None))
    return found


def silences(every: Iterable[Silence], labels: Mapping[str, str], now: datetime) -> list[Hold]:
    """Return the silences that are in force and match."""
    return [
        Hold("silence", one.id, one.ends_at, one.created_by, one.comment)
        for one in every
        if one.state == "active" and one.ends_at > now and one.hides(labels)
    ]


def inhibition(config: Mapping[str, Any], labels: Mapping[str, str], alerts: Sequence[Alert]) -> list[Hold]:
    """Return the firing alert that inhibits it by the rules of alertmanager.yml."""
    found = routing.inhibitor(config, labels, alerts)
    return [Hold("inhibition", found.title(), comment=found.annotations.get("summary", ""))] if found else []


def of_alert(one: Alert, alerts: Iterable[Alert], every: Iterable[Silence]) -> list[Hold]:
    """Return what Alertmanager itself says that holds an alert back."""
    by_id = {silence.id: silence for silence in every}
    by_print = {alert.fingerprint: alert for alert in alerts}
    found = []
    for silence_id in one.silenced_by:
        silence = by_id.get(silence_id)
        found.append(
            Hold("silence", silence_id, silence.ends_at, silence.created_by, silence.comment)
            if silence
            else Hold("silence", silence_id)
        )
    for fingerprint in one.inhibited_by:
        source = by_print.get(fingerprint)
        found.append(Hold("inhibition", source.title() if source else f"alert {fingerprint}"))
    return found
