"""Rules of the user's own, from the file beside the inventory to a message: real promtool, Prometheus, Alertmanager."""

import asyncio
import json
import os
import re
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from click.testing import CliRunner

from sotpctl.apply import APPLY, ROLLBACK, Report, Store, Work, run
from sotpctl.cli.main import cli
from sotpctl.inventory import load
from sotpctl.render import plan, write
from tests.integration.status.conftest import Network

pytestmark = [pytest.mark.engines, pytest.mark.timeout(300)]

_DOCS = Path(__file__).parents[3] / "docs" / "alerting.md"
_NO_HOOK = "http://127.0.0.1:9/"
_SECONDS = 90
_OWN = """\
groups:
  - name: applications
    interval: 5s
    labels: {team: apps}
    rules:
      - record: role:devices_up:sum
        expr: sum by (role) (device:up:bool)
      - alert: Present
        expr: device:up:bool >= 0
        for: 20s
        labels: {severity: warning}
        annotations: {summary: "{{ $labels.device }} is known"}
      - alert: CardMissing
        expr: absent(nothing_like_it)
        for: 20s
        labels: {severity: critical, device: core}
"""
_BROKEN = r"""
groups:
  - name: 'a "b" \ é'
    labels: {severity: info}
    rules:
      - {record: 'a:b:c', expr: 'topk(5, up'}
      - alert: Block
        expr: |

          # why
            sum by (site) (
            foo(up))
      - alert: Folded
        expr: >-
          up +
          on )
      - {alert: Escaped, expr: "up{a=\"b\"} >> 1"}
      - {alert: Texts, expr: up, annotations: {summary: '{{ $value | humanise }}'}}
      - {alert: Label, expr: up, labels: {tier: '{{ if }}'}}
""".lstrip()
_UP = """\
icmp_up{device="gw"} 1
icmp_up{device="core",role="core"} 0
icmp_up{device="behind"} 0
icmp_up{device="server"} 1
icmp_parent_info{device="core",parent="gw"} 1
icmp_parent_info{device="behind",parent="core"} 1
icmp_parent_info{device="server",parent="gw"} 1
"""


class Scene:
    """The network, what was told, and the file of rules."""

    def __init__(self, network: Network) -> None:
        self.network, self.told = network, list[dict[str, Any]]()
        self.file = network.folder / "prometheus/rules/own.yml"
        self.file.parent.mkdir(parents=True)

    def rules(self, text: str) -> None:
        """Write the file, "" removes it, and load the inventory again."""
        if text:
            self.file.write_text(text)
        else:
            self.file.unlink()
        loaded = load(self.network.folder / "inventory.yaml")
        assert loaded.inventory, loaded.problems
        self.network.inventory = loaded.inventory

    async def apply(self) -> Report:
        """Render and apply, while everything runs."""
        build = self.network.folder / "build"
        write(plan(self.network.inventory, ""), build, None)
        return await run(Work(self.network.store, build, {}), APPLY)

    async def hear(self, request: web.Request) -> web.Response:
        """Take what the receiver is told."""
        self.told += (await request.json())["alerts"]
        return web.Response()

    async def get(self, engine: str, path: str) -> Any:
        """Ask an engine's API."""
        async with aiohttp.ClientSession(f"http://{self.network.addresses[engine]}") as http, http.get(path) as got:
            return await got.json()

    async def alerts(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Give Alertmanager's alerts by name and device."""
        found = await self.get("alertmanager", "/api/v2/alerts")
        return {(one["labels"]["alertname"], one["labels"].get("device", "")): one for one in found}

    async def held_back(self) -> dict[tuple[str, str], str]:
        """Give by which alert each of the own rules is held back, "" where by none."""
        found = await self.alerts()
        names = {one["fingerprint"]: name for (name, _), one in found.items()}
        return {
            key: names.get(next(iter(one["status"]["inhibitedBy"]), ""), "")
            for key, one in found.items()
            if one["labels"].get("team") == "apps"
        }

    async def groups(self) -> dict[str, float]:
        """Give the interval of every group in the own file that Prometheus evaluates."""
        found = (await self.get("prometheus", "/api/v1/rules"))["data"]["groups"]
        return {one["name"]: one["interval"] for one in found if Path(one["file"]).name == "own-own.yml"}


async def _until(read: Callable[[], Awaitable[Any]], expected: Any) -> None:
    """Ask until the answer is the one that is expected; the last one explains a failure."""
    end = asyncio.get_running_loop().time() + _SECONDS
    while (got := await read()) != expected:
        assert asyncio.get_running_loop().time() < end, got
        await asyncio.sleep(0.2)


@pytest.fixture
async def scene(network: Network) -> AsyncIterator[Scene]:
    """A network with the rules beside its inventory, whose receiver is heard; nothing is applied yet."""
    made = Scene(network)
    app = web.Application()
    app.router.add_post("/", made.hear)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    inventory = network.folder / "inventory.yaml"
    text = inventory.read_text()
    assert _NO_HOOK in text
    inventory.write_text(text.replace(_NO_HOOK, f"http://127.0.0.1:{runner.addresses[0][1]}/"))
    made.rules(_OWN)
    yield made
    await runner.cleanup()


async def test_own_rules_fire_and_are_told_and_held_back(scene: Scene, running: Network) -> None:
    """Alerts on living devices are told; on a dead one, be it named by the series or the rule, they are held back."""
    running.exporters["icmp"].text = _UP
    held = {
        ("Present", "gw"): "", ("Present", "server"): "",
        ("Present", "core"): "DeviceTrouble", ("Present", "behind"): "DeviceTrouble",
        ("CardMissing", "core"): "DeviceTrouble",
    }  # fmt: skip
    await _until(scene.held_back, held)

    async def told() -> set[tuple[str, str]]:
        own = [one["labels"] for one in scene.told if one["labels"].get("team") == "apps"]
        return {(labels["alertname"], labels["device"]) for labels in own}

    await _until(told, {("Present", "gw"), ("Present", "server")})
    alert = (await scene.alerts())["Present", "gw"]
    assert alert["receivers"] == [{"name": "noc"}]
    assert alert["labels"] == {
        "alertname": "Present", "severity": "warning", "team": "apps", "device": "gw", "last_maintenance": "never",
    }  # fmt: skip
    grafana = "http://127.0.0.1:3000/d"
    assert alert["annotations"] == {
        "summary": "gw is known", "dashboard_url": f"{grafana}/sotp-device/device?var-device=gw",
    }  # fmt: skip
    missing = (await scene.alerts())["CardMissing", "core"]
    assert missing["annotations"] == {"dashboard_url": f"{grafana}/sotp-device/device?var-device=core"}

    running.exporters["facts"].text = 'sotp_maintenance{device="gw"} 1\n'
    await _until(scene.held_back, held | {("Present", "gw"): "DeviceMaintenance"})


async def test_own_rules_come_go_and_come_back(scene: Scene, running: Network) -> None:
    """What is applied is evaluated at the interval as written; removed, it is gone; rolled back, there again."""
    before = running.store.current()
    assert before
    assert await scene.groups() == {"applications": 5}
    scene.rules("")
    report = await scene.apply()
    assert report.code == 0, report.results
    assert report.outcomes["prometheus"].state == "confirmed"
    assert await scene.groups() == {}
    back = await run(Work(Store(running.store.directory), running.store.path(before), {}), ROLLBACK)
    assert back.code == 0, back.results
    assert await scene.groups() == {"applications": 5}
    assert (await running.report()).drift == {}


@pytest.fixture
def folder(tmp_path: Path, promtool: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An inventory in the working directory, with a place for rules; promtool is there."""
    assert promtool
    (tmp_path / "inventory.yaml").write_text(
        "settings: {apply: {directory: applied}}\nsites: {waw: {}}\nroles: {edge: {}}\n"
        "devices: {waw-edge-1: {address: 192.0.2.1, site: waw, role: edge}}\n"
    )
    (tmp_path / "prometheus/rules").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _rendered(code: int = 0) -> list[str]:
    """Render, and give what promtool says."""
    done = CliRunner().invoke(cli, ["render"], env=dict(os.environ))
    assert done.exit_code == code, done.output
    return [line for line in done.stderr.splitlines() if line.startswith("promtool: ")]


def test_own_rules_are_refused_by_promtool_at_their_place(folder: Path) -> None:
    """Its words stand behind the user's file, the line and column within the text, and the path; build/ stays."""
    (folder / "prometheus/rules/own.yml").write_text(_BROKEN)
    where, no = "promtool: prometheus/rules/own.yml", "not defined"
    assert _rendered(1) == [
        f"{where}:5:44: groups[0].rules[0].expr: parse error: unclosed left parenthesis",
        f'{where}:11:13: groups[0].rules[1].expr: parse error: unknown function with name "foo"',
        f"{where}:13:15: groups[0].rules[2].expr: parse error: unexpected right parenthesis ')'",
        f"{where}:16:32: groups[0].rules[3].expr: parse error: unexpected <op:>>",
        f'{where}:17:57: groups[0].rules[4].annotations.summary: template: __alert_Texts:1: function "humanise" {no}',
        f"{where}:18:49: groups[0].rules[5].labels.tier: template: __alert_Label:1: missing value for if",
    ]
    assert not (folder / "build").exists()


def test_own_rules_of_the_docs_do_what_their_test_says(folder: Path, promtool: Path) -> None:
    """The example is accepted as rendered, and promtool runs its test on the file as it was written."""
    files = re.findall(r"```yaml\n# (prometheus/rules/\S+\.yml)\n(.*?)```", _DOCS.read_text(), re.DOTALL)
    for name, text in files:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    assert _rendered() == []
    done = subprocess.run(
        [promtool, "test", "rules", "prometheus/rules/tests/uplinks.yml"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_own_rules_are_told_anew_after_maintenance(folder: Path, promtool: Path) -> None:
    """last_maintenance is the end that Prometheus knows of, of the device that the series or the rule names."""
    (folder / "prometheus/rules/own.yml").write_text(
        "groups:\n- name: g\n  labels: {severity: info}\n  rules:\n"
        "  - {alert: Own, expr: x > 0}\n"
        "  - {alert: Named, expr: sum(x) > 0, labels: {device: waw-edge-1}}\n"
        "  - {alert: Nobodys, expr: sum(x) > 0}\n"
    )
    assert _rendered() == []
    window = 'sotp_maintenance_started_timestamp_seconds{device="waw-edge-1"}'
    url = "http://127.0.0.1:3000/d"
    page = {"dashboard_url": f"{url}/sotp-device/device?var-device=waw-edge-1"}
    since = {"severity": "info", "device": "waw-edge-1", "last_maintenance": "1970-01-01 00:02:00 +0000 UTC"}
    nobodys = {"severity": "info", "last_maintenance": "never"}
    expected = {
        "Own": [{"exp_labels": since, "exp_annotations": page}],
        "Named": [{"exp_labels": since, "exp_annotations": page}],
        "Nobodys": [{"exp_labels": nobodys, "exp_annotations": {"dashboard_url": f"{url}/sotp-alerts/alerts"}}],
    }
    series = [{"series": 'x{device="waw-edge-1"}', "values": "1x9"}, {"series": window, "values": "120x9"}]
    asked = [{"eval_time": "5m", "alertname": name, "exp_alerts": alerts} for name, alerts in expected.items()]
    test = {
        "rule_files": ["build/prometheus/rules/own-own.yml"],
        "tests": [{"input_series": series, "alert_rule_test": asked}],
    }
    (folder / "test.yml").write_text(json.dumps(test))
    done = subprocess.run([promtool, "test", "rules", "test.yml"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
