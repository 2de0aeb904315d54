"""A storm of 200 alerts with hostile texts, sent by a real Alertmanager into real sinks: all get what they take."""

import asyncio
import email.policy
import json
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.engines

_COUNT = 200
_HOSTILE = '<img src=x onerror="alert(1)"> & <!channel> Łódź 東京 \u0007 "quoted" {{ .Oops }} '


def _storm() -> list[dict[str, Any]]:
    return [
        {
            "labels": {
                "alertname": "DeviceDown", "severity": "critical", "site": "waw",
                "device": f"{i:03}-" + "x" * 59, "role": _HOSTILE, "team": "zażółć",
            },
            "annotations": {
                "summary": f"{i:03} is down {_HOSTILE}", "description": _HOSTILE * 60, "impact": _HOSTILE * 10,
                "dashboard_url": f"https://grafana.example.net/d/sotp-device/device?var-device={i:03}",
                "runbook_url": "https://docs.example.net/DeviceDown.md",
            },
        }
        for i in range(_COUNT)
    ]  # fmt: skip


@pytest.fixture
async def sent(
    document: dict[str, Any], inbox: Any, run_alertmanager: Callable[..., Any], eventually: Any, tmp_path: Path
) -> Any:
    """The inbox after the storm was told by mail, Slack, PagerDuty and a webhook."""
    for name, text in (("slack-url", f"http://{inbox.http}/slack"), ("key", "k" * 32)):
        (tmp_path / name).write_text(text)
    receivers = document["alerting"]["receivers"]
    receivers["mail"]["email"] |= {"smarthost": inbox.smtp, "require_tls": False}
    receivers["hook"]["webhook"]["url"] = f"http://{inbox.http}/hook"
    receivers["duty"] = {"pagerduty": {"routing_key": {"file": "key"}}}
    document["alerting"]["routes"] = [{"receiver": name, "continue": True} for name in receivers]

    def with_sink(text: str) -> str:
        return text.replace(
            "  pagerduty_configs:\n  - ", f"  pagerduty_configs:\n  - url: http://{inbox.http}/duty\n    "
        )

    running = await asyncio.to_thread(run_alertmanager, document, with_sink)
    await asyncio.to_thread(running.post, *_storm())
    await asyncio.to_thread(
        eventually,
        lambda: (
            len(inbox.mails),
            len(inbox.posts),
            *(len(inbox.others.get(f"/{one}", [])) for one in ("duty", "hook")),
        ),
        (1, 1, 1, 1),
    )
    return inbox


async def test_render_messages_of_a_storm_reach_every_channel(sent: Any) -> None:
    """Mail in two forms, Slack, PagerDuty, webhook: sizes below the channel's, nothing unfilled, nothing that runs."""
    mail = message_from_bytes(sent.mails[0], policy=email.policy.default)
    slack = json.loads(sent.posts[0])["attachments"][0]
    duty = json.loads(sent.others["/duty"][0])
    hook = json.loads(sent.others["/hook"][0])

    assert isinstance(mail, EmailMessage)
    html, text = (mail.get_body((kind,)).get_content() for kind in ("html", "plain"))  # type: ignore[union-attr]
    assert mail["Subject"].startswith("[DOWN] 200 devices (site waw): 000-x")
    assert len(mail["Subject"]) == 120
    assert len(html.encode()) < 50_000
    assert len(text.encode()) < 50_000
    assert "<img" not in html
    assert len(slack["text"]) < 3000
    assert slack["color"] == "danger"
    assert "<!" not in json.dumps(slack, ensure_ascii=False).replace("\\u003c", "<")
    assert duty["event_action"] == "trigger"
    assert len(duty["payload"]["summary"]) <= 1024
    assert len(sent.others["/duty"][0]) < 512_000
    assert duty["payload"]["severity"] == "critical"
    assert (duty["payload"]["group"], duty["payload"]["class"], duty["client"]) == ("waw", "DeviceDown", "SOTP")
    assert duty["client_url"] == "https://grafana.example.net/d/sotp-alerts/alerts?var-site=waw"
    assert len(hook["alerts"]) == _COUNT
    for shown in (mail["Subject"], html, text, json.dumps(slack), json.dumps(duty["payload"])):
        assert "no value" not in shown
        assert "ZgotmplZ" not in shown
    for shown in (html, text, slack["text"], duty["payload"]["custom_details"]["firing"]):
        assert "190 more" in shown
        assert "Łódź 東京" in shown
        assert "{{ .Oops }}" in shown
