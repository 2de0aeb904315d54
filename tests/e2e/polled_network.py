"""The lab's network, asked for all that SNMP tells: often, for BGP sessions too, and with a limit for every line."""

from collections.abc import Iterator
from pathlib import Path

from sotpctl.inventory import canonical_interface
from tests.e2e.network import Network

POLL = 15.0  # seconds; with the example's minute everything here would take four times as long
# Of each platform one device has a cable; these have none in the example, or aren't polled.
_CAMERA = "waw-host-7"
_CABLES = ("waw-srv-1:eth0 - waw-core-1:Te1/0/20", "waw-host-3:ethernet_32768 - waw-acc-1:Gi1/0/3",
           f"{_CAMERA}:eth0 - waw-acc-1:Gi1/0/7")  # fmt: skip
# Beyond what the lab's devices come to while they are well.
_WARNING = {"temperature": 80, "optic_power": -25, "interface_errors": 1e6}
_CRITICAL = {
    "cpu": "99%", "memory": "99%", "temperature": 90, "optic_power": -28, "interface_errors": 1e7,
    "interface_utilization": "99%", "icmp_loss": "50%", "icmp_rtt": "2s", "icmp_jitter": "1s",
}  # fmt: skip


class Polled(Network):
    """As `Network`; its inventory is the repository's and asks for more."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        document, devices = self.document, self.document["devices"]
        document["defaults"]["snmp"]["poll_interval"] = f"{POLL:.0f}s"
        devices[_CAMERA]["snmp"] = document["defaults"]["snmp"]
        document["links"] += _CABLES
        for (one, _), (other, _) in self._cables():
            if devices[one]["site"] != devices[other]["site"]:
                devices[one]["snmp"] = devices[other]["snmp"] = {"modules": ["bgp"]}
        for levels, more in (("warning", _WARNING), ("critical", _CRITICAL)):
            for metric, level in more.items():
                document["defaults"]["thresholds"].setdefault(metric, {})[levels] = level
        self.save()

    def platforms(self) -> dict[str, tuple[str, str]]:
        """Give a device of each platform that is polled, and a port of it that leads to another."""
        found: dict[str, tuple[str, str]] = {}
        for cable in self._cables():
            for device, port in cable:
                found.setdefault(self.document["devices"][device]["platform"], (device, port))
        return found

    def devices_polled(self) -> list[str]:
        """Give the devices that SNMP is asked of: all but cameras."""
        devices = self.document["devices"]
        return [name for name, row in devices.items() if row["role"] != "camera" or "snmp" in row]

    def _cables(self) -> Iterator[tuple[tuple[str, str], ...]]:
        for link in self.document["links"]:
            ends = (end.split(":", 1) for end in link.split(" - "))
            yield tuple((device, canonical_interface(port)) for device, port in ends)
