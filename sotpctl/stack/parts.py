"""What the stack runs: every process with its arguments, from the release and the inventory's settings."""

import ipaddress
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sotpctl.apply import Manifest
from sotpctl.apply.access import PLAIN, Access
from sotpctl.inventory import Device, Settings
from sotpctl.verify import tools

# Exporters that send packets to devices: with --lab they live in the lab's network.
_DEVICE_FACING = frozenset({"icmp", "snmp", "ssh"})
# Exporters that devices send to, and that reach what is here: with --lab they get sockets of the lab's network.
_DEVICES_SEND = frozenset({"syslog", "traps"})
_TRAPS: tuple[str, ...] = ("udp:10162",)  # where the devices of a lab send them, whatever the port outside
# RFC 5737 and RFC 3849: no such device exists.
_DOCUMENTATION = tuple(
    ipaddress.ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
)


_READY = {"grafana": "/api/health", "loki": "/ready", "victorialogs": "/health"}


class StackError(Exception):
    """What the user must know; its text says what, where, and what would be right."""


@dataclass(frozen=True, slots=True)
class Part:
    """One process.

    Attributes:
        address: host:port of its HTTP.
        argv: The command.
        access: How its HTTP is reached.
        socket: Whether we open the listening socket and hand it over, because the process lives in another network.
        inside: Sockets of the lab's network that it gets, "udp:10514", because it lives in this one.
        enter: The prefix that enters the lab's network, where `inside` isn't empty.
    """

    name: str
    address: str
    argv: tuple[str, ...]
    socket: bool = False
    access: Access = PLAIN
    inside: tuple[str, ...] = ()
    enter: tuple[str, ...] = ()


def parts(settings: Settings, manifest: Manifest, lab: Sequence[str] | None = None) -> list[Part]:
    """Give the release's processes in the order of their start; `lab` is the prefix that enters the lab's network."""
    folder = settings.apply.directory
    found = [_alertmanager(folder, manifest.endpoints["alertmanager"])]
    web = ("--web.config.file", str(settings.web.config_file)) if settings.web else ()
    exporters = [_exporter(folder, name, manifest.endpoints[name], lab, web) for name in sorted(manifest.exporters)]
    if lab:
        exporters = [_sent_to(part, settings, lab) if part.name in _DEVICES_SEND else part for part in exporters]
    found += [replace(part, access=manifest.web) for part in exporters]
    found.append(_prometheus(folder, manifest.endpoints["prometheus"], settings.retention))
    found += _log_store(settings, manifest.endpoints)
    program = tools.find("grafana")
    if program is not None and "grafana" in manifest.endpoints:  # SOTP doesn't build it: used where there is one
        found.append(_grafana(folder, program, manifest.endpoints))
    return found


def ready_path(name: str) -> str:
    """The path at which the part of that name answers when it is ready."""
    return _READY.get(name, "/-/ready")


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
            "--data.maintenance-interval=10s",  # 15 min of acknowledgements would be lost with the power
            f"--web.listen-address={address}",
            f"--web.external-url=http://{address}",
            "--cluster.listen-address=",
        ),
    )


def _log_store(settings: Settings, endpoints: Mapping[str, str]) -> list[Part]:
    """The store that settings.logs names, where it is this machine's: Loki if there is one, or our own VictoriaLogs."""
    url, data = settings.logs.store.url if settings.logs else "", settings.apply.directory / "data"
    if "victorialogs" in endpoints and url == f"http://{endpoints['victorialogs']}/insert":
        flags = (
            f"-storageDataPath={data}/victorialogs",
            f"-httpListenAddr={endpoints['victorialogs']}",
            f"-retentionPeriod={settings.log_retention}",
        )
        return [Part("victorialogs", endpoints["victorialogs"], (engine("victoria-logs"), *flags))]
    program = tools.find("loki")  # SOTP doesn't build it: used where there is one, and messages wait for it where not
    if program is None or "loki" not in endpoints or url != f"http://{endpoints['loki']}":
        return []
    config = settings.apply.directory / "current" / "loki" / "loki.yml"
    return [Part("loki", endpoints["loki"], (str(program), f"-config.file={config}"))]


def _grafana(folder: Path, program: Path, endpoints: Mapping[str, str]) -> Part:
    """Whoever reaches its address may look and nobody may change anything, as is so with Prometheus beside it."""
    host, _, port = endpoints["grafana"].rpartition(":")
    urls = {f"SOTP_{name.upper()}_URL": f"http://{endpoints[name]}" for name in ("prometheus", "alertmanager", "loki")}
    environment = {
        **urls,
        "SOTP_GRAFANA": f"{folder}/current/grafana",
        "GF_PATHS_PROVISIONING": f"{folder}/current/grafana/provisioning",
        "GF_PATHS_DATA": f"{folder}/data/grafana",
        "GF_PATHS_LOGS": f"{folder}/data/grafana/log",
        "GF_LOG_MODE": "console",
        "GF_SERVER_HTTP_ADDR": host.strip("[]"),
        "GF_SERVER_HTTP_PORT": port,
        "GF_AUTH_ANONYMOUS_ENABLED": "true",
        "GF_AUTH_ANONYMOUS_ORG_ROLE": "Viewer",
        "GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION": "true",
        "GF_ANALYTICS_REPORTING_ENABLED": "false",
        "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
        "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
        "GF_NEWS_NEWS_FEED_ENABLED": "false",
        "GF_PLUGINS_PREINSTALL_DISABLED": "true",
    }
    pairs = (f"{name}={value}" for name, value in environment.items())
    return Part(
        "grafana",
        endpoints["grafana"],
        ("/usr/bin/env", *pairs, str(program), "server", f"--homepath={_grafana_home(program)}"),
    )


def _grafana_home(program: Path) -> Path:
    """The folder with Grafana's own files: an archive has it around `bin`, packages put it elsewhere."""
    around = program.parent.parent
    return around if (around / "conf" / "defaults.ini").exists() else Path("/usr/share/grafana")


def _exporter(folder: Path, name: str, address: str, lab: Sequence[str] | None, web: Sequence[str]) -> Part:
    argv = (sys.executable, "-m", "exporters.main", name, "--config", f"{folder}/current/exporters/{name}.json", *web)
    if lab is None or name not in _DEVICE_FACING:
        return Part(name, address, (*argv, "--web.listen-address", address))
    return Part(name, address, (*lab, *argv, "--web.systemd-socket"), socket=True)


def _sent_to(part: Part, settings: Settings, lab: Sequence[str]) -> Part:
    """The part with sockets of the lab's network. Its command says which lab it is: for another, it starts again."""
    if part.name == "traps":
        inside = _TRAPS
    else:
        listen = settings.logs.listen if settings.logs else {}
        inside = tuple(f"{name}:{listen[name].rpartition(':')[2]}" for name in ("udp", "tcp") if name in listen)
    argv = ("/usr/bin/env", f"SOTP_LAB={' '.join(lab)}", *part.argv)
    return replace(part, argv=argv, inside=inside, enter=tuple(lab)) if inside else part


def _documentation(address: str) -> bool:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False  # a name
    return any(ip in network for network in _DOCUMENTATION if network.version == ip.version)
