"""What `status` found, and what a script reads of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sotpctl.status.devices import Devices
from sotpctl.status.firing import Firing


@dataclass(frozen=True, slots=True)
class Unknown:
    """What can't be said, and why: "Prometheus (127.0.0.1:9090) is not running"."""

    why: str

    def data(self) -> dict[str, Any]:
        """Return the shape that `--output json` promises in the place of an answer."""
        return {"unknown_because": self.why}


@dataclass(frozen=True, slots=True)
class Part:
    """How an engine or exporter stands to the release; `starting`: not confirmed, but it runs for seconds only."""

    name: str
    address: str
    state: Literal["confirmed", "absent", "unconfirmed", "starting", "restart"]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """All of it.

    Attributes:
        applied: When the release became current (Unix seconds).
        commit: The inventory's commit that it was rendered from; "" outside git.
        drift: Files of the release that aren't what was applied: "missing", "changed" or "extra".
    """

    release: str
    releases: Sequence[str]
    applied: float
    commit: str
    drift: Mapping[str, str]
    parts: Sequence[Part]
    devices: Devices | Unknown
    alerts: Firing | Unknown

    @property
    def sound(self) -> bool:
        """Whether SOTP itself is as it should be: everything confirms the release, answers, and no file drifted."""
        confirmed = all(part.state == "confirmed" for part in self.parts)
        return confirmed and not self.drift and not any(isinstance(one, Unknown) for one in (self.devices, self.alerts))

    def data(self) -> dict[str, Any]:
        """Return the shape that `--output json` promises."""
        return {
            "release": self.release,
            "releases": list(self.releases),
            "applied_at": datetime.fromtimestamp(self.applied, UTC).isoformat(timespec="seconds"),
            "commit": self.commit,
            "drift": dict(self.drift),
            "engines": {row.name: {"address": row.address, "state": row.state, "why": row.why} for row in self.parts},
            "devices": self.devices.data(),
            "alerts": self.alerts.data(),
            "sound": self.sound,
        }
