"""An apply directory with a past, a tree to apply, an exporter that runs the release; and what must hold afterwards."""

import asyncio
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Self

from sotpctl.apply import APPLY, Report, Step, Store, Work, outcomes, read_manifest, run
from sotpctl.apply.manifest import drift
from sotpctl.apply.release import KEPT
from sotpctl.render.emit import to_document
from tests.integration.apply.driver import WALKS, Ended, Order

ROOT = Path(__file__).resolve().parents[3]
OLD, NEW = {"NOC": "old"}, {"NOC": "new", "PAGER": "new"}


class Driver:
    """The warm process of `tests.integration.apply.driver`."""

    def __init__(self, *prefix: str) -> None:
        argv = [*prefix, sys.executable, "-m", "tests.integration.apply.driver"]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(argv, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
        assert self._line() == "ready\n"

    def __call__(self, order: Order) -> Ended:
        """Let a child do it."""
        return self.crowd(order)[0]

    def crowd(self, order: Order) -> list[Ended]:
        """Let a crowd do it."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(asdict(order)) + "\n")
        self.process.stdin.flush()
        return [Ended(**ended) for ended in json.loads(self._line())]

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def close(self) -> None:
        """End it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


def make_tree(root: Path, endpoints: Mapping[str, str], text: str, secrets: Mapping[str, str]) -> str:
    """Write a rendered tree and give its release; `secrets`: name → environment variable."""
    revision, document = _facts(text)
    files = {f"exporters/{name}.json": document for name in endpoints}
    files |= {"prometheus/rules/all.yml": text.encode(), "z": b"the same in all"}
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
    release = hashlib.sha256(json.dumps(hashes).encode()).hexdigest()[:12]
    manifest = {
        "release": release,
        "files": hashes,
        "secrets": {name: {"env": variable} for name, variable in secrets.items()},
        "endpoints": dict(endpoints),
        "exporters": dict.fromkeys(endpoints, revision),
    }
    (root / "manifest.json").write_text(json.dumps(manifest))
    return release


class Exporter:
    """A real exporter of facts, as a process on a free port, that reads `<directory>/current` when told to."""

    def __init__(self, directory: Path) -> None:
        document = directory / "current" / "exporters" / "facts.json"
        document.parent.mkdir(parents=True)
        document.write_bytes(_facts("")[1])
        argv = ("--config", str(document), "--web.listen-address", "127.0.0.1:0")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "exporters.main", "facts", *argv], cwd=ROOT, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stderr is not None
        line = next(line for line in self.process.stderr if 'msg="listening"' in line)
        self.address = line.partition("address=")[2].split()[0]
        self.drain = threading.Thread(target=self.process.stderr.read)  # it would wait for a reader of its log
        self.drain.start()
        shutil.rmtree(directory)

    def reload(self) -> None:
        """Tell it to read its file."""
        with urllib.request.urlopen(f"http://{self.address}/-/reload", data=b"", timeout=10):
            pass

    def close(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(10)
        self.drain.join()
        assert self.process.stderr is not None
        self.process.stderr.close()


class Scene:
    """`<base>/sotp`: `old` is current, others were before it; `<base>/build`: `new`, with one secret more.

    Attributes:
        past: The release before `old`: where a rollback goes.
        oldest: The sixth one: an apply deletes it, and the secret that it alone names.
    """

    def __init__(self, base: Path, exporter: Exporter) -> None:
        self.base, self.exporter = base, exporter
        self.store, self.build = Store(base / "sotp"), base / "build"
        self.template, self.build_of_old = base / "template", base / "0"
        endpoints = {"facts": exporter.address}
        history = []
        for number in range(KEPT - 1, -1, -1):
            names = {"noc": "NOC"} | ({"ancient/pager": "NOC"} if number == KEPT - 1 else {})
            history.append(make_tree(base / str(number), endpoints, f"before {number}", names))
            report = asyncio.run(run(Work(self.store, base / str(number), OLD), APPLY))
            assert report.code == 0, report
        self.oldest, *_, self.past, self.old = history
        self.new = make_tree(self.build, endpoints, "new", {"noc": "NOC", "pager/key": "PAGER"})
        (self.store.directory / ".lock").touch()
        shutil.copytree(self.store.directory, self.template, symlinks=True)

    def reset(self) -> Self:
        """Put everything back to the beginning, the exporter too."""
        shutil.rmtree(self.store.directory)
        shutil.copytree(self.template, self.store.directory, symlinks=True)
        self.exporter.reload()
        return self

    def litter(self) -> Self:
        """Leave what an apply leaves that was killed: in every place, something."""
        (self.store.directory / ".current.17.aside").symlink_to("releases/nowhere")
        (self.store.secrets / ".noc.17.before").write_text("old")
        (self.store.secrets / ".noc.17.before").chmod(0o600)
        half = self.store.path(".0123456789ab.17.aside") / "exporters"
        half.mkdir(parents=True)
        (half / "facts.json").write_text("{")
        shutil.copytree(self.build, self.store.path(self.new))
        os.utime(self.store.path(self.new), (0, 0))
        going = self.store.path("fedcba987654")
        going.mkdir()
        shutil.copy(self.build / "manifest.json", going / ".going.json")
        return self

    def order(self, walk: str = "apply", **fault: object) -> Order:
        """What the driver's child is to do."""
        tree = self.build if walk == "apply" else self.store.path(self.past)
        return Order(str(self.store.directory), str(tree), walk, NEW, **fault)  # type: ignore[arg-type]

    def goal(self, walk: str) -> str:
        """The release that a walk goes to."""
        return self.new if walk == "apply" else self.past

    def walk(self, walk: str = "apply") -> Report:
        """Do it here, without a fault."""
        return self.apply(Path(self.order(walk).tree), WALKS[walk])

    def apply_old(self) -> Report:
        """Apply what is current once more."""
        return self.apply(self.build_of_old, APPLY, OLD)

    def apply(self, tree: Path, steps: Sequence[Step], environ: Mapping[str, str] = NEW) -> Report:
        """Walk here, without a fault."""
        return asyncio.run(run(Work(self.store, tree, environ, 2.0, request_seconds=2.0), steps))


def whole(store: Store) -> str:
    """Assert that `current` is one whole release, every secret a whole value; give the release."""
    release = store.current()
    assert release, f"current points to {store.pointed()}"
    assert drift(store.path(release), read_manifest(store.path(release))) == {}
    for path in files(store):
        if path.is_relative_to(store.secrets):
            assert path.stat().st_mode & 0o777 == 0o600, path
            assert path.read_bytes() in {b"old", b"new"} or _unfinished(path), path
    return release


def confirmed(store: Store) -> None:
    """Assert that everything that runs confirms `current`."""
    release = str(store.current())
    found = asyncio.run(outcomes(store, read_manifest(store.path(release))))
    assert {outcome.state for outcome in found} == {"confirmed"}, found


def clean(store: Store) -> None:
    """Assert that nothing is left over: every file belongs to a whole release, or is a secret that one names."""
    named = {store.directory / ".lock", store.link}
    releases = store.releases()
    for release in releases:
        manifest = read_manifest(store.path(release))
        named |= {store.path(release) / name for name in (*manifest.files, "manifest.json")}
        named |= {store.secrets / name for name in manifest.secrets}
        assert drift(store.path(release), manifest) == {}, release
    over = set(files(store)) - named
    assert not over, over
    empty = [path for path in store.directory.rglob("*") if path.is_dir() and not any(path.iterdir())]
    assert not empty, empty
    folders = {path.name for path in (store.directory / "releases").iterdir()}
    assert folders == set(releases), folders


def said(scene: Scene, walk: str, text: str) -> str:
    """Give a report's text as the matrix has it: the releases' names and the reasons are the case's own."""
    text = re.sub("(?<=put back: ).*(?=; [^;]* is current)", "…", text, flags=re.DOTALL)
    return text.replace(scene.old, "OLD").replace(scene.goal(walk), "NEW")


def files(store: Store) -> list[Path]:
    """Everything in the apply directory that is no folder."""
    return [path for path in store.directory.rglob("*") if path.is_symlink() or not path.is_dir()]


def _facts(commit: str) -> tuple[str, bytes]:
    settings = {"commit": commit, "expected_targets": {}, "links": [], "maintenance": []}
    return to_document(settings, {"here": {"dependents": 0, "thresholds": []}})


def _unfinished(path: Path) -> bool:
    return re.fullmatch(r"\..*\.\d+\.(aside|before)", path.name) is not None
