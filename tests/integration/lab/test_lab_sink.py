"""The sink's servers: what is sent arrives, is stored and shown."""

import asyncio
import json
import smtplib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from lab.inbox import Inbox
from lab.sink import Sink


@dataclass
class Served:
    """A sink that runs, and a client of its HTTP side."""

    smtp_port: int
    file: Path
    http: aiohttp.ClientSession

    async def messages(self) -> Any:
        """What /inbox.json holds."""
        async with self.http.get("/inbox.json") as answer:
            return await answer.json()


@pytest.fixture
async def sink(tmp_path: Path) -> AsyncIterator[Served]:
    """A sink on two free ports."""
    smtp, http = (socket.create_server(("127.0.0.1", 0)) for _ in range(2))
    base, smtp_port = f"http://127.0.0.1:{http.getsockname()[1]}", smtp.getsockname()[1]
    sink = Sink(Inbox(tmp_path / "inbox.jsonl"))
    await sink.start(smtp, http)
    async with aiohttp.ClientSession(base) as session:
        yield Served(smtp_port, tmp_path / "inbox.jsonl", session)
    await sink.stop()


async def test_a_mail_by_smtp(sink: Served) -> None:
    """Subject, text and HTML arrive, in /inbox.json and in the file."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "sotp@example.net", "noc@example.net", "[FIRING:1] waw"
    mail.set_content("text")
    mail.add_alternative("<p>html</p><script>alert(1)</script>", subtype="html")

    def send() -> None:
        with smtplib.SMTP("127.0.0.1", sink.smtp_port, timeout=5) as client:
            client.send_message(mail)

    await asyncio.to_thread(send)
    [message] = await sink.messages()
    assert (message["channel"], message["to"], message["subject"]) == ("email", ["noc@example.net"], "[FIRING:1] waw")
    assert (message["text"], message["html"]) == ("text\n", "<p>html</p><script>alert(1)</script>\n")
    assert json.loads(sink.file.read_text()) == message


async def test_slack_and_webhooks(sink: Served) -> None:
    """Slack's path is Slack's, with its answers; every other path is a webhook."""
    async with sink.http.post("/services/T/B/x", json={"text": "down <script>alert(1)</script>"}) as answer:
        assert (answer.status, await answer.text()) == (200, "ok")
    async with sink.http.post("/services/T/B/x", data=b"nonsense") as answer:
        assert (answer.status, await answer.text()) == (400, "invalid_payload")
    async with sink.http.post("/hook", json={"a": 1}) as answer:
        assert answer.status == 200
    assert [(m["id"], m["channel"], m["subject"]) for m in await sink.messages()] == [
        (1, "slack", "down <script>alert(1)</script>"),
        (2, "webhook", "POST /hook"),
    ]


async def test_the_page_escapes_and_forbids(sink: Served) -> None:
    """A script in a message is text, and the page's policy fetches nothing from elsewhere."""
    await (await sink.http.post("/services/x", json={"text": "<script>alert(1)</script>"})).read()
    async with sink.http.get("/") as answer:
        html = await answer.text()
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none';")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script>alert" not in html


async def test_the_page_knows_when_to_reload(sink: Served) -> None:
    """The revision that the page carries changes with every message and with emptying."""
    seen = set()
    for step in (None, "post", "delete"):
        if step == "post":
            await (await sink.http.post("/x", data=b"x")).read()
        if step == "delete":
            async with sink.http.delete("/inbox") as answer:
                assert await answer.json() == {"deleted": 1}
        revision = await (await sink.http.get("/revision")).text()
        assert f'data-revision="{revision}"' in await (await sink.http.get("/")).text()
        seen.add(revision)
    assert len(seen) == 3
    assert await sink.messages() == []
    assert sink.file.read_text() == ""


async def test_it_misbehaves_when_told(sink: Served) -> None:
    """The next posts fail and are not stored; then all is well again."""
    async with sink.http.post("/behave", json={"status": 503, "times": 2}) as answer:
        assert answer.status == 200
    statuses = [(await sink.http.post(path, json={"text": "x"})).status for path in ("/services/x", "/hook", "/hook")]
    assert statuses == [503, 503, 200]
    assert len(await sink.messages()) == 1
    async with sink.http.post("/behave", json={"status": 200}) as answer:
        assert (answer.status, await answer.text()) == (400, 'give {"status": 400-599, "times": 0 or more}')
