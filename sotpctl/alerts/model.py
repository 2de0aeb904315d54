"""Alerts and silences as Alertmanager has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sotpctl.alerts.matchers import Matcher, all_match, from_api

SEVERITIES = ("critical", "warning", "info", "none")


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert that fires now.

    Attributes:
        silenced_by: Ids of the silences that hold it back.
        inhibited_by: Fingerprints of the alerts that hold it back.
        receivers: Whom the routes lead it to.
    """

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts_at: datetime
    fingerprint: str
    state: str
    silenced_by: tuple[str, ...] = ()
    inhibited_by: tuple[str, ...] = ()
    receivers: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of its rule."""
        return self.labels.get("alertname", "")

    @property
    def device(self) -> str:
        """The device that it is about; "" where it is about none."""
        return self.labels.get("device", "")

    @property
    def severity(self) -> str:
        """How bad it is."""
        return self.labels.get("severity", "")

    @property
    def notifies(self) -> bool:
        """Whether somebody would be told of it, were it not held back: severity `none` is for machines."""
        return self.severity != "none"

    @property
    def held_back(self) -> bool:
        """Whether something holds it back."""
        return bool(self.silenced_by or self.inhibited_by)

    def title(self) -> str:
        """Return `DeviceDown waw-acc-1`; what else tells it from others of its name where it has no device."""
        about = self.device or next(
            (value for key, value in sorted(self.labels.items()) if key not in {"alertname", "severity", "site"}), ""
        )
        part = next((self.labels[key] for key in ("ifName", "sensor", "event") if key in self.labels), "")
        return " ".join(one for one in (self.name, about, part) if one)


@dataclass(frozen=True, slots=True)
class Silence:
    """Who holds back what, until when, and why."""

    id: str
    matchers: tuple[Matcher, ...]
    starts_at: datetime
    ends_at: datetime
    created_by: str
    comment: str
    state: str

    def hides(self, labels: Mapping[str, str]) -> bool:
        """Tell whether an alert with these labels is held back by it while it is active."""
        return all_match(self.matchers, labels)


def alert(given: Mapping[str, Any]) -> Alert:
    """Read one of `GET /api/v2/alerts`."""
    status = given["status"]
    return Alert(
        labels=given["labels"],
        annotations=given["annotations"],
        starts_at=datetime.fromisoformat(given["startsAt"]),
        fingerprint=given["fingerprint"],
        state=status["state"],
        silenced_by=tuple(status["silencedBy"]),
        inhibited_by=tuple(status["inhibitedBy"]),
        receivers=tuple(one["name"] for one in given["receivers"]),
    )


def silence(given: Mapping[str, Any]) -> Silence:
    """Read one of `GET /api/v2/silences`."""
    return Silence(
        id=given["id"],
        matchers=tuple(from_api(one) for one in given["matchers"]),
        starts_at=datetime.fromisoformat(given["startsAt"]),
        ends_at=datetime.fromisoformat(given["endsAt"]),
        created_by=given.get("createdBy", ""),
        comment=given.get("comment", ""),
        state=given["status"]["state"],
    )


def most_urgent_first(alerts: Iterable[Alert]) -> list[Alert]:
    """Sort: the most severe first, of those the newest; equal ones by name, so that the order is always the same."""
    order = {severity: number for number, severity in enumerate(SEVERITIES)}
    return sorted(
        alerts, key=lambda one: (order.get(one.severity, 1), -one.starts_at.timestamp(), one.title(), one.fingerprint)
    )
