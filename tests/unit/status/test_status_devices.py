"""In which state a device is, from three answers of Prometheus's."""

from sotpctl.status import devices
from sotpctl.status.devices import Devices

TARGETS = {name: {"labels": {"site": "waw"}} for name in ("a", "b", "c", "d")}


def _read(up=(), alerts=(), since=(), targets=TARGETS) -> Devices:
    return devices.read(
        targets,
        [({"device": name}, value) for name, value in up],
        [({"alertname": alert, "device": name}, at) for alert, name, at in alerts],
        [({"device": name}, at) for name, at in since],
    )


def test_each_device_is_in_one_state() -> None:
    """Up, down, unreachable by its alert, unknown without data; maintenance is beside that."""
    found = _read(
        up=[("a", 1), ("b", 0), ("c", 0)],
        alerts=[
            ("DeviceDown", "b", 100.0),
            ("DeviceUnreachable", "c", 101.0),
            ("DeviceMaintenance", "a", 7.0),
            ("DeviceMaintenance", "b", 7.0),
        ],
    )
    assert (found.up, found.unknown, found.maintenance, found.total) == (("a",), ("d",), ("a", "b"), 4)
    assert [(one.device, one.since, one.maintenance) for one in found.down] == [("b", 100.0, True)]
    assert [(one.device, one.since, one.labels) for one in found.unreachable] == [("c", 101.0, {"site": "waw"})]


def test_a_held_alert_is_the_last_that_is_known() -> None:
    """While the exporter is away the alert that fired still says down; a device that lives again is up at once."""
    found = _read(
        up=[("b", 1)], alerts=[("DeviceDown", "a", 5.0), ("DeviceDown", "b", 5.0), ("DeviceUnreachable", "c", 5.0)]
    )
    assert [one.device for one in found.down] == ["a"]
    assert [one.device for one in found.unreachable] == ["c"]
    assert found.up == ("b",)


def test_since_when_is_known_without_an_alert_of_its_own() -> None:
    """Where an alert of the whole site stands for its devices, the recorded state says it; else nothing does."""
    found = _read(up=[("a", 0), ("b", 0)], since=[("a", 50.0)])
    assert [(one.device, one.since) for one in found.down] == [("a", 50.0), ("b", None)]


def test_the_newest_outage_comes_first() -> None:
    """That is the news."""
    found = _read(
        up=[(name, 0) for name in "abcd"],
        alerts=[("DeviceDown", name, at) for name, at in zip("abcd", (2, 9, 9, 4), strict=True)],
    )
    assert [one.device for one in found.down] == ["b", "c", "d", "a"]


def test_only_the_releases_devices_count() -> None:
    """What Prometheus still remembers of one that left the inventory is no device; damaged targets are harmless."""
    found = _read(up=[("a", 1), ("old", 0)], alerts=[("DeviceMaintenance", "old", 1.0)], targets={"a": {}, "b": None})
    assert (found.up, found.down, found.unknown, found.maintenance) == (("a",), (), ("b",), ())
