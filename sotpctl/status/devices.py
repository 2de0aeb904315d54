"""Which devices are up, down, cut off, in maintenance or unknown, from what Prometheus says of them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

# The names are those of rules/reachability.yml. One series a device, so that 10,000 are answered within a second.
UP = "max by (device) (device:up:bool)"
ALERTS = (
    "max by (device, alertname) "
    '(ALERTS_FOR_STATE{alertname=~"DeviceDown|DeviceUnreachable|DeviceMaintenance"})'  # its value: since when
)
# Knows since when also where an alert of the whole site stands for those of its devices.
SINCE = 'max by (device) (device:state_since:timestamp_seconds{state=~"down|unreachable"})'
QUERIES = (UP, ALERTS, SINCE)

State = Literal["up", "down", "unreachable", "unknown"]
Sample = tuple[Mapping[str, str], float]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A device that is down or can't be reached; `since` in Unix seconds, None where nothing says it."""

    device: str
    since: float | None
    labels: Mapping[str, str]
    maintenance: bool = False

    def data(self) -> dict[str, Any]:
        """Return the shape that `--output json` promises."""
        since = None if self.since is None else datetime.fromtimestamp(self.since, UTC).isoformat(timespec="seconds")
        return {"device": self.device, "since": since, "labels": dict(self.labels), "maintenance": self.maintenance}


@dataclass(frozen=True, slots=True)
class Devices:
    """Every device of the release, each in one state; `maintenance` is beside the states. Down: the newest first."""

    up: tuple[str, ...]
    down: tuple[Trouble, ...]
    unreachable: tuple[Trouble, ...]
    unknown: tuple[str, ...]
    maintenance: tuple[str, ...]

    @property
    def total(self) -> int:
        """How many there are."""
        return len(self.up) + len(self.down) + len(self.unreachable) + len(self.unknown)

    def data(self) -> dict[str, Any]:
        """Return the shape that `--output json` promises."""
        return {
            "total": self.total,
            "up": len(self.up),
            "down": [trouble.data() for trouble in self.down],
            "unreachable": [trouble.data() for trouble in self.unreachable],
            "unknown": list(self.unknown),
            "maintenance": list(self.maintenance),
        }


def read(
    targets: Mapping[str, Any], up: Iterable[Sample], alerts: Iterable[Sample], since: Iterable[Sample]
) -> Devices:
    """Sort the release's devices by their state.

    Args:
        targets: The devices of icmp.json; what Prometheus knows of others isn't asked.
        up: Answer to `UP`; no sample of a device means that nobody knows.
        alerts: Answer to `ALERTS`. A device without a state whose alert is still held is what the alert says.
        since: Answer to `SINCE`.
    """
    state = {labels.get("device", ""): value for labels, value in up}
    fires = {(labels.get("alertname", ""), labels.get("device", "")): value for labels, value in alerts}
    entered = {labels.get("device", ""): value for labels, value in since}
    found: dict[State, list[str]] = {"up": [], "down": [], "unreachable": [], "unknown": []}
    for name in sorted(targets):
        found[_state(name, state, fires)].append(name)
    maintenance = {name for alert, name in fires if alert == "DeviceMaintenance" and name in targets}

    def troubles(alert: str, names: Iterable[str]) -> Iterator[Trouble]:
        for name in names:
            yield Trouble(
                name, fires.get((alert, name), entered.get(name)), _labels(targets[name]), name in maintenance
            )

    return Devices(
        tuple(found["up"]),
        _newest(troubles("DeviceDown", found["down"])),
        _newest(troubles("DeviceUnreachable", found["unreachable"])),
        tuple(found["unknown"]),
        tuple(sorted(maintenance)),
    )


def _state(name: str, state: Mapping[str, float], fires: Mapping[tuple[str, str], float]) -> State:
    if state.get(name) == 1:
        return "up"
    if ("DeviceUnreachable", name) in fires:
        return "unreachable"
    return "down" if name in state or ("DeviceDown", name) in fires else "unknown"


def _labels(target: Any) -> dict[str, str]:  # noqa: ANN401 - JSON
    labels = target.get("labels") if isinstance(target, dict) else None
    return {str(key): str(value) for key, value in labels.items()} if isinstance(labels, dict) else {}


def _newest(troubles: Iterable[Trouble]) -> tuple[Trouble, ...]:
    return tuple(sorted(troubles, key=lambda one: (-(one.since or 0.0), one.device)))
