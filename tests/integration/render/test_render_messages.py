"""What people read: the notification templates as amtool expands them, and as a real Alertmanager sends them."""

import asyncio
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

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


def _other(*, status: str = "firing", summary: str = "The facts exporter is down", **labels: str) -> dict[str, Any]:
    return {
        "status": status,
        "labels": {"alertname": "ExporterDown", "severity": "warning", "exporter": "facts", **labels},
        "annotations": {"summary": summary, "description": "It is."},
        "startsAt": "2026-11-24T12:03:05Z",
        "endsAt": "2026-11-24T12:06:25Z" if status == "resolved" else "0001-01-01T00:00:00Z",
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
    alert = _other()

    assert expand("sotp.email.subject", alert) == "[WARNING] The facts exporter is down"
    second = alert | {"labels": alert["labels"] | {"exporter": "alertlog"}}
    assert expand("sotp.email.subject", alert, second) == "[WARNING] 2 × ExporterDown"  # noqa: RUF001 - meant


def test_render_messages_never_have_a_first_line_over_120_characters(expand: Expand) -> None:
    """The longest names, many alerts, a summary of several lines: one line, cut with an ellipsis."""
    long = [_alert(f"{i}" + "x" * 62) for i in range(9)]
    flood = _other(summary="a\n b " + "ż" * 200)

    assert len(expand("sotp.email.subject", *long)) == 120
    assert expand("sotp.email.subject", flood) == "[WARNING] a b " + "ż" * 105 + "…"
    assert len(expand("sotp.email.subject", _alert("y" * 63))) < 120


def test_render_messages_tell_of_a_site(expand: Expand) -> None:
    """A site's outage is DOWN as a device's is, names the site once, and its end says how long it lasted."""
    site = _other(alertname="SiteDown", site="krk", severity="critical", summary="Site krk is down: all 6 devices")
    site["annotations"]["impact"] = "all 6 devices"
    over = site | {"status": "resolved", "endsAt": "2026-11-24T12:06:25Z"}

    assert expand("sotp.email.subject", site) == "[DOWN] site krk · all 6 devices"
    assert expand("sotp.email.subject", over) == "[RESOLVED] site krk · was down 3m20s"
    assert "• site krk was down 3m20s, until 12:06:25 UTC" in expand("sotp.slack.text", over)


@pytest.mark.parametrize(
    ("template", "kind", "since"),
    [
        ("sotp.email.text", "text", ", since 2026-11-24 12:03:05 UTC"),
        ("sotp.email.html", "html", "since 12:03:05 UTC, 24 Nov · site waw"),
        ("sotp.slack.text", "text", ", since 2026-11-24 12:03:05 UTC"),
        ("sotp.pagerduty.firing", "text", ", since 2026-11-24 12:03:05 UTC"),
    ],
)
def test_render_messages_hold_what_since_when_and_what_hangs_on_it(
    expand: Expand, template: str, kind: str, since: str
) -> None:
    """A firing one: its summary, since when, its impact."""
    text = expand(template, _alert("sw"), kind=kind).replace("&#39;", "'")

    assert "sw is down: 8 devices behind it can't be reached" in text
    assert since in text
    assert "8 devices behind it" in text.replace("8 devices behind it can't", "")


@pytest.mark.parametrize(
    ("template", "kind"), [("sotp.email.text", "text"), ("sotp.email.html", "html"), ("sotp.slack.text", "text")]
)
def test_render_messages_lead_to_where_one_looks_on(expand: Expand, template: str, kind: str) -> None:
    """Dashboard, runbook, a silence on just this group; a resolved one says how long it lasted, for either kind."""
    text = expand(template, _alert("sw"), _alert("back", resolved=True), kind=kind)
    over = _other(device="srv", status="resolved")

    assert "back was down 3m20s, until 12:06:25 UTC" in text
    assert f"{_URL}sw" in text
    assert "https://docs.example.net/DeviceDown.md" in text
    filters = re.findall(r"#/silences/new\?filter=([\w%.-]+)", text)
    assert [unquote(one) for one in filters] == ['{alertname="DeviceDown",site="waw"}']
    assert "srv: ExporterDown lasted 3m20s, until 12:06:25 UTC" in expand(template, over, kind=kind)
    assert "#/silences" not in expand(template, over, kind=kind)


@pytest.mark.parametrize(
    ("template", "kind", "limit"),
    [
        ("sotp.slack.text", "text", 3000),
        ("sotp.email.text", "text", 50_000),
        ("sotp.email.html", "html", 50_000),  # Gmail clips at 102 KB
        ("sotp.pagerduty.firing", "text", 10_000),
    ],
)
def test_render_messages_fit_their_channel_in_a_storm(expand: Expand, template: str, kind: str, limit: int) -> None:
    """200 devices with the longest names and texts, as many resolved: under the limit, with a link to the rest."""
    names = [f"{i:03}-" + "x" * 59 for i in range(200)]
    storm = [_alert(name) for name in names]
    for alert in storm:
        alert["annotations"] |= {"description": "d" * 5000, "impact": "i" * 5000}
    resolved = [_alert(name, resolved=True) for name in names]
    for alerts in (storm + resolved, storm[:3] + resolved, storm[:1]):
        assert len(expand(template, *alerts, kind=kind).encode()) < limit
    text = expand(template, *storm, kind=kind)
    assert "190 more" in text
    assert "https://grafana.example.net/d/sotp-alerts/alerts?var-site=waw" in text


@pytest.mark.parametrize(
    ("template", "kind", "link"),
    [
        ("sotp.email.text", "text", "Logs: {}"),
        ("sotp.email.html", "html", 'href="{}">Logs</a>'),
        ("sotp.slack.text", "text", "<{}|Logs>"),
    ],
)
def test_render_messages_lead_to_the_logs_where_an_alert_came_of_them(
    expand: Expand, template: str, kind: str, link: str
) -> None:
    """The alert's own minutes; an alert that names none has no such link."""
    alert = _alert("sw")
    assert "Logs" not in expand(template, alert, kind=kind)
    alert["annotations"]["logs_url"] = "https://grafana.example.net/d/sotp-logs/logs?var-device=sw"
    assert link.format(alert["annotations"]["logs_url"]) in expand(template, alert, kind=kind)


def test_render_messages_escape_html(expand: Expand) -> None:
    """Markup in a label or annotation is shown, not run, and a link that is no web address is no link."""
    alert = _alert("<b>sw</b>")
    alert["annotations"] |= {"runbook_url": "javascript:alert(1)", "dashboard_url": "javascript:alert(2)"}
    alert["annotations"]["impact"] = "<script>x</script>"
    text = expand("sotp.email.html", alert, kind="html")

    assert "<b>sw</b>" not in text
    assert "<script" not in text
    assert 'href="javascript' not in text
    assert "ZgotmplZ" not in text.replace('href="#ZgotmplZ"', "")


def test_render_messages_call_nobody_in_slack(expand: Expand) -> None:
    """What Slack takes for a mention or a link is shown as it is."""
    alert = _alert("sw")
    alert["annotations"] |= {
        "summary": "<!channel> & <@U1>",
        "impact": "<!here>",
        "dashboard_url": "https://x/|y> <!here>",
    }
    for text in (expand("sotp.slack.title", alert), expand("sotp.slack.text", alert)):
        assert "<!" not in text
        assert "<@" not in text


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
