"""The names that an inventory's files define, by kind."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Names:
    """Every name that the files define, those of broken entries too: a reference to them is no second mistake."""

    auths: Collection[str]
    sites: Collection[str]
    roles: Collection[str]
    groups: Collection[str]
    devices: Collection[str]
    receivers: Collection[str]
    time_intervals: Collection[str]

    @classmethod
    def of(cls, data: Mapping[str, object]) -> Names:
        """Collect the names from the merged data."""
        alerting = data.get("alerting")
        within = alerting if isinstance(alerting, dict) else {}
        sections = [data.get(name) for name in ("auths", "sites", "roles", "groups", "devices")]
        sections += [within.get(name) for name in ("receivers", "time_intervals")]
        return cls(*(one if isinstance(one, dict) else {} for one in sections))
