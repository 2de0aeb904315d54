"""Status against real engines and the real rules: what it says is what holds."""

import json
import time

import aiohttp
import pytest

from sotpctl.status import Devices, Firing, Report, Unknown

pytestmark = pytest.mark.engines

PARENTS = 'icmp_parent_info{device="behind",parent="core"} 1\nicmp_parent_info{device="core",parent="gw"} 1\n'


def _reachability(**up: int) -> str:
    return PARENTS + "".join(f'icmp_up{{device="{name}"}} {value}\n' for name, value in up.items())


def _devices(report: Report) -> Devices:
    assert isinstance(report.devices, Devices), report.devices
    return report.devices


def _alerts(report: Report) -> Firing:
    assert isinstance(report.alerts, Firing), report.alerts
    return report.alerts


async def test_an_outage_as_status_tells_it(running) -> None:
    """From the start over an outage and a silence to its end; each state is told once it holds."""
    first = await running.until(lambda report: report.sound)
    assert {part.state for part in first.parts} == {"confirmed"}
    running.exporters["icmp"].text = _reachability(gw=1, core=1, behind=1, server=1)
    alive = await running.until(lambda report: len(_devices(report).up) == 4)
    assert (_devices(alive).unknown, _devices(alive).total) == (("silent",), 5)
    assert _alerts(alive).told == ()

    died = time.time()
    running.exporters["icmp"].text = _reachability(gw=1, core=0, behind=0, server=1)
    running.exporters["facts"].text = 'sotp_maintenance{device="server"} 1\n'
    down = await running.until(
        lambda report: bool(_devices(report).unreachable and _devices(report).maintenance and _alerts(report).told)
    )
    assert [(one.device, one.labels["role"]) for one in _devices(down).down] == [("core", "core")]
    assert [one.device for one in _devices(down).unreachable] == ["behind"]
    assert _devices(down).maintenance == ("server",)
    since = _devices(down).down[0].since
    assert since is not None
    assert died - 1 <= since <= time.time()
    assert [(one.name, one.device, one.severity) for one in _alerts(down).told] == [("DeviceDown", "core", "critical")]
    assert down.sound, "a device that is down is no fault of SOTP's"

    text = await running.sotpctl("status")
    assert (text.returncode, text.stderr) == (0, "")
    lines = text.stdout.splitlines()
    assert "DEVICES   5: 2 up, 1 down, 1 unreachable, 1 unknown, 1 in maintenance" in lines
    assert "ALERTS    1 critical" in lines
    assert any(line.split()[:2] == ["down", "core"] for line in lines)
    assert all(len(line) <= 80 for line in lines)

    await _silence(running, "core")
    silenced = await running.until(lambda report: _alerts(report).silenced == 1)
    assert _alerts(silenced).told == ()
    data = json.loads((await running.sotpctl("status", "--output", "json")).stdout)
    assert sorted(data) == [
        "alerts", "applied_at", "commit", "devices", "drift", "engines", "release", "releases", "sound"
    ]  # fmt: skip
    assert (data["alerts"]["silenced"], data["devices"]["down"][0]["device"]) == (1, "core")


async def test_what_does_not_run_is_unknown(running) -> None:
    """Without Prometheus its parts say so, with its address, and the rest is told; exit code 1."""
    running.exporters["icmp"].text = _reachability(gw=1)
    await running.until(lambda report: report.sound)
    await running.sotpctl("stack", "down")
    found = await running.report()
    assert found.devices == Unknown(f"Prometheus ({running.addresses['prometheus']}) is not running")
    assert found.alerts == Unknown(f"Alertmanager ({running.addresses['alertmanager']}) is not running")
    assert {part.name: part.state for part in found.parts} == {
        "facts": "confirmed",
        "icmp": "confirmed",
        "syslog": "confirmed",
        "alertmanager": "absent",
        "prometheus": "absent",
    }
    text = await running.sotpctl("status")
    assert text.returncode == 1
    assert f"DEVICES   unknown: Prometheus ({running.addresses['prometheus']}) is not running\n" in text.stdout
    assert "Traceback" not in text.stderr


async def test_drift_and_a_wrong_revision_are_told(running) -> None:
    """A file changed by hand, and an exporter that runs something else: both by name, and it isn't sound."""
    await running.until(lambda report: report.sound)
    rules = running.store.link / "prometheus" / "rules" / "sotp.yml"
    rules.write_text(rules.read_text() + "# by hand\n")
    running.exporters["icmp"].revision = "0123456789ab"
    found = await running.report()
    assert found.drift == {"prometheus/rules/sotp.yml": "changed"}
    assert [part.why for part in found.parts if part.name == "icmp"] == [
        f"it runs revision 0123456789ab, rendered is {running.manifest.exporters['icmp']}"
    ]
    assert not found.sound
    text = await running.sotpctl("status")
    assert text.returncode == 1
    said = "drift     prometheus/rules/sotp.yml was changed by hand: `sotpctl apply` puts it back"
    assert " ".join(text.stdout.split()).find(" ".join(said.split())) >= 0


async def test_right_after_the_start_it_waits_or_says_so(running) -> None:
    """Prometheus finds its targets in steps of 5 s: meanwhile it is starting, not wrong."""
    found = await running.report(0.5)
    (prometheus,) = [part for part in found.parts if part.name == "prometheus"]
    assert prometheus.state in {"starting", "confirmed"}, prometheus


async def _silence(running, device: str) -> None:
    moment = time.time()
    stamps = [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment + offset)) for offset in (-5, 600)]
    body = {
        "matchers": [{"name": "device", "value": device, "isRegex": False, "isEqual": True}],
        "startsAt": stamps[0],
        "endsAt": stamps[1],
        "createdBy": "test",
        "comment": "test",
    }
    url = f"http://{running.addresses['alertmanager']}/api/v2/silences"
    async with aiohttp.ClientSession() as http, http.post(url, json=body) as answer:
        assert answer.status == 200, await answer.text()
