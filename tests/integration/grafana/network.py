"""A small network as its exporters would tell of it, served to a real Prometheus that runs the rendered rules.

Everything is evaluated every second instead of every 5 s to 5 min, and pings are many: what takes a day's first minutes
is there after seconds. Windows and expressions are as rendered.
"""

import json
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

from exporters.facts.exposition import maintenance_text, static_text
from exporters.kit.document import read
from exporters.kit.exposition import label_text
from sotpctl.inventory import Device, Inventory, load
from sotpctl.render.plan import plan

DOWN, UNREACHABLE, MAINTENANCE, UNKNOWN = "acc-1", "host-1", "host-2", "host-3"
DOCUMENT: dict[str, Any] = {
    "defaults": {
        "team": "noc",
        "platform": "linux",
        "thresholds": {
            "icmp_loss": {"warning": "5%", "critical": "20%"},
            "icmp_rtt": {"warning": "50ms", "critical": "200ms"},
            "icmp_jitter": {"warning": "10ms", "critical": "30ms"},
        },
    },
    "sites": {"waw": {}, "krk": {}},
    "roles": {"core": {}, "access": {}, "server": {}, "edge": {}},
    "devices": {
        "core-1": {"address": "192.0.2.1", "site": "waw", "role": "core"},
        DOWN: {"address": "192.0.2.2", "site": "waw", "role": "access", "parents": ["core-1"]},
        UNREACHABLE: {"address": "192.0.2.3", "site": "waw", "role": "server", "parents": [DOWN]},
        MAINTENANCE: {"address": "192.0.2.4", "site": "waw", "role": "server", "parents": ["core-1"]},
        UNKNOWN: {"address": "192.0.2.5", "site": "waw", "role": "server", "parents": ["core-1"]},
        "edge-1": {"address": "192.0.2.6", "site": "krk", "role": "edge", "parents": ["core-1"]},
        "edge-2": {"address": "192.0.2.7", "role": "edge", "parents": ["core-1"]},  # of no site
    },
}
_PINGS_A_SECOND = 100
_HEALTH = """\
sotp_exporter_config_last_reload_successful 1
sotp_exporter_config_last_reload_success_timestamp_seconds 1.7e9
process_cpu_seconds_total 1
process_resident_memory_bytes 5e7
sotp_icmp_packets_sent_total{family="4"} 1
sotp_icmp_packets_received_total{family="4"} 1
sotp_icmp_socket_drops_total{family="4"} 0
sotp_icmp_send_errors_total{family="4",error="EPERM"} 0
sotp_icmp_busy_drops_total 0
sotp_icmp_resolve_failures_total 0
sotp_icmp_loop_lag_seconds_bucket{le="0.01"} 5
sotp_icmp_loop_lag_seconds_bucket{le="+Inf"} 5
"""
_ALERTMANAGER = """\
alertmanager_silences{state="active"} 0
alertmanager_notifications_failed_total{integration="email"} 0
alertmanager_config_last_reload_successful 1
"""


class Network:
    """The devices' state, as exporters tell it; `broken` after the first seconds."""

    def __init__(self, inventory: Inventory, facts: Path) -> None:
        self.broken = False
        self._began = time.monotonic()
        self._devices = {device.name: device for device in inventory.enabled()}
        self._facts = static_text(read(facts))

    def reachability(self) -> str:
        """The page of states and parents."""
        lines = []
        for name, device in self._devices.items():
            if name != UNKNOWN:
                up = 0 if self.broken and name in (DOWN, UNREACHABLE) else 1
                lines.append(f"icmp_up{{{_labels(device)}}} {up}")
            pairs = [label_text({"device": name, "parent": parent}) for parent in device.parents]
            lines += [f"icmp_parent_info{{{pair}}} 1" for pair in pairs]
        return "\n".join(lines) + "\n"

    def devices(self) -> str:
        """The page of counters and histograms: a tenth of the pings is lost."""
        sent = int((time.monotonic() - self._began) * _PINGS_A_SECOND)
        lines = []
        for name, device in self._devices.items():
            if name == UNKNOWN:
                continue
            labels, got = _labels(device), sent * 9 // 10
            lines += [f"icmp_requests_total{{{labels}}} {sent}", f"icmp_replies_total{{{labels}}} {got}"]
            lines += [f'icmp_rtt_seconds_bucket{{{labels},le="{le}"}} {got}' for le in ("0.01", "+Inf")]
            lines += [f"icmp_rtt_seconds_sum{{{labels}}} {got * 0.005}", f"icmp_rtt_seconds_count{{{labels}}} {got}"]
            lines.append(f"icmp_jitter_seconds{{{labels}}} 0.001")
        return "\n".join(lines) + "\n"

    def facts(self) -> str:
        """What the facts exporter says of the same inventory."""
        return _HEALTH + self._facts + maintenance_text([MAINTENANCE])


class Prometheus:
    """A real one, with the rendered rules, watching the network."""

    def __init__(self, program: Path, folder: Path) -> None:
        path = folder / "inventory.yaml"
        ports = {name: _free_port() for name in ("prometheus", "alertmanager", "icmp", "facts")}
        endpoints = {name: f"127.0.0.1:{port}" for name, port in ports.items()}
        path.write_text(yaml.safe_dump(DOCUMENT | {"settings": {"endpoints": endpoints}}))
        inventory = load(path).inventory
        assert inventory
        _write(folder, plan(inventory, "0000000").files)
        self.network = Network(inventory, folder / "exporters" / "facts.json")
        self.address = endpoints["prometheus"]
        self._servers = [
            _serve(ports["icmp"], {"/reachability": self.network.reachability, "/devices": self.network.devices}),
            _serve(ports["facts"], {"/metrics": self.network.facts}),
            _serve(ports["alertmanager"], {"/metrics": lambda: _ALERTMANAGER}),
        ]
        self._process = subprocess.Popen(
            [
                program,
                f"--config.file={folder}/prometheus/prometheus.yml",
                f"--storage.tsdb.path={folder}/data",
                f"--web.listen-address={self.address}",
            ],
            stdout=subprocess.DEVNULL,
            stderr=(folder / "prometheus.log").open("w"),
        )

    def stop(self) -> None:
        """End it and what it scrapes."""
        self._process.terminate()
        self._process.wait(30)
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def ask(self, expr: str, *, instant: bool = True, seconds: int = 30) -> list[dict[str, Any]]:
        """Ask for now, or over the last seconds."""
        now = time.time()
        when = {"time": now} if instant else {"start": now - seconds, "end": now, "step": 1}
        path = "query" if instant else "query_range"
        query = urllib.parse.urlencode({"query": expr, **when})
        try:
            with urllib.request.urlopen(f"http://{self.address}/api/v1/{path}?{query}", timeout=10) as answer:
                found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
        except urllib.error.HTTPError as error:
            if error.code == 503:  # it reads its storage yet
                raise
            raise AssertionError(f"{expr}\n{error.read().decode()}") from None
        return found

    def await_answer(self, expr: str, seconds: float = 60.0) -> list[dict[str, Any]]:
        """Ask until there is an answer."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if found := self.ask(expr):
                    return found
            except OSError:
                pass  # it has only just begun to listen
            time.sleep(0.2)
        raise AssertionError(f"no answer within {seconds:.0f} s: {expr}")


def _labels(device: Device) -> str:
    return label_text({"device": device.name, **device.series_labels()})


def _write(folder: Path, files: Any) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_hurried(name, content) if name.startswith("prometheus/") else content)


def _hurried(name: str, content: bytes) -> bytes:
    """The same file with every interval a second."""
    if not name.endswith(".yml"):
        return content
    document = yaml.safe_load(content)
    for group in document.get("groups", ()):
        group["interval"] = "1s"
    for job in document.get("scrape_configs", ()):
        job["scrape_interval"] = job["scrape_timeout"] = "1s"
    if "global" in document:
        document["global"] = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    return yaml.safe_dump(document).encode()


def _serve(port: int, pages: dict[str, Callable[[], str]]) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Answer a scrape."""
            page = pages.get(self.path)
            body = page().encode() if page else b""
            # The icmp exporter has its health on /metrics, besides.
            body = body or (_HEALTH.encode() if self.path == "/metrics" else b"")
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            """Take alerts as Alertmanager does."""
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
