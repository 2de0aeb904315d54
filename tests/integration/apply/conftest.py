"""A small SOTP of hand-written files, run by the real engines on free ports."""

import asyncio
import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from sotpctl.apply import APPLY, ROLLBACK, Manifest, Report, Store, Work, read_manifest, run
from sotpctl.apply.engines import REQUEST_S
from sotpctl.inventory.model import Apply, Settings
from sotpctl.stack import Part, Stack, parts
from sotpctl.verify import tools
from tests.integration.apply.scene import Driver, Exporter, Scene
from tests.ports import free_address

CONFIRM_S = 20.0  # discovery and the scrape manager each take new targets over only every 5 s


class Site:
    """A build tree that can be edited, its apply directory, and engines for it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.build = folder / "build"
        self.store = Store(folder / "sotp")
        self.stack = Stack(folder / "sotp")
        self.endpoints = {name: free_address() for name in ("prometheus", "alertmanager", "icmp")}
        self.confirm_seconds, self.request_seconds = CONFIRM_S, REQUEST_S
        self.secrets: dict[str, Any] = {}
        self.exporters: dict[str, str] = {}
        self.expected = {"prometheus": 1, "alertmanager": 1}
        self.targets = {name: [self.endpoints[name]] for name in ("prometheus", "alertmanager")}
        self.rules = {"up:sum": "sum(up)"}
        self.receiver: dict[str, Any] = {"name": "nobody"}
        self.templates = {"a.tmpl": '{{ define "a" }}one{{ end }}'}

    def write(self) -> Manifest:
        """Write build/ as it now stands, as `sotpctl render` would."""
        shutil.rmtree(self.build, ignore_errors=True)
        files = {"prometheus/prometheus.yml": yaml.safe_dump(self._prometheus())}
        files["prometheus/rules/all.yml"] = yaml.safe_dump(
            {"groups": [{"name": "all", "rules": [{"record": name, "expr": self.rules[name]} for name in self.rules]}]}
        )
        for job, targets in self.targets.items():
            files[f"prometheus/targets/{job}.json"] = json.dumps([{"targets": targets, "labels": {}}])
        files["alertmanager/alertmanager.yml"] = yaml.safe_dump(
            {
                "route": {"receiver": self.receiver["name"], "group_wait": "60s", "group_by": ["site", "alertname"]},
                "receivers": [self.receiver],
                "templates": ["templates/*.tmpl"],
            }
        )
        files |= {f"alertmanager/templates/{name}": text for name, text in self.templates.items()}
        for name, text in files.items():
            (self.build / name).parent.mkdir(parents=True, exist_ok=True)
            (self.build / name).write_text(text)
        hashes = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in sorted(files.items())}
        manifest = {
            "release": hashlib.sha256(json.dumps(hashes).encode()).hexdigest()[:12],
            "files": hashes,
            "secrets": self.secrets,
            "endpoints": self.endpoints,
            "targets": self.expected,
            "exporters": self.exporters,
        }
        (self.build / "manifest.json").write_text(json.dumps(manifest))
        return read_manifest(self.build)

    def work(self, environ: dict[str, str] | None = None) -> Work:
        """What apply works on."""
        return Work(self.store, self.build, environ or {}, self.confirm_seconds, request_seconds=self.request_seconds)

    async def apply(self, environ: dict[str, str] | None = None) -> Report:
        """Write build/ and apply it."""
        self.write()
        return await run(self.work(environ), APPLY)

    async def rollback(self, release: str) -> Report:
        """Go back to a release."""
        return await run(Work(self.store, self.store.path(release), {}, self.confirm_seconds), ROLLBACK)

    def parts(self) -> list[Part]:
        """The current release's engines; exporters aren't started here."""
        directory = Apply(directory=self.store.directory)
        settings = Settings("1d", "1d", None, "", "", self.endpoints, directory)
        return [part for part in parts(settings, read_manifest(self.store.link)) if part.name in self.targets]

    async def up(self, *names: str) -> None:
        """Start engines (all of them unless named) and wait until they are ready."""
        wanted = [part for part in self.parts() if not names or part.name in names]
        await asyncio.to_thread(self.stack.up, wanted)
        await self.stack.ready(wanted, 30)

    async def get(self, engine: str, path: str) -> str:
        """GET a page of an engine's."""
        async with aiohttp.ClientSession() as http, http.get(f"http://{self.endpoints[engine]}{path}") as answer:
            return await answer.text()

    async def recorded(self) -> list[str]:
        """The expressions that Prometheus evaluates now."""
        groups = json.loads(await self.get("prometheus", "/api/v1/rules"))["data"]["groups"]
        return [rule["query"] for group in groups for rule in group["rules"]]

    async def loaded(self, engine: str) -> str:
        """When an engine last read its files, as it says itself."""
        name = f"{engine}_config_last_reload_success_timestamp_seconds"
        metrics = await self.get(engine, "/metrics")
        return next(line for line in metrics.splitlines() if line.startswith(f"{name} "))

    def _prometheus(self) -> dict[str, Any]:
        return {
            "global": {"scrape_interval": "60s"},
            "rule_files": ["rules/*.yml"],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [self.endpoints["alertmanager"]]}]}]},
            "scrape_configs": [
                {
                    "job_name": job,
                    "honor_labels": False,
                    "file_sd_configs": [{"files": [f"targets/{job}.json"], "refresh_interval": "15s"}],
                }
                for job in self.targets
            ],
        }


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A site whose engines end with the test."""
    if not all(tools.find(name) for name in ("prometheus", "alertmanager")):
        pytest.skip("needs the engines: make engines")
    made = Site(tmp_path)
    yield made
    list(made.stack.down())


@pytest.fixture(scope="session")
def driver() -> Iterator[Driver]:
    """The warm process that forks what is to be killed."""
    made = Driver()
    yield made
    made.close()


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A past, a present and a tree to apply; each test begins with `reset`."""
    base = tmp_path_factory.mktemp("scene")
    exporter = Exporter(base / "sotp")
    yield Scene(base, exporter)
    exporter.close()
