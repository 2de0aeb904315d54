"""Whole sites die and return, judged by a real Prometheus under the rendered rules and told by a real Alertmanager."""

import asyncio
import json
import re
import subprocess
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web

pytestmark = [pytest.mark.engines, pytest.mark.timeout(300)]

_DEVICES: dict[str, tuple[str, tuple[str, ...]]] = {
    "core": ("waw", ()),
    "krk-1": ("krk", ("core",)),
    "krk-2": ("krk", ("core",)),
    "krk-sw": ("krk", ("krk-1", "krk-2")),
    "gdn-edge": ("gdn", ("core",)),
    "gdn-sw": ("gdn", ("gdn-edge",)),
    "gdn-srv": ("gdn", ("gdn-sw",)),
}
_ENOUGH = 4  # scrapes, by which every rule has seen all devices up


@dataclass
class Exporter:
    """What the ICMP exporter would say, where it listens, and whether it has been asked often enough."""

    address: str = ""
    scrapes: int = 0
    known: asyncio.Event = field(default_factory=asyncio.Event)
    down: set[str] = field(default_factory=set)

    async def reachability(self, _: web.Request) -> web.Response:
        """Give every device's state and parents."""
        self.scrapes += 1
        if self.scrapes == _ENOUGH:
            self.known.set()
        lines = ["# TYPE icmp_up gauge"]
        lines += [
            f'icmp_up{{device="{name}",site="{site}"}} {int(name not in self.down)}'
            for name, (site, _) in _DEVICES.items()
        ]
        lines.append("# TYPE icmp_parent_info gauge")
        lines += [
            f'icmp_parent_info{{device="{n}",parent="{p}"}} 1' for n, (_, parents) in _DEVICES.items() for p in parents
        ]
        return web.Response(text="\n".join(lines) + "\n", headers={"Content-Type": "text/plain; version=0.0.4"})


@pytest.fixture
async def exporter() -> AsyncIterator[Exporter]:
    """An exporter whose devices are all up."""
    serving = Exporter()
    app = web.Application()
    app.router.add_get("/reachability", serving.reachability)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    serving.address = f"127.0.0.1:{runner.addresses[0][1]}"
    yield serving
    await runner.cleanup()


@pytest.fixture
def run_prometheus(tool: Callable[[str], Path], tmp_path: Path) -> Iterator[Callable[[Path, str, str], None]]:
    """Start Prometheus on rendered rules, one exporter and one Alertmanager; it ends with the test."""
    started: list[subprocess.Popen[str]] = []

    def start(rules: Path, exporter: str, alertmanager: str) -> None:
        config = tmp_path / "prometheus.yml"
        job = {"job_name": "reachability", "scrape_interval": "5s", "metrics_path": "/reachability"}
        config.write_text(
            yaml.safe_dump(
                {
                    "rule_files": [str(rules / "*.yml")],
                    "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]},
                    "scrape_configs": [{**job, "static_configs": [{"targets": [exporter]}]}],
                }
            )
        )
        process = subprocess.Popen(
            [
                tool("prometheus"), f"--config.file={config}", f"--storage.tsdb.path={tmp_path / 'tsdb'}",
                "--web.listen-address=127.0.0.1:0",
            ],
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)
        assert process.stderr
        lines = []
        for line in process.stderr:
            lines.append(line)
            if re.search("Server is ready to receive web requests", line):
                threading.Thread(target=process.stderr.read, daemon=True).start()
                return
        pytest.fail("Prometheus didn't start:\n" + "".join(lines))

    yield start
    for process in started:
        process.terminate()
        process.wait(timeout=20)


async def test_render_outages_of_sites_are_one_page_each(
    *,
    document: dict[str, Any],
    exporter: Exporter,
    inbox: Any,
    run_alertmanager: Callable[..., Any],
    run_prometheus: Callable[[Path, str, str], None],
    tmp_path: Path,
) -> None:
    """A site loses both edges, another its only one: the site's page and the edge's, and one end of each; no more."""
    document["alerting"] = {
        "receivers": {"hook": {"webhook": {"url": f"http://{inbox.http}/hook"}}},
        "routes": [{"match": {"severity": ["critical", "warning"]}, "receiver": "hook"}],
    }
    alertmanager = await asyncio.to_thread(run_alertmanager, document)
    rules = tmp_path / "build" / "prometheus" / "rules"
    await asyncio.to_thread(run_prometheus, rules, exporter.address, alertmanager.url.removeprefix("http://"))

    def told() -> list[tuple[str, str, str]]:
        alerts = [a for post in inbox.others.get("/hook", ()) for a in json.loads(post)["alerts"]]
        return sorted(
            {
                (a["status"], a["labels"]["alertname"], a["labels"].get("device", a["labels"].get("site")))
                for a in alerts
            }
        )

    async def until(expected: list[tuple[str, str, str]], seconds: int) -> None:
        for _ in range(10 * seconds):
            if told() == expected:
                break
            await asyncio.sleep(0.1)
        assert told() == expected

    await exporter.known.wait()
    exporter.down |= {"krk-1", "krk-sw", "gdn-sw", "gdn-srv"}
    await asyncio.sleep(4)
    exporter.down |= {"krk-2", "gdn-edge"}
    pages = [("firing", "DeviceDown", "gdn-edge"), ("firing", "SiteDown", "krk")]
    await until(pages, 45)
    await asyncio.sleep(20)  # what else would come comes within a group's interval
    assert told() == pages

    exporter.down -= {"krk-1", "krk-sw", "gdn-edge", "gdn-sw", "gdn-srv"}
    over = [("resolved", "DeviceDown", "gdn-edge"), ("resolved", "SiteDown", "krk")]
    await until(pages + over, 45)
    await asyncio.sleep(20)  # krk-2 has its time to come back
    assert told() == pages + over
