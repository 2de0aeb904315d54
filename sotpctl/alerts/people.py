"""Who is told, put together: an alert's labels, the receivers at each time, what holds it back; and as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sotpctl.alerts import times
from sotpctl.alerts.catalogue import Rule, labels_of
from sotpctl.alerts.held import Hold
from sotpctl.alerts.routing import Answer
from sotpctl.inventory import Inventory

_IDENTITY = ("device", "site", "role", "platform", "vendor", "team")
_WHERE = {"email": "to", "slack": "channel"}
_NOBODY = "sotp/nobody"


@dataclass(frozen=True, slots=True)
class Routed:
    """The answer to "who is told of this alert?".

    Attributes:
        labels: The alert's.
        answers: By the name of each moment, in the routing tree's order.
        holds: What holds it back now; None where Alertmanager couldn't be asked.
    """

    labels: Mapping[str, str]
    answers: Mapping[str, Sequence[Answer]]
    holds: Sequence[Hold]

    def json(self, moments: Mapping[str, datetime]) -> dict[str, Any]:
        """Return it for scripts."""
        return {
            "labels": dict(self.labels),
            "told": [
                {"when": name, "at": moments[name].isoformat(), "receivers": [asdict(one) for one in answers]}
                for name, answers in self.answers.items()
            ],
            "held_back": [
                asdict(hold) | {"until": hold.until.isoformat() if hold.until else None} for hold in self.holds
            ],
        }

    def lines(self, config: Mapping[str, Any], moments: Mapping[str, datetime], zone: str, now: datetime) -> list[str]:
        """Return it for people."""
        name, severity = self.labels["alertname"], self.labels.get("severity", "")
        rest = ", ".join(f"{key} {text}" for key, text in self.labels.items() if key not in {"alertname", "severity"})
        lines = [f"{name}, {severity}" + (f": {rest}" if rest else "")]
        labels = {moment: _when(moment, moments[moment], zone, now) for moment in self.answers}
        width = max(len(label) for label in labels.values())
        for moment, answers in self.answers.items():
            said = [_said(one, config) for one in answers]
            lines += [f"  {'' if number else labels[moment]:<{width}}  {text}" for number, text in enumerate(said)]
        held = [f"  held back now by {hold_text(one, zone, now)}" for one in self.holds]
        return lines + held


def alert_labels(inventory: Inventory, device: str, rule: Rule, extra: Mapping[str, str]) -> dict[str, str]:
    """Return the labels that the rule's alert of a device has: those of the device only where the rule speaks of it."""
    text = " ".join([*rule.annotations.values(), rule.expr])
    own = labels_of(inventory.devices[device])
    if "$labels.device" in text:
        names: Iterable[str] = _IDENTITY
    else:
        names = ("site",) if "$labels.site" in text else ()
    found = {name: own[name] for name in names if own.get(name)}
    return {"alertname": rule.name, **found, **rule.labels, **extra}


def hold_text(hold: Hold, zone: str, now: datetime) -> str:
    """Return `the silence 3f2a9c1e of kasia until 14:30 (Europe/Warsaw): ticket 4711`."""
    until = f" until {times.shown(hold.until, zone, now)}" if hold.until else ""
    if hold.kind == "silence":
        return f"the silence {hold.what[:8]} of {hold.by or 'somebody'}{until}: {hold.comment}"
    if hold.kind == "maintenance":
        return f"the maintenance window {hold.what}{until}"
    return f"{hold.what}" + (f": {hold.comment}" if hold.comment else "")


def channels(config: Mapping[str, Any], receiver: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Return a receiver's channels: the kind (`email`, `slack` …) and its configuration."""
    for one in config["receivers"]:
        if one["name"] == receiver:
            return [
                (key.removesuffix("_configs"), entry)
                for key, entries in one.items()
                if key.endswith("_configs")
                for entry in entries
            ]
    return []


def texts(channel: str, entry: Mapping[str, Any]) -> dict[str, str]:
    """Return the templates that people read of a channel: a subject or title, and the text."""
    found: dict[str, Any] = {
        "email": {"subject": entry.get("headers", {}).get("Subject"), "text": entry.get("text")},
        "slack": {"title": entry.get("title"), "text": entry.get("text")},
        "pagerduty": {"description": entry.get("description"), "firing": entry.get("details", {}).get("firing")},
    }.get(channel, {})
    return {key: str(text) for key, text in found.items() if text}


def _when(name: str, moment: datetime, zone: str, now: datetime) -> str:
    """Return `now, 19:23`, `Wed 03:00`, or the time as it was asked for."""
    clock = times.clock(moment, zone, now)
    return f"now, {clock}" if name == "now" else clock


def _said(one: Answer, config: Mapping[str, Any]) -> str:
    if one.receiver == _NOBODY:
        return "nobody"
    ways = list(_ways(config, one.receiver))
    name = f"{one.receiver} ({', '.join(ways)})" if ways else one.receiver
    return name if one.told else f"not {name}: {one.why}"


def _ways(config: Mapping[str, Any], receiver: str) -> Iterator[str]:
    for kind, entry in channels(config, receiver):
        where = entry.get(_WHERE.get(kind, ""), "")
        yield f"{kind} {where}".strip()
