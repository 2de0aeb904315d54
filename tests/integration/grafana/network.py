"""A small network as its exporters would tell of it, served to a real Prometheus that runs the rendered rules.

Everything is evaluated every second instead of every 5 s to 5 min, and pings are many: what takes a day's first minutes
is there after seconds. Windows and expressions are as rendered.
"""

import json
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
from sotpctl.render.grafana import looks
from sotpctl.render.plan import plan
from tests.integration.grafana.polled import Polled
from tests.integration.grafana.story import (
    ALERTMANAGER,
    BAD_PORT,
    CUT_PORT,
    DOCUMENT,
    DOWN,
    HEALTH,
    MAINTENANCE,
    MORE,
    PINGS_A_SECOND,
    POLLED,
    SHIPPER,
    UNKNOWN,
    UNREACHABLE,
)
from tests.ports import free_port


class Network:
    """The devices' state, as exporters tell it; `broken` after the first seconds."""

    def __init__(self, inventory: Inventory, facts: Path) -> None:
        self.broken = False
        self.events = 0
        self._told = 0  # how often the facts were scraped
        self._began = time.monotonic()
        self._devices = {device.name: device for device in inventory.enabled()}
        self._facts = static_text(read(facts))

    def reachability(self) -> str:
        """The page of states and parents; none before Prometheus has the facts, else a state changes with those."""
        if self._told < 2:
            return ""
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
        sent = int((time.monotonic() - self._began) * PINGS_A_SECOND)
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
        self._told += 1
        return HEALTH + self._facts + maintenance_text([MAINTENANCE]) + MORE

    def messages(self) -> str:
        """What the shipper has counted: ten messages a second of each, and events."""
        sent = int((time.monotonic() - self._began) * 10)
        rows = [
            f'syslog_device_messages_total{{device="{device}",severity="{look.name}"}} {sent}'
            for device in (*self._devices, "unknown")
            for look in looks.MESSAGES
        ]
        rows += [
            f'syslog_events_total{{device="{device}",event="ospf_down",level="warning"}} {self.events}'
            for device in self._devices
        ]
        return HEALTH + SHIPPER + "\n".join(rows) + "\n"


class Prometheus:
    """A real one, with the rendered rules, watching the network."""

    def __init__(self, program: Path, folder: Path) -> None:
        path = folder / "inventory.yaml"
        ports = {name: free_port() for name in ("prometheus", "alertmanager", "icmp", "snmp", "syslog", "facts")}
        endpoints = {name: f"127.0.0.1:{port}" for name, port in ports.items()}
        path.write_text(yaml.safe_dump(DOCUMENT | {"settings": {"endpoints": endpoints}}))
        inventory = load(path).inventory
        assert inventory
        _write(folder, plan(inventory, "0000000").files)
        self.polled = Polled(inventory, folder, endpoints["snmp"])
        self.network = Network(inventory, folder / "exporters" / "facts.json")
        self.address = endpoints["prometheus"]
        self._servers = [
            _serve(ports["icmp"], {"/reachability": self.network.reachability, "/devices": self.network.devices}),
            _serve(ports["facts"], {"/metrics": self.network.facts}),
            _serve(ports["syslog"], {"/metrics": self.network.messages}),
            _serve(ports["alertmanager"], {"/metrics": lambda: ALERTMANAGER}),
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

    def break_some(self) -> None:
        """Two devices fall; of one that stays, a port has errors and another's cable is cut; all tell an event."""
        self.network.broken = True
        self.network.events += 3
        self.polled.dead = (DOWN, UNREACHABLE)
        self.polled.fleet.degrade_port(POLLED, BAD_PORT)
        self.polled.fleet.break_port(POLLED, CUT_PORT)

    def stop(self) -> None:
        """End it and what it scrapes."""
        self._process.terminate()
        self._process.wait(30)
        self.polled.stop()
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
        for rule in group["rules"]:
            if "for" in rule and name.endswith("snmp.yml"):
                rule["for"] = "1s"
    for job in document.get("scrape_configs", ()):
        job["scrape_interval"] = job["scrape_timeout"] = "1s"
    if "global" in document:
        document["global"] = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    return yaml.safe_dump(document).encode()


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Say nothing where an engine hung up: another test's stderr may stand here by now."""


def _serve(port: int, pages: dict[str, Callable[[], str]]) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Answer a scrape."""
            page = pages.get(self.path)
            body = page().encode() if page else b""
            # The icmp exporter has its health on /metrics, besides.
            body = body or (HEALTH.encode() if self.path == "/metrics" else b"")
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

    server = _Quiet(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
