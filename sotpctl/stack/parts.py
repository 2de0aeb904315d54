"""What the stack runs: every process with its arguments, from the release and the inventory's settings."""

import ipaddress
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sotpctl.apply import Manifest
from sotpctl.apply.access import PLAIN, Access
from sotpctl.inventory import Device, Settings
from sotpctl.verify import tools

# Exporters that send packets to devices: with --lab they live in the lab's network.
_DEVICE_FACING = frozenset({"icmp", "snmp", "ssh"})
# RFC 5737 and RFC 3849: no such device exists.
_DOCUMENTATION = tuple(
    ipaddress.ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
)


class StackError(Exception):
    """What the user must know; its text says what, where, and what would be right."""


@dataclass(frozen=True, slots=True)
class Part:
    """One process.

    Attributes:
        address: host:port of its HTTP.
        argv: The command; for a handed-over socket, what a shell runs with the socket as file descriptor 3.
        access: How its HTTP is reached.
        socket: Whether we open the listening socket and hand it over, because the process lives in another network.
    """

    name: str
    address: str
    argv: tuple[str, ...]
    socket: bool = False
    access: Access = PLAIN


def parts(settings: Settings, manifest: Manifest, lab: Sequence[str] | None = None) -> list[Part]:
    """Give the release's processes in the order of their start; `lab` is the prefix that enters the lab's network."""
    folder = settings.apply.directory
    found = [_alertmanager(folder, manifest.endpoints["alertmanager"])]
    web = ("--web.config.file", str(settings.web.config_file)) if settings.web else ()
    exporters = [_exporter(folder, name, manifest.endpoints[name], lab, web) for name in sorted(manifest.exporters)]
    found += [replace(part, access=manifest.web) for part in exporters]
    found.append(_prometheus(folder, manifest.endpoints["prometheus"], settings.retention))
    return found


def documentation_only(devices: Iterable[Device]) -> bool:
    """Whether every device has an address that is reserved for examples: pinging those is noise on the internet."""
    addresses = [device.address for device in devices]
    return bool(addresses) and all(_documentation(address) for address in addresses)


def engine(name: str) -> str:
    """Find an engine's program: the one that `make engines` built, else PATH's."""
    path = tools.find(name)
    if path is None:
        raise StackError(f"{name} is neither in .engines/bin nor on PATH: run `make engines`, or install it")
    return str(path)


def _prometheus(folder: Path, address: str, retention: str) -> Part:
    return Part(
        "prometheus",
        address,
        (
            engine("prometheus"),
            f"--config.file={folder}/current/prometheus/prometheus.yml",
            f"--storage.tsdb.path={folder}/data/prometheus",
            f"--storage.tsdb.retention.time={retention}",
            f"--web.listen-address={address}",
            f"--web.external-url=http://{address}",
            "--web.enable-lifecycle",
        ),
    )


def _alertmanager(folder: Path, address: str) -> Part:
    return Part(
        "alertmanager",
        address,
        (
            engine("alertmanager"),
            f"--config.file={folder}/current/alertmanager/alertmanager.yml",
            f"--storage.path={folder}/data/alertmanager",
            f"--web.listen-address={address}",
            f"--web.external-url=http://{address}",
            "--cluster.listen-address=",
        ),
    )


def _exporter(folder: Path, name: str, address: str, lab: Sequence[str] | None, web: Sequence[str]) -> Part:
    argv = (sys.executable, "-m", "exporters.main", name, "--config", f"{folder}/current/exporters/{name}.json", *web)
    if lab is None or name not in _DEVICE_FACING:
        return Part(name, address, (*argv, "--web.listen-address", address))
    return Part(name, address, (*lab, *argv, "--web.systemd-socket"), socket=True)


def _documentation(address: str) -> bool:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False  # a name
    return any(ip in network for network in _DOCUMENTATION if network.version == ip.version)
