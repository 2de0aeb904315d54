"""What arrives at the sink, made readable: a mail, a Slack payload or a webhook's body into one message. Pure.

A message is what `inbox.jsonl` and `/inbox.json` hold: `channel` (email, slack, webhook), `subject`, `text`, for a mail
with HTML `html`, where there is one a `link`, and `raw`, what really came; the inbox adds `id` and `time`.
"""

import json
from collections.abc import Sequence
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern
from typing import Any

Message = dict[str, Any]


class PayloadError(Exception):
    """A payload that the real receiver would refuse; the text is its answer."""


def from_mail(content: bytes, sender: str, recipients: Sequence[str]) -> Message:
    """A mail as SMTP delivered it; one that can't be parsed is kept as it came."""
    raw = content.decode(errors="replace")
    message: Message = {"channel": "email", "from": sender, "to": list(recipients), "raw": raw}
    try:
        mail = message_from_bytes(content, policy=modern)
        subject = str(mail["subject"] or "")
        text, html = _part(mail, "plain"), _part(mail, "html")
    except Exception as error:  # noqa: BLE001 - the email package raises all sorts on a mail that is wrong enough
        return message | {"subject": "(a mail that can't be parsed)", "text": raw, "error": str(error)}
    return message | {"subject": subject, "text": text or ""} | ({"html": html} if html is not None else {})


def from_slack(body: bytes) -> Message:
    """A payload of Slack's incoming webhooks: `text` and `attachments`.

    Raises:
        PayloadError: With what Slack itself would answer (400).
    """
    try:
        payload = json.loads(body)
    except ValueError as error:
        raise PayloadError("invalid_payload") from error
    if not isinstance(payload, dict):
        raise PayloadError("invalid_payload")
    attachments = [a for a in _list(payload.get("attachments")) if isinstance(a, dict)]
    lines = [_text(payload.get("text")), *(line for a in attachments for line in _attachment(a))]
    lines = [line for line in lines if line]
    if not lines and not payload.get("blocks"):
        raise PayloadError("no_text")
    links = [_text(a.get("title_link")) for a in attachments if a.get("title_link")]
    return {
        "channel": "slack",
        "to": [_text(payload["channel"])] if payload.get("channel") else [],
        "subject": lines[0] if lines else "",
        "text": "\n".join(lines[1:]),
        "raw": payload,
    } | ({"link": links[0]} if links else {})


def from_webhook(path: str, body: bytes) -> Message:
    """Any other webhook; Alertmanager's (`status`, `alerts`) gets a subject and a line an alert."""
    message: Message = {"channel": "webhook", "to": [path], "subject": f"POST {path}"}
    try:
        payload = json.loads(body)
    except ValueError:
        text = body.decode(errors="replace")
        return message | {"text": text, "raw": text}
    if isinstance(payload, dict) and isinstance(payload.get("alerts"), list):
        message |= _alerts(payload)
    else:
        message["text"] = json.dumps(payload, indent=2, ensure_ascii=False)
    return message | {"raw": payload}


def _part(mail: EmailMessage, kind: str) -> str | None:
    part = mail.get_body((kind,))
    return None if part is None else str(part.get_content()).replace("\r\n", "\n")


def _attachment(attachment: dict[str, Any]) -> list[str]:
    lines = [_text(attachment.get(key)) for key in ("pretext", "title", "text")]
    fields = [f for f in _list(attachment.get("fields")) if isinstance(f, dict)]
    lines += [f"{_text(f.get('title'))}: {_text(f.get('value'))}" for f in fields]
    if not any(lines):
        lines = [_text(attachment.get("fallback"))]
    return [*lines, _text(attachment.get("footer"))]


def _alerts(payload: dict[str, Any]) -> Message:
    alerts = [alert for alert in payload["alerts"] if isinstance(alert, dict)]
    group = payload.get("groupLabels")
    labels = ", ".join(f"{k}={v}" for k, v in sorted(group.items())) if isinstance(group, dict) else ""
    subject = f"[{_text(payload.get('status')).upper()}:{len(alerts)}] {labels}".strip()
    return {"subject": subject, "text": "\n".join(map(_alert, alerts))}


def _alert(alert: dict[str, Any]) -> str:
    labels, annotations = (a if isinstance(a, dict) else {} for a in (alert.get("labels"), alert.get("annotations")))
    what = " ".join(_text(labels.get(key)) for key in ("alertname", "device") if labels.get(key))
    return f"{_text(alert.get('status'))} {what}: {_text(annotations.get('summary'))}"


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()
