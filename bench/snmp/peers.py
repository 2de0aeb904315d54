"""What the benchmarks share: both exporters as processes, and their pages as samples."""

import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PEER = "prometheus-snmp-exporter"
PEERS = (
    f"{PEER} 0.30 is a package of Debian's unstable suite: take it from there with `apt-get download` and `dpkg -x`, "
    "and name its binary by --peer or put it on PATH"
)
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')
_SERIES = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)(?: -?[0-9]+)?")

Key = tuple[str, frozenset[tuple[str, str]]]


@dataclass
class Scrape:
    """A page.

    Attributes:
        status: HTTP's.
        samples: By name and labels.
        headers: HELP and TYPE, by metric.
        doubles: Series that stand there more than once.
        text: As it came.
    """

    status: int
    samples: dict[Key, float] = field(default_factory=dict)
    headers: dict[str, list[str]] = field(default_factory=dict)
    doubles: list[str] = field(default_factory=list)
    text: str = ""

    def value(self, name: str) -> float:
        """Returns the sum of a metric's samples."""
        return sum(value for (each, _), value in self.samples.items() if each == name)


def scrape(url: str, timeout: float = 120.0) -> Scrape:
    """Fetches and reads a page."""
    request = urllib.request.Request(url, headers={"X-Prometheus-Scrape-Timeout-Seconds": str(timeout)})
    try:
        with urllib.request.urlopen(request, timeout=timeout + 10) as answer:
            text = answer.read().decode()
    except urllib.error.HTTPError as error:
        return Scrape(error.code, text=error.read().decode(errors="replace"))
    return parse(text)


def parse(text: str) -> Scrape:
    """Reads a page's text."""
    found = Scrape(200, text=text)
    for line in text.split("\n"):
        if line.startswith("#"):
            words = line.split(" ", 3)
            if len(words) > 3 and words[1] in {"HELP", "TYPE"}:
                found.headers.setdefault(words[2], []).append(words[3])
            continue
        match = _SERIES.fullmatch(line)
        if match:
            key = (match[1], frozenset(_LABEL.findall(match[2] or "")))
            if key in found.samples:
                found.doubles.append(line)
            found.samples[key] = float(match[3])
        elif line:
            raise ValueError(f"no line of the text format: {line!r}")
    return found


def document(targets: Mapping[str, Mapping[str, Any]], auths: Mapping[str, Any], modules: list[str]) -> str:
    """Returns our exporter's file."""
    return json.dumps({"revision": "bench", "settings": {"auths": auths, "modules": modules}, "targets": targets})


@contextmanager
def ours(config: Path, environment: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """Runs our exporter; gives its pid and base URL."""
    command = [sys.executable, "-m", "exporters.main", "snmp", f"--config={config}", "--web.listen-address=127.0.0.1:0"]
    with _running(command, environment, "listening") as found:
        yield found


@contextmanager
def theirs(binary: str, files: list[str], environment: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """Runs snmp_exporter; gives its pid and base URL."""
    command = [binary, *[f"--config.file={file}" for file in files], "--web.listen-address=127.0.0.1:0"]
    with _running(command, environment, "Listening on") as found:
        yield found


@contextmanager
def _running(command: list[str], environment: Mapping[str, str], word: str) -> Iterator[tuple[int, str]]:
    with subprocess.Popen(command, cwd=ROOT, env=dict(environment), stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        said = []
        try:
            for line in process.stderr:
                said.append(line)
                if word in line:
                    break
            else:
                sys.exit(f"{command[0]} doesn't start:\n{''.join(said[-5:])}")
            address = re.search(r"address=\"?([0-9.:]+)", said[-1])
            assert address, said[-1]
            _drain(process)
            yield process.pid, f"http://{address[1]}"
        finally:
            process.terminate()
            process.wait(10)


def _drain(process: subprocess.Popen[str]) -> None:
    """Keeps what it says from filling the pipe."""
    import threading  # noqa: PLC0415

    assert process.stderr
    threading.Thread(target=process.stderr.read, daemon=True).start()
