"""What people read: the notification templates as amtool expands them, and as a real Alertmanager sends them."""

import asyncio
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sotpctl.render import data

pytestmark = pytest.mark.engines

Expand = Callable[..., str]
_URL = "https://grafana.example.net/d/sotp-device/device?var-device="


def _alert(device: str, *, resolved: bool = False, impact: str = "8 devices behind it") -> dict[str, Any]:
    return {
        "status": "resolved" if resolved else "firing",
        "labels": {"alertname": "DeviceDown", "device": device, "site": "waw", "severity": "critical"},
        "annotations": {
            "summary": f"{device} is down: 8 devices behind it can't be reached",
            "description": f"{device} answers no ping.",
            "impact": impact,
            "runbook_url": "https://docs.example.net/DeviceDown.md",
            "dashboard_url": f"{_URL}{device}",
        },
        "startsAt": "2026-11-24T12:03:05Z",
        "endsAt": "2026-11-24T12:06:25Z" if resolved else "0001-01-01T00:00:00Z",
    }


def _group(*alerts: dict[str, Any]) -> dict[str, Any]:
    labels = alerts[0]["labels"]
    common = {name: value for name, value in labels.items() if all(a["labels"].get(name) == value for a in alerts)}
    return {
        "receiver": "noc", "status": "firing", "alerts": alerts, "groupLabels": {}, "commonLabels": common,
        "commonAnnotations": {}, "externalURL": "https://alerts.example.net",
    }  # fmt: skip


@pytest.fixture
def expand(tool: Callable[[str], Path], tmp_path: Path) -> Expand:
    """Expand a template of the suite for a group of alerts."""

    def run(template: str, *alerts: dict[str, Any], kind: str = "text") -> str:
        path = tmp_path / "group.json"
        path.write_text(json.dumps(_group(*alerts)))
        return subprocess.run(
            [
                tool("amtool"), "template", "render", f"--template.glob={data.folder('alertmanager')}/*.tmpl",
                f'--template.text={{{{ template "{template}" . }}}}', f"--template.type={kind}",
                f"--template.data={path}",
            ],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip

    return run


@pytest.mark.parametrize("template", ["sotp.email.subject", "sotp.slack.title"])
def test_render_messages_say_it_all_in_the_first_line(expand: Expand, template: str) -> None:
    """What, where, how many: for one device, for several, after their return, and for both at once."""
    assert expand(template, _alert("sw")) == "[DOWN] sw (site waw) · 8 devices behind it"
    assert expand(template, _alert("sw", impact="")) == "[DOWN] sw (site waw)"
    assert expand(template, _alert("sw", resolved=True)) == "[RESOLVED] sw (site waw) · was down 3m20s"
    assert expand(template, _alert("a"), _alert("b")) == "[DOWN] 2 devices (site waw): a, b"
    assert (
        expand(template, _alert("a"), _alert("b", resolved=True))
        == "[DOWN] a (site waw) · 8 devices behind it · 1 resolved"
    )
    seven = [_alert(name) for name in "abcdefg"]
    assert expand(template, *seven) == "[DOWN] 7 devices (site waw): a, b, c, d, e …"


def test_render_messages_of_other_alerts_start_with_their_severity(expand: Expand) -> None:
    """An alert that isn't a device's death is its severity and its summary."""
    alert = {
        "status": "firing",
        "labels": {"alertname": "ExporterDown", "severity": "warning", "exporter": "facts"},
        "annotations": {"summary": "The facts exporter is down", "description": "It is."},
        "startsAt": "2026-11-24T12:03:05Z",
        "endsAt": "0001-01-01T00:00:00Z",
    }

    assert expand("sotp.email.subject", alert) == "[WARNING] The facts exporter is down"
    second = alert | {"labels": alert["labels"] | {"exporter": "alertlog"}}  # type: ignore[operator]
    assert expand("sotp.email.subject", alert, second) == "[WARNING] 2 × ExporterDown"  # noqa: RUF001 - meant


@pytest.mark.parametrize(
    ("template", "kind"), [("sotp.email.text", "text"), ("sotp.email.html", "html"), ("sotp.slack.text", "text")]
)
def test_render_messages_hold_since_when_and_where_to_look(expand: Expand, template: str, kind: str) -> None:
    """Firing ones with their start and links, resolved ones with how long they lasted."""
    text = expand(template, _alert("sw"), _alert("back", resolved=True), kind=kind).replace("&#39;", "'")

    assert "sw is down: 8 devices behind it can't be reached, since 2026-11-24 12:03:05 UTC" in text
    assert "back was down 3m20s, until 12:06:25 UTC" in text
    assert f"{_URL}sw" in text
    assert "https://docs.example.net/DeviceDown.md" in text


def test_render_messages_fit_into_slack(expand: Expand) -> None:
    """A storm of devices with the longest names stays under Slack's 3000 characters, and says how many more."""
    names = [f"{i:03}-" + "x" * 59 for i in range(200)]
    text = expand("sotp.slack.text", *map(_alert, names), *[_alert(name, resolved=True) for name in names])
    few = expand("sotp.slack.text", *map(_alert, names[:5]), *[_alert(name, resolved=True) for name in names])

    assert len(text) < 3000
    assert len(few) < 3000
    assert "and 185 more" in text
    assert "and 195 more" in text


def test_render_messages_escape_html(expand: Expand) -> None:
    """Markup in a label or annotation is shown, not run, and a link that is no web address is no link."""
    alert = _alert("<b>sw</b>")
    alert["annotations"]["runbook_url"] = "javascript:alert(1)"
    text = expand("sotp.email.html", alert, kind="html")

    assert "<b>sw</b>" not in text
    assert 'href="javascript' not in text


async def test_render_messages_leave_a_real_alertmanager(
    document: dict[str, Any],
    inbox: Any,
    run_alertmanager: Callable[[dict[str, Any]], Any],
    eventually: Any,
    tmp_path: Path,
) -> None:
    """Slack gets title and text, mail its subject: as the templates say, after the 5 s of group_wait."""
    (tmp_path / "slack-url").write_text(f"http://{inbox.http}/slack\n")
    document["alerting"]["receivers"]["mail"]["email"] |= {"smarthost": inbox.smtp, "require_tls": False}
    running = await asyncio.to_thread(run_alertmanager, document)

    alert = _alert("sw")
    await asyncio.to_thread(running.post, {"labels": alert["labels"], "annotations": alert["annotations"]})

    headline = "[DOWN] sw (site waw) · 8 devices behind it"
    await asyncio.to_thread(eventually, lambda: sorted(inbox.headlines()), [("mail", headline), ("slack", headline)])
