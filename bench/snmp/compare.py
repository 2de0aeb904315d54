"""Every module of an snmp.yml on every recording, ours against snmp_exporter: are the samples the same?

    python -m bench.snmp.compare --peer PATH --modules snmp.yml RECORDINGS…

RECORDINGS are `.snmprec` files (also `.bz2`) or folders of them; an agent of ours answers from each, over UDP, to both.
A sample is a metric, its labels and its value; TYPE and HELP are compared, too. Where snmp_exporter fails, ours can't
be compared: that is counted and shown with its error. Exits with 1 when anything differs.
"""

import argparse
import json
import os
import re
import shutil
import sys
import tempfile
import urllib.request
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bench.snmp.agent import Responder, spawn
from bench.snmp.peers import PEER, PEERS, Key, Scrape, document, ours, scrape, theirs
from bench.snmp.snmprec import read, recordings
from exporters.snmp.pdu import VarBind

_OWN = re.compile(r"snmp_(scrape_|up$|poll_|module_)")


@dataclass
class Tally:
    """What came of some comparisons.

    Attributes:
        runs: Comparisons in which there was a sample.
        equal: Samples that are the same.
        differ: Samples whose value differs.
        missing, extra: Samples that only they, only we have.
        failed: Comparisons that snmp_exporter failed.
        notes: What differs.
    """

    runs: int = 0
    equal: int = 0
    differ: int = 0
    missing: int = 0
    extra: int = 0
    failed: int = 0
    notes: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Adds another's counts."""
        for name in ("runs", "equal", "differ", "missing", "extra", "failed"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


def main() -> int:
    """Compares; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", default=shutil.which(PEER), help="snmp_exporter's binary")
    parser.add_argument("--modules", required=True, help="an snmp.yml")
    parser.add_argument("--auth", default="public_v2", help="an auth of the file, such as public_v1")
    parser.add_argument("--only", default="", help="of these modules only, with commas between them")
    parser.add_argument("--most", type=int, default=60_000, help="leave out recordings with more variable bindings")
    parser.add_argument("--notes", type=int, default=3, help="how many differences to show of a comparison")
    parser.add_argument("recordings", nargs="+")
    chosen = parser.parse_args()
    if not chosen.peer:
        raise SystemExit(PEERS)
    names = chosen.only.split(",") if chosen.only else module_names(Path(chosen.modules))
    by_recording: dict[str, Tally] = {}
    by_module = {name: Tally() for name in names}
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), chosen.peer, str(Path(chosen.modules).absolute()), chosen.auth)
        with bench:
            for name, path in recordings(chosen.recordings).items():
                varbinds = read(path, chosen.most)
                if varbinds is None:
                    print(f"{name}: left out, it has more than {chosen.most} variable bindings", flush=True)
                    continue
                tally = by_recording[name] = Tally()
                for module, found in bench.compared(name, varbinds, names):
                    tally.add(found)
                    by_module[module].add(found)
                    tally.notes += [f"{name} {module}: {note}" for note in _shortened(found.notes, chosen.notes)]
                _row(name, tally)
    return _report(by_recording, by_module)


def module_names(path: Path) -> list[str]:
    """Returns the names of a file's modules."""
    return sorted(yaml.load(path.read_bytes(), Loader=yaml.CBaseLoader)["modules"])


class Bench(ExitStack):
    """Both exporters, running with the same modules."""

    def __init__(self, folder: Path, peer: str, modules: str, auth: str) -> None:
        super().__init__()
        self._auth = auth
        self._config = folder / "snmp.json"
        self._modules = modules
        self._configure({})
        self._mine = self.enter_context(ours(self._config, os.environ))[1]
        self._peer = self.enter_context(theirs(peer, [modules], os.environ))[1]

    def compared(self, name: str, varbinds: list[VarBind], modules: list[str]) -> Iterator[tuple[str, Tally]]:
        """Serves a recording; yields what came of each module."""
        process, port = spawn(lambda: Responder(varbinds))
        self._configure(
            {name: {"address": "127.0.0.1", "port": port, "auth": self._auth, "modules": [], "interval": 1}}
        )
        urllib.request.urlopen(urllib.request.Request(f"{self._mine}/-/reload", method="POST")).close()
        try:
            for module in modules:
                query = f"module={module}&auth={self._auth}"
                mine = scrape(f"{self._mine}/snmp?target={name}&{query}")
                yield module, compare(mine, scrape(f"{self._peer}/snmp?target=127.0.0.1:{port}&{query}"))
        finally:
            process.terminate()
            process.join()

    def _configure(self, targets: Mapping[str, Mapping[str, Any]]) -> None:
        self._config.write_text(document(targets, {}, [self._modules]))


def _report(by_recording: Mapping[str, Tally], by_module: Mapping[str, Tally]) -> int:
    print("\nby module\n---------")
    total = Tally()
    for name, tally in by_module.items():
        if tally.runs or tally.failed:
            _row(name, tally)
        total.add(tally)
    notes = [note for tally in by_recording.values() for note in tally.notes]
    if notes:
        print("\nwhat differs\n------------\n" + "\n".join(notes))
    print()
    _row("in all", total)
    figures = {key: value for key, value in vars(total).items() if key != "notes"}
    print(json.dumps({"bench": "snmp compare", "modules": len(by_module), "recordings": len(by_recording), **figures}))
    return int(bool(total.differ or total.missing or total.extra))


def compare(mine: Scrape, peer: Scrape) -> Tally:
    """Compares two pages."""
    tally = Tally()
    if mine.status != 200:
        tally.notes.append(f"ours answers {mine.status}: {mine.text}")
        tally.differ += 1
        return tally
    if peer.status != 200:
        tally.failed = 1
        tally.notes.append(f"snmp_exporter fails (ours: {len(_samples(mine))} samples): {_error(peer.text)}")
        tally.notes += [f"ours twice: {line}" for line in mine.doubles]
        return tally
    have, want = _samples(mine), _samples(peer)
    tally.runs = int(bool(have or want))
    for key, value in want.items():
        if key not in have:
            tally.missing += 1
            tally.notes.append(f"only snmp_exporter has {_text(key)} {value}")
        elif have[key] == value or (have[key] != have[key] and value != value):  # noqa: PLR0124
            tally.equal += 1
        else:
            tally.differ += 1
            tally.notes.append(f"{_text(key)} is {have[key]!r}, snmp_exporter's {value!r}")
    for key in have.keys() - want.keys():
        tally.extra += 1
        tally.notes.append(f"only ours has {_text(key)} {have[key]}")
    for name in {name for name, _ in have} & {name for name, _ in want}:
        if mine.headers.get(name) != peer.headers.get(name):
            tally.differ += 1
            tally.notes.append(f"{name}: header {mine.headers.get(name)}, snmp_exporter's {peer.headers.get(name)}")
    tally.notes += [f"ours twice: {line}" for line in mine.doubles]
    return tally


def _samples(page: Scrape) -> dict[Key, float]:
    return {key: value for key, value in page.samples.items() if not _OWN.match(key[0])}


def _text(key: Key) -> str:
    name, labels = key
    return name + "{" + ",".join([f'{label}="{value}"' for label, value in sorted(labels)]) + "}"


def _error(text: str) -> str:
    lines = [line for line in text.splitlines() if line.startswith("* ")] or text.splitlines()
    return " ".join(lines)[:400]


def _shortened(notes: Iterable[str], most: int) -> list[str]:
    notes = list(notes)
    left = len(notes) - most
    return [*notes[:most], *([f"… and {left} more"] if left > 0 else [])]


def _row(name: str, tally: Tally) -> None:
    counts = Counter(vars(tally) | {"notes": 0})
    text = "  ".join([f"{word} {counts[word]}" for word in ("equal", "differ", "missing", "extra")])
    failed = f"  snmp_exporter failed {tally.failed}" if tally.failed else ""
    print(f"{name:<40} modules with samples {tally.runs:>3}  {text}{failed}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
