"""What fires, as Alertmanager has it: what people are told of, and what is held back."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sotpctl.alerts.model import SEVERITIES, Alert, most_urgent_first

# `none` is for machines and notifies nobody (design: severities); an alert without a severity is asked for, too.
PATH = "/api/v2/alerts?filter=severity!%3D%22none%22"


@dataclass(frozen=True, slots=True)
class Firing:
    """The alerts that people are told of, the most severe first, of those the newest; and how many are held back."""

    told: tuple[Alert, ...]
    silenced: int
    inhibited: int

    @property
    def severities(self) -> Mapping[str, int]:
        """How many are told, by severity, the most severe first; "" counts those without one."""
        counted = Counter(alert.severity for alert in self.told)
        return {severity: counted[severity] for severity in dict.fromkeys([*SEVERITIES, *counted]) if counted[severity]}

    def data(self) -> dict[str, Any]:
        """Return the shape that `--output json` promises."""
        return {
            "by_severity": dict(self.severities),
            "silenced": self.silenced,
            "inhibited": self.inhibited,
            "firing": [_data(alert) for alert in self.told],
        }


def read(alerts: Iterable[Alert]) -> Firing:
    """Sort what Alertmanager answers; an alert that is silenced and inhibited counts as silenced."""
    notify = [alert for alert in alerts if alert.notifies]
    silenced = sum(bool(alert.silenced_by) for alert in notify)
    inhibited = sum(bool(alert.inhibited_by) and not alert.silenced_by for alert in notify)
    return Firing(tuple(most_urgent_first(alert for alert in notify if not alert.held_back)), silenced, inhibited)


def _data(alert: Alert) -> dict[str, Any]:
    return {
        "alertname": alert.name,
        "severity": alert.severity,
        "device": alert.device,
        "since": alert.starts_at.isoformat(timespec="seconds"),
        "summary": alert.annotations.get("summary", ""),
        "labels": dict(alert.labels),
    }
