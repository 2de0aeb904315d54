"""A whole SOTP for each test: its own namespace, ports, engines and inbox, so that tests run side by side."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from sotpctl.inventory.assemble import default_endpoints
from tests.ports import free_ports

ROOT = Path(__file__).resolve().parents[2]
CHANNELS = {"email", "slack"}
DEADLINE = 90.0  # seconds that a command of ours may take


@dataclass
class Message:
    """One notification as a person's phone got it."""

    time: datetime
    channel: str
    subject: str
    text: str

    @property
    def firing(self) -> bool:
        """Whether it tells of something that is wrong now."""
        return not self.subject.startswith("[RESOLVED]")

    def names(self, device: str) -> bool:
        """Whether its subject or text names the device as a word of its own."""
        words = (self.subject + " " + self.text).replace(":", " ").replace(",", " ").replace("*", " ").split()
        return device in words


class Network:
    """The repository's inventory, watched by real engines, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.inventory = folder / "inventory.yaml"
        document = yaml.safe_load((ROOT / "inventory.yaml").read_text())
        names = sorted(default_endpoints())
        ports = iter(free_ports(len(names) + 4))
        settings = document["settings"]
        settings["endpoints"] = {name: f"127.0.0.1:{next(ports)}" for name in names}
        listen = dict.fromkeys(("udp", "tcp"), f"127.0.0.1:{next(ports)}")
        settings["logs"]["listen"] = {**listen, "traps": f"127.0.0.1:{next(ports)}"}
        settings["apply"] = {"directory": str(folder / "sotp")}
        smtp = f"127.0.0.1:{next(ports)}"
        for receiver in document["alerting"]["receivers"].values():
            if "email" in receiver:
                receiver["email"]["smarthost"] = smtp
        self.sink = f"127.0.0.1:{next(ports)}"
        self.document = document
        self.save()

    def save(self) -> None:
        """Write the inventory as it stands in `document`."""
        self.inventory.write_text(yaml.safe_dump(self.document, sort_keys=False))

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `sotpctl` as a person would, in the network's folder."""
        result = subprocess.run(
            [sys.executable, "-m", "sotpctl.cli.main", *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )
        if check and result.returncode != 0:
            pytest.fail(f"sotpctl {' '.join(arguments)}: exit {result.returncode}\n{result.stdout}\n{result.stderr}")
        return result

    def up(self) -> None:
        """Bring everything up and wait until every device is known to be up."""
        self.run("lab", "up", "--sink-http", self.sink)
        self.run("apply")
        self.run("stack", "up", "--lab")
        enabled = [name for name, device in self.document["devices"].items() if device.get("enabled", True)]
        wait_for(lambda: self.query("count(device:up:bool == 1)") == len(enabled), 60, "every device is up")

    def down(self) -> None:
        """End what `up` started; data stay for whoever looks at a failure."""
        self.run("stack", "down", check=False)
        self.run("lab", "down", check=False)

    def query(self, expression: str) -> float | None:
        """Ask Prometheus for one number; None where there is no series or no Prometheus."""
        return _query(self.document["settings"]["endpoints"]["prometheus"], expression)

    def series(self, expression: str) -> list[tuple[dict[str, str], float]]:
        """Ask Prometheus for series: the labels and the value of each."""
        found = _ask(self.document["settings"]["endpoints"]["prometheus"], expression)
        return [(row["metric"], float(row["value"][1])) for row in found]

    def counts(self, exporter: str) -> dict[str, float]:
        """Give what an exporter says of itself at this moment: the sum of each metric's series, by its name."""
        found: dict[str, float] = defaultdict(float)
        for name, value in re.findall(r"^(\w+)(?:\{.*\})? (\S+)$", self._get(exporter, "metrics"), re.MULTILINE):
            found[name] += float(value)
        return found

    def lines(self, query: str) -> list[dict[str, str]]:
        """Search VictoriaLogs, in its own words: the fields of each line."""
        self._get("victorialogs", "internal/force_flush")  # else it finds what it has a second later
        text = self._get("victorialogs", f"select/logsql/query?{urllib.parse.urlencode({'query': query})}")
        return [json.loads(line) for line in text.splitlines()]

    def sotpctl(self, *arguments: str) -> Any:
        """Run a command of `sotpctl` and give what it tells scripts."""
        return json.loads(self.run(*arguments, "--output", "json").stdout)

    def alertmanager(self, path: str, **parameters: Any) -> Any:
        """Ask Alertmanager's API."""
        query = urllib.parse.urlencode(parameters, doseq=True)
        endpoint = self.document["settings"]["endpoints"]["alertmanager"]
        with urllib.request.urlopen(f"http://{endpoint}/api/v2/{path}?{query}", timeout=5) as answer:
            return json.load(answer)

    def dashboards(self) -> dict[str, dict[str, Any]]:
        """Give the dashboards of the current release, by file name."""
        folder = self.folder / "sotp" / "current" / "grafana" / "dashboards"
        return {path.stem: json.loads(path.read_text()) for path in folder.glob("*.json")}

    def phone_page(self) -> str:
        """Give the inbox's page as a phone gets it."""
        with urllib.request.urlopen(f"http://{self.sink}/", timeout=5) as answer:
            return str(answer.read().decode())

    def messages(self) -> list[Message]:
        """Every message that reached the sinks so far, oldest first."""
        path = self.folder / ".lab" / "inbox.jsonl"
        if not path.exists():
            return []
        return [_message(json.loads(line)) for line in path.read_text().splitlines() if line]

    def children(self, device: str) -> list[str]:
        """The devices that hang on this one alone."""
        return [name for name, row in self.document["devices"].items() if row.get("parents") == [device]]

    def redundant_uplink(self) -> str:
        """A device that others hang on, all of which have another way; not the prober's own gateway."""
        devices = self.document["devices"]
        prober = self.document["settings"]["prober"]
        pairs = (row.get("parents", ()) for row in devices.values())
        return str(min(next(pair for pair in pairs if len(pair) > 1 and prober not in pair)))

    def unrelated(self, device: str) -> str:
        """A device of the same site that nothing hangs on and that doesn't hang on the given one."""
        devices = self.document["devices"]
        uplinks = {parent for row in devices.values() for parent in row.get("parents", ())}
        return str(
            next(
                name
                for name, row in devices.items()
                if row["site"] == devices[device]["site"]
                and name not in uplinks | {device, self.document["settings"]["prober"]}
                and device not in row.get("parents", ())
                and row.get("parents")
            )
        )

    def kill(self, part: str) -> None:
        """End one part of the stack as a crash would: SIGKILL."""
        os.kill(int(self.stack()[part]["pid"]), signal.SIGKILL)

    def restart(self, *parts: str) -> None:
        """Stop parts of the stack as an operator does, by SIGTERM, and start them again."""
        for part in parts:
            os.kill(int(self.stack()[part]["pid"]), signal.SIGTERM)
        wait_for(lambda: all(self.stack()[part]["state"] == "died" for part in parts), 30, f"{parts} have ended")
        self.run("stack", "up", "--lab")

    def stack(self) -> dict[str, dict[str, Any]]:
        """Give the running parts by name, as `stack status` reports them."""
        return {part["name"]: part for part in json.loads(self.run("stack", "status", "--output", "json").stdout)}

    def _get(self, part: str, path: str) -> str:
        endpoint = self.document["settings"]["endpoints"][part]
        with urllib.request.urlopen(f"http://{endpoint}/{path}", timeout=5) as answer:
            return str(answer.read().decode())


def wait_for(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Poll until the condition holds; fail with what was awaited."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            pytest.fail(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.25)


def holds_for(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Watch that the condition stays true for a time: nothing to await, so the time itself is the test."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not condition():
            pytest.fail(f"no longer true after {seconds - (end - time.monotonic()):.0f} s: {what}")
        time.sleep(0.5)


def _query(endpoint: str, expression: str) -> float | None:
    try:
        result = _ask(endpoint, expression)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return None
    return float(result[0]["value"][1]) if result else None


def _ask(endpoint: str, expression: str) -> list[dict[str, Any]]:
    url = f"http://{endpoint}/api/v1/query?{urllib.parse.urlencode({'query': expression})}"
    with urllib.request.urlopen(url, timeout=5) as answer:
        result: list[dict[str, Any]] = json.load(answer)["data"]["result"]
        return result


def _message(row: dict[str, Any]) -> Message:
    return Message(datetime.fromisoformat(row["time"]), row["channel"], row["subject"], row["text"])
