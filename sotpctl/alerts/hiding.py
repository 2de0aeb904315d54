"""What a silence will hide, in words, before it is made; and whether that would be everything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sotpctl.alerts.matchers import Matcher
from sotpctl.alerts.model import Alert, most_urgent_first

_LISTED = 3
_ANY_TEXT = "\x00 nothing is called so"


@dataclass(frozen=True, slots=True)
class Network:
    """What there is to hide.

    Attributes:
        devices: The labels of every device that is watched, `device` among them.
        names: The names of all alerts that notify.
    """

    devices: Sequence[Mapping[str, str]]
    names: Sequence[str]

    def device_labels(self) -> set[str]:
        """Return the labels that devices have."""
        return {"device", "site", "role", "platform", "vendor", "team"} | {
            label for labels in self.devices for label in labels
        }

    def matching(self, matchers: Sequence[Matcher]) -> list[str]:
        """Return the devices that the matchers on devices' labels leave, by name."""
        own = self.device_labels()
        about = [one for one in matchers if one.name in own]
        return [labels["device"] for labels in self.devices if all(one.matches(labels) for one in about)]


def narrows(one: Matcher, network: Network) -> bool:
    """Tell whether a matcher leaves anything out that would wake people."""
    if one.name == "device" and one.op == "=":
        return True  # one device by its name, though the network have no other
    if one.name == "severity":
        return not one.holds("critical")
    if one.name == "alertname":
        return any(not one.holds(name) for name in network.names)
    if one.name in network.device_labels():
        return any(not one.matches(labels) for labels in network.devices)
    return not (one.holds("") and one.holds(_ANY_TEXT))


def hides_everything(matchers: Sequence[Matcher], network: Network) -> bool:
    """Tell whether no matcher narrows what is hidden."""
    return not any(narrows(one, network) for one in matchers)


def sentence(matchers: Sequence[Matcher], alerts: Iterable[Alert], network: Network) -> str:
    """Return `3 firing alerts (DeviceDown waw-acc-1, …) and every further alert of 9 of 24 devices`.

    Args:
        matchers: The silence's.
        alerts: What fires now and matches.
        network: What there is.
    """
    return f"{firing(alerts)} and {_further(matchers, network)}"


def firing(alerts: Iterable[Alert]) -> str:
    """Return `2 firing alerts (CpuHigh waw-acc-1, DeviceDown waw-acc-1)`; those for machines don't count."""
    told = most_urgent_first(one for one in alerts if one.notifies)
    if not told:
        return "no alert that fires now"
    titles = [one.title() for one in told[:_LISTED]] + (["…"] if len(told) > _LISTED else [])
    return f"{len(told)} firing alert{'s' if len(told) > 1 else ''} ({', '.join(titles)})"


def _further(matchers: Sequence[Matcher], network: Network) -> str:
    own = network.device_labels()
    rest = [one for one in matchers if one.name not in own]
    kinds = {one.name: one for one in rest if one.name in {"severity", "alertname"} and one.op == "="}
    words = [kinds[name].value for name in ("severity", "alertname") if name in kinds]
    further = f"every further {' '.join(words) if 'alertname' in kinds else ' '.join([*words, 'alert'])}"
    others = [str(one) for one in rest if one not in kinds.values()]
    if others:
        further += f" with {' and '.join(others)}"
    if not any(one.name in own for one in matchers):
        return further + ("" if rest else " there is")
    return f"{further} of {devices_text(network.matching(matchers), len(network.devices))}"


def devices_text(names: Sequence[str], total: int) -> str:
    """Return `waw-acc-1`, `9 of 24 devices` or `all 24 devices`."""
    if len(names) == total and total > 1:
        return f"all {total} devices"
    if 0 < len(names) <= 2:
        return " and ".join(names)
    return f"{len(names)} of {total} devices" if names else "no device of the inventory"
