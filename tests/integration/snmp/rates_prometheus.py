"""What Prometheus makes of scrapes (time stamps, stale series), and a real one that is told the result."""

import json
import re
import struct
import subprocess
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

import cramjam

_SERIES = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)(?: (-?[0-9]+))?")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')
_STALE = struct.unpack("<d", (0x7FF0000000000002).to_bytes(8, "little"))[0]

_SLICE_MS = 300_000

Series = tuple[tuple[str, str], ...]


class Scrapes:
    """The samples of a target's scrapes, as Prometheus stores them.

    A sample without a time stamp has the scrape's. A series that is gone is stale from the scrape on that lacks it; one
    with time stamps, too, because the jobs have `track_timestamps_staleness` (which `test_snmp_rates_live` shows of a
    real one). A sample that isn't newer than its series is dropped.
    """

    def __init__(self, labels: Mapping[str, str]) -> None:
        self.samples: dict[Series, list[tuple[int, float]]] = {}
        self._labels = dict(labels)
        self._before: set[Series] = set()

    def add(self, text: str, milliseconds: int) -> None:
        """Adds a scrape's page; one that failed is no text."""
        now = set()
        for line in text.splitlines():
            found = _SERIES.fullmatch(line)
            if line.startswith("#") or found is None:
                continue
            labels = dict(_LABEL.findall(found[2] or "")) | self._labels | {"__name__": found[1]}
            series = tuple(sorted((name, value) for name, value in labels.items() if value))
            now.add(series)
            self._append(series, int(found[4] or milliseconds), float(found[3]))
        for series in self._before - now:
            self._append(series, milliseconds, _STALE)
        self._before = now

    def _append(self, series: Series, milliseconds: int, value: float) -> None:
        have = self.samples.setdefault(series, [])
        if not have or have[-1][0] < milliseconds:
            have.append((milliseconds, value))


class Prometheus:
    """A real one, empty at first."""

    def __init__(self, address: str) -> None:
        self._address = address

    def write(self, targets: Iterable[Scrapes]) -> None:
        """Stores samples in the order of time, by remote write (its version 1: protocol buffers, snappy)."""
        slices: dict[int, list[bytes]] = {}
        for scrapes in targets:
            for series, samples in scrapes.samples.items():
                for number, part in groupby(samples, lambda sample: sample[0] // _SLICE_MS):
                    slices.setdefault(number, []).append(_field(1, _series(series, part)))
        for number in sorted(slices):
            self._push(b"".join(slices[number]))

    def _push(self, body: bytes) -> None:
        headers = {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf"}
        data = bytes(cramjam.snappy.compress_raw(body))
        urllib.request.urlopen(  # its own error is the message
            urllib.request.Request(f"http://{self._address}/api/v1/write", data=data, headers=headers)
        ).close()

    def ask(self, expr: str, start: float, end: float, step: float) -> dict[Series, dict[float, float]]:
        """Evaluates an expression as a rule that is evaluated every `step` seconds; values by time, by series."""
        query = urllib.parse.urlencode({"query": expr, "start": start, "end": end, "step": step})
        with urllib.request.urlopen(f"http://{self._address}/api/v1/query_range?{query}") as answer:
            found: Any = json.load(answer)
        return {
            tuple(sorted(each["metric"].items())): {float(at): float(value) for at, value in each["values"]}
            for each in found["data"]["result"]
        }


@contextmanager
def prometheus(program: Path, folder: Path, config: str = "") -> Iterator[Prometheus]:
    """Runs one on a free port; it takes what it is told and scrapes what `config` says."""
    file = folder / "prometheus.yml"
    file.write_text(config)
    command = [
        str(program),
        f"--config.file={file}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        "--web.listen-address=127.0.0.1:0",
        "--web.enable-remote-write-receiver",
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield Prometheus(_address(process))
        finally:
            process.terminate()
            process.wait(30)


def _address(process: subprocess.Popen[str]) -> str:
    """Returns where it listens, once it is ready."""
    assert process.stderr
    said, address = [], ""
    for line in process.stderr:
        said.append(line)
        found = re.search(r'Listening on.* address="?(127\.0\.0\.1:\d+)', line)
        address = found[1] if found else address
        if "Server is ready to receive web requests" in line:
            threading.Thread(target=process.stderr.read, daemon=True).start()
            return address
    raise AssertionError("Prometheus didn't start:\n" + "".join(said))


def _series(labels: Series, samples: Iterable[tuple[int, float]]) -> bytes:
    pairs = [_field(1, _field(1, name.encode()) + _field(2, value.encode())) for name, value in labels]
    values = [_field(2, b"\x09" + struct.pack("<d", value) + b"\x10" + _varint(at)) for at, value in samples]
    return b"".join(pairs + values)


def _field(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
