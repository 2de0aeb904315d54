"""Mails, Slack payloads and webhooks made readable, and shown safely."""

import json
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from lab import page
from lab.inbox import Inbox, read
from lab.messages import PayloadError, from_mail, from_slack, from_webhook


def test_a_mail_with_html_and_text() -> None:
    """Encoded subject and both bodies are decoded."""
    mail = EmailMessage()
    mail["Subject"] = "[FIRING:1] Kraków"
    mail.set_content("plain ć\n")
    mail.add_alternative("<b>rich ć</b>\n", subtype="html")
    message = from_mail(mail.as_bytes(), "a@example.net", ["noc@example.net"])
    assert (message["subject"], message["text"], message["html"]) == (
        "[FIRING:1] Kraków",
        "plain ć\n",
        "<b>rich ć</b>\n",
    )
    assert (message["channel"], message["to"]) == ("email", ["noc@example.net"])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"Subject: =?x?q?y\r\nContent-Type: text/plain; charset=nope\r\n\r\n\xff",
        b"Content-Type: multipart/mixed\r\n\r\n--",
    ],
)
def test_a_strange_mail_is_kept(content: bytes) -> None:
    """Whatever comes is a message with a subject and a text."""
    message = from_mail(content, "", [])
    assert {"subject", "text", "raw"} <= message.keys()


def test_alertmanagers_slack_payload() -> None:
    """Title, text and fields of the attachment become subject and text, its link the link."""
    payload = {
        "channel": "#noc",
        "attachments": [
            {
                "title": "DeviceDown waw-sw-1",
                "title_link": "http://127.0.0.1:3000/d/x",
                "text": "8 behind it",
                "fields": [{"title": "Site", "value": "waw"}],
                "fallback": "not shown",
            }
        ],
    }
    message = from_slack(json.dumps(payload).encode())
    assert message == {
        "channel": "slack",
        "to": ["#noc"],
        "subject": "DeviceDown waw-sw-1",
        "text": "8 behind it\nSite: waw",
        "link": "http://127.0.0.1:3000/d/x",
        "raw": payload,
    }


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"payload", "invalid_payload"),
        (b"[1]", "invalid_payload"),
        (b"{}", "no_text"),
        (b'{"attachments": 3}', "no_text"),
    ],
)
def test_slack_refuses_what_slack_refuses(body: bytes, error: str) -> None:
    """With Slack's own words."""
    with pytest.raises(PayloadError, match=f"^{error}$"):
        from_slack(body)


def test_alertmanagers_webhook() -> None:
    """One line an alert, the group in the subject."""
    alert = {
        "status": "firing",
        "labels": {"alertname": "DeviceDown", "device": "a"},
        "annotations": {"summary": "gone"},
    }
    payload = {"status": "firing", "groupLabels": {"site": "waw"}, "alerts": [alert, "not an alert"]}
    message = from_webhook("/hook", json.dumps(payload).encode())
    assert (message["subject"], message["text"]) == ("[FIRING:1] site=waw", "firing DeviceDown a: gone")


@pytest.mark.parametrize(
    "body", [b"", b"plain words", b"\xff", b'{"alerts": 3}', b'"text"', b'{"alerts": [{"labels": 1}]}']
)
def test_any_webhook_is_kept(body: bytes) -> None:
    """JSON of any shape and no JSON at all."""
    assert {"subject", "text", "raw"} <= from_webhook("/x", body).keys()


def test_nothing_in_a_message_becomes_markup() -> None:
    """Every field of a hostile message is escaped; only http links are links."""
    evil = '"><script>alert(1)</script>'
    messages: list[dict[str, Any]] = [
        {"channel": evil, "time": evil, "to": [evil], "subject": evil, "text": evil, "link": "javascript:alert(1)"},
        {"channel": "email", "subject": evil, "text": evil, "html": evil},
        {
            "channel": "slack",
            "subject": evil,
            "text": f'<https://x|{evil}> <https://y"onclick=|z>',
            "link": "http://" + evil,
        },
    ]
    html = page.render(messages, "1")
    assert html.count("<script>") == 1  # the page's own
    assert "&lt;script&gt;" in html
    assert "javascript:" not in html
    assert 'y"onclick' not in html


def test_a_mails_html_is_caged() -> None:
    """It stands in a frame without scripts and origin, newest message first."""
    html = page.render(
        [{"channel": "email", "subject": "old", "html": "<b>x</b>"}, {"channel": "slack", "subject": "new"}], "1"
    )
    assert (
        'sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="&lt;base target=&quot;_blank&quot;&gt;&lt;b&gt;'
        in html
    )
    assert html.index("new") < html.index("old")
    assert "allow-scripts" not in html
    assert "allow-same-origin" not in html


def test_slack_links_are_links() -> None:
    """Slack's own syntax."""
    html = page.render([{"channel": "slack", "subject": "s", "text": "<https://example.net/?a=1&b=2|see here>"}], "1")
    assert '<a href="https://example.net/?a=1&amp;b=2" rel="noreferrer" target="_blank">see here</a>' in html


def test_the_inbox_outlives_the_lab(tmp_path: Path) -> None:
    """Messages are in the file at once; a new lab goes on numbering; a line that a kill cut off is dropped."""
    path = tmp_path / "inbox.jsonl"
    inbox = Inbox(path)
    inbox.add({"channel": "slack", "subject": "ć \ud800", "text": ""})
    assert [message["subject"] for message in read(path)] == ["ć ?"]
    inbox.close()
    with path.open("a") as file:
        file.write('{"id": 2, "cut of')
    again = Inbox(path)
    assert again.add({"subject": "two"})["id"] == 2
    assert [message["id"] for message in read(path)] == [1, 2]
    assert again.clear() == 2
    assert read(path) == []
    again.add({"subject": "three"})
    assert [message["id"] for message in read(path)] == [3]
    again.close()
