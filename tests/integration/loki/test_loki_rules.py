"""LogQL rules of one's own, from the file beside the inventory to an alert in Alertmanager; a real Loki and apply."""

import re
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sotpctl import verify
from sotpctl.apply import APPLY, Report, Store, Work, run
from sotpctl.render import write
from sotpctl.verify import tools
from tests.integration.loki.conftest import Loki, planned, start, until
from tests.ports import free_ports

pytestmark = [pytest.mark.loki, pytest.mark.engines]

_LOGS = Path(__file__).parents[3] / "docs" / "logs.md"
_RULE = """\
groups:
  - name: vpn
    interval: 1s
    rules:
      - alert: TunnelDown
        expr: |
          # lines, whatever else they say
          sum by (device, site, role) (count_over_time({job="syslog"} |= "tunnel" [30m])) > 0
        labels: {severity: critical, team: noc}
        annotations: {summary: "{{ $labels.device }}: {{ $value }} tunnels are down"}
"""
_MAINTENANCE = [{"labels": {"alertname": "DeviceMaintenance", "severity": "none", "device": "fw-1"}}]


class Site:
    """An inventory's folder, its apply directory, and the ports that Loki and Alertmanager get."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.retention = folder, "30d"
        self.loki, self.alertmanager, *others = free_ports(6)
        names = ("prometheus", "facts", "icmp", "syslog")  # nobody listens there
        ports = {"loki": self.loki, "alertmanager": self.alertmanager, **dict(zip(names, others, strict=True))}
        endpoints = ", ".join(f'{name}: "127.0.0.1:{port}"' for name, port in ports.items())
        self.settings = f", endpoints: {{{endpoints}}}"
        (folder / "loki/rules").mkdir(parents=True)

    def rule(self, text: str, name: str = "own.yml") -> None:
        """Write a file of rules; "" removes it."""
        path = self.folder / "loki/rules" / name
        if text:
            path.write_text(text)
        else:
            path.unlink()

    async def apply(self) -> Report:
        """Render, checked by the real tools, and apply."""
        build = self.folder / "build"
        assert write(planned(self.folder, self.settings, self.retention), build, verify.check).findings == ()
        return await run(Work(Store(self.folder / "sotp"), build, {}), APPLY)

    async def start(self, program: Path) -> Loki:
        """Start Loki where the inventory says that it is."""
        (self.folder / "sotp/data").mkdir(exist_ok=True)
        return await start(program, self.folder, self.loki)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """One with a rule."""
    made = Site(tmp_path)
    made.rule(_RULE)
    return made


@pytest.fixture
async def running(site: Site, program: Path) -> AsyncIterator[Loki]:
    """The site is applied, and Loki runs."""
    await site.apply()
    found = await site.start(program)
    yield found
    await found.stop()


@pytest.fixture
async def alertmanager(site: Site) -> AsyncIterator[aiohttp.ClientSession]:
    """A real Alertmanager where the inventory says that it is, on the rendered configuration."""
    program = tools.find("alertmanager")
    if program is None:
        pytest.skip("no alertmanager: run `make engines`")
    await site.apply()
    process = subprocess.Popen(  # noqa: ASYNC220
        [
            program, f"--config.file={site.folder}/sotp/current/alertmanager/alertmanager.yml",
            f"--storage.path={site.folder}/am", f"--web.listen-address=127.0.0.1:{site.alertmanager}",
            "--cluster.listen-address=",
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    async with aiohttp.ClientSession(f"http://127.0.0.1:{site.alertmanager}") as http:
        yield http
    process.terminate()
    process.wait(20)


async def _alerts(http: aiohttp.ClientSession, name: str) -> list[dict[str, Any]]:
    try:
        async with http.get("/api/v2/alerts", params={"filter": f'alertname="{name}"'}) as got:
            found: list[dict[str, Any]] = await got.json()
            return found
    except aiohttp.ClientConnectionError:
        return []


def _state(report: Report) -> tuple[str, str]:
    outcome = report.outcomes["loki"]
    return outcome.state, outcome.why


async def test_loki_rules_a_line_becomes_an_alert(
    site: Site, alertmanager: aiohttp.ClientSession, running: Loki
) -> None:
    """A pushed line is an alert in Alertmanager, with the stream's labels and the rule's; maintenance holds it back.

    Pushed for a tenant (`settings.logs.tenant`), whom Loki as SOTP configures it doesn't know: rules see it still.
    """
    assert (await running.push((time.time_ns(), "tunnel 7 is gone", {"severity": "error", "app": "vpn"})))[0] == 204

    async def told() -> bool:
        return bool(await _alerts(alertmanager, "TunnelDown"))

    await until(told, site.folder / "log")
    (alert,) = await _alerts(alertmanager, "TunnelDown")
    assert alert["labels"] == {
        "alertname": "TunnelDown", "severity": "critical", "team": "noc",
        "device": "fw-1", "site": "waw", "role": "firewall",
    }  # fmt: skip
    grafana = "http://127.0.0.1:3000"
    assert alert["annotations"] == {
        "summary": "fw-1: 1 tunnels are down",
        "logs_url": f"{grafana}/d/sotp-logs/logs?var-device=fw-1",
        "dashboard_url": f"{grafana}/d/sotp-device/device?var-device=fw-1",
    }
    assert alert["generatorURL"].startswith(f"{grafana}/explore?")
    assert "sotp-loki" in alert["generatorURL"]
    async with alertmanager.post("/api/v2/alerts", json=_MAINTENANCE) as got:
        assert got.status == 200

    async def held() -> bool:
        return bool((await _alerts(alertmanager, "TunnelDown"))[0]["status"]["inhibitedBy"])

    await until(held, site.folder / "log")


async def test_loki_rules_come_and_go_without_a_restart(site: Site, running: Loki) -> None:
    """What is applied is confirmed by Loki, and soon what its ruler evaluates; so is that the last file was removed."""
    site.rule(_RULE.replace("> 0", "> 5").replace("TunnelDown", "TunnelsDown"))
    assert _state(await site.apply()) == ("confirmed", "")

    async def changed() -> bool:
        return await running.rules() == ["TunnelsDown"]

    await until(changed, site.folder / "log")
    site.rule("")
    assert "loki" not in (await site.apply()).outcomes

    async def gone() -> bool:
        return await running.rules() == []

    await until(gone, site.folder / "log")


@pytest.mark.usefixtures("running")
async def test_loki_rules_that_loki_refuses_go_back(site: Site) -> None:
    """An expression that only its parser finds wrong: the release before is current again, with Loki's own words."""
    before = (site.folder / "sotp/current").readlink()
    site.rule(_RULE.replace("count_over_time", "count_over_tim"))
    report = await site.apply()
    assert (report.results[-1].step, report.results[-1].state) == ("reload", "failed")
    words = (
        "it refuses own.yml: could not parse expression for alert 'TunnelDown' in group 'vpn': parse error at line 2"
    )
    assert words in report.results[-1].text
    assert report.text.startswith(f"rolled back: {before.name} is current again")
    assert (site.folder / "sotp/current").readlink() == before
    assert _state(report) == ("confirmed", "")


async def test_loki_rules_say_that_loki_must_be_restarted(site: Site, running: Loki, program: Path) -> None:
    """Loki reads loki.yml at its start: another retention is applied, said each time, and confirmed after a restart."""
    site.retention = "10d"
    for _ in range(2):
        report = await site.apply()
        assert _state(report)[0] == "restart"
        assert (
            "must be restarted, as it reads loki.yml at its start only: limits_config.retention_period" in report.text
        )
        assert report.code == 1
    await running.stop()
    again = await site.start(program)
    try:
        assert _state(await site.apply()) == ("confirmed", "")
    finally:
        await again.stop()


async def test_loki_rules_of_the_docs_are_taken(site: Site, running: Loki) -> None:
    """The example of docs/logs.md is LogQL that Loki reads as it was written."""
    (example,) = re.findall(r"```yaml\n(# loki/rules/vpn\.yml\n.*?)```", _LOGS.read_text(), re.DOTALL)
    site.rule(example, "vpn.yml")
    assert _state(await site.apply()) == ("confirmed", "")

    async def evaluated() -> bool:
        return {"TunnelsUnstable", "FirewallSilent"} <= set(await running.rules())

    await until(evaluated, site.folder / "log")
