"""systemd/*.service and sotp.target: the engines and exporters as hardened services of a host.

Programs are bare names, which systemd looks up in its own fixed path (/usr/local/bin, /usr/bin …): no path of the
machine that renders gets into a unit. Everything runs as the user `sotp`, not as DynamicUser: the secrets beside the
releases are 0600 and belong to whoever runs `sotpctl apply`, which is that user too (docs/security.md).
"""

from collections.abc import Mapping, Sequence

from sotpctl.inventory import Settings

USER = "sotp"
TARGET = "sotp.target"
DATA = "/var/lib/sotp"  # systemd's %S for StateDirectory=sotp/…
# Exporters that open raw sockets; no other process has any capability.
_RAW_SOCKETS = frozenset({"icmp"})

_HEADER = "# Written by `sotpctl render` from the inventory. A change made here is lost: use `systemctl edit`.\n"
_HARDENING = """\
NoNewPrivileges=true
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=true
PrivateDevices=true
ProtectClock=true
ProtectControlGroups=true
ProtectHostname=true
ProtectKernelLogs=true
ProtectKernelModules=true
ProtectKernelTunables=true
ProtectProc=invisible
LockPersonality=true
MemoryDenyWriteExecute=true
RemoveIPC=true
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=true
RestrictRealtime=true
RestrictSUIDSGID=true
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
UMask=0077
"""


def build(settings: Settings, exporters: Sequence[str]) -> dict[str, bytes]:
    """Return the units by file name."""
    folder, endpoints = settings.apply.directory, settings.endpoints
    services = {
        "alertmanager": _service(
            "Alertmanager",
            "alertmanager",
            f"--config.file={folder}/current/alertmanager/alertmanager.yml",
            f"--storage.path={DATA}/alertmanager",
            "--data.maintenance-interval=10s",
            f"--web.listen-address={endpoints['alertmanager']}",
            f"--web.external-url=http://{endpoints['alertmanager']}",
            "--cluster.listen-address=",
            extra={"StateDirectory": "sotp/alertmanager", "StateDirectoryMode": "0700"},
        ),
        "prometheus": _service(
            "Prometheus",
            "prometheus",
            f"--config.file={folder}/current/prometheus/prometheus.yml",
            f"--storage.tsdb.path={DATA}/prometheus",
            f"--storage.tsdb.retention.time={settings.retention}",
            f"--web.listen-address={endpoints['prometheus']}",
            f"--web.external-url=http://{endpoints['prometheus']}",
            "--web.enable-lifecycle",
            extra={
                "StateDirectory": "sotp/prometheus",
                "StateDirectoryMode": "0700",
                "LimitNOFILE": "1048576",  # a file for each block and each scrape
                "TimeoutStopSec": "300",  # it writes what it has in memory
            },
        ),
    }
    web = ("--web.config.file", str(settings.web.config_file)) if settings.web else ()
    for name in exporters:
        services[name] = _service(
            f"SOTP {name} exporter",
            "sotp-exporter",
            name,
            "--config",
            f"{folder}/current/exporters/{name}.json",
            *web,
            "--web.listen-address",
            endpoints[name],
            # The spool is where `sotpctl stack` has it, too: what waits there outlives a change of the way.
            extra={"ReadWritePaths": quoted(f"{folder}/data/syslog")} if name == "syslog" else None,
            raw=name in _RAW_SOCKETS,
        )
    units = {f"sotp-{name}.service": text for name, text in services.items()}
    units[TARGET] = _target(sorted(units))
    return {name: text.encode() for name, text in sorted(units.items())}


def _service(title: str, *argv: str, extra: Mapping[str, str] | None = None, raw: bool = False) -> str:
    capabilities = "CAP_NET_RAW" if raw else ""
    own = {
        "LimitNOFILE": "65536",
        **(extra or {}),
        "CapabilityBoundingSet": capabilities,
        "AmbientCapabilities": capabilities,
        # A user namespace of its own would take from icmp the very capability that it needs.
        "PrivateUsers": "false" if raw else "true",
    }
    return (
        f"{_HEADER}[Unit]\nDescription={title}\nDocumentation=man:systemd.exec(5)\n"
        f"Wants=network-online.target\nAfter=network-online.target\nPartOf={TARGET}\n\n"
        f"[Service]\nType=exec\nUser={USER}\nGroup={USER}\n"
        f"ExecStart={' '.join(map(quoted, argv))}\n"
        "ExecReload=kill -HUP $MAINPID\nRestart=on-failure\nRestartSec=5\n"
        + "".join(f"{key}={value}\n" for key, value in own.items())
        + f"{_HARDENING}\n[Install]\nWantedBy={TARGET}\n"
    )


def _target(services: Sequence[str]) -> str:
    return (
        f"{_HEADER}[Unit]\nDescription=SOTP, network monitoring\nWants={' '.join(services)}\n\n"
        "[Install]\nWantedBy=multi-user.target\n"
    )


def quoted(word: str) -> str:
    """Write a word of a command line as systemd.service(5) and systemd.syntax(7) read it back."""
    text = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    text = "".join(char if char.isprintable() else "".join(f"\\x{byte:02x}" for byte in char.encode()) for char in text)
    return text if text and not set(text) & set(" '\";\\") else f'"{text}"'
