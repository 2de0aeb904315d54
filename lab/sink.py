"""The sink: an SMTP and an HTTP server that take what mail servers, Slack and webhooks would get, and show it.

HTTP: `POST /services/…` is Slack, every other `POST` a webhook; `/` is the page, `/inbox.json` the messages (oldest
first), `DELETE /inbox` empties it. `POST /behave {"status": 500, "times": 3}` makes the next posts fail, to see what a
sender does then. Never leaves this machine: nothing is forwarded.
"""

import asyncio
import json
import socket

from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope, Session

from lab import page
from lab.inbox import Inbox
from lab.messages import PayloadError, from_mail, from_slack, from_webhook

_LARGEST = 10 * 2**20  # bytes of one mail or post


class Sink:
    """Both servers on sockets that are already bound."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._smtp: asyncio.Server | None = None
        self._http: web.AppRunner | None = None
        self._failures = 0
        self._failure_status = 500

    async def start(self, smtp: socket.socket, http: socket.socket) -> None:
        """Serve; the sockets belong to the sink from now on."""
        loop = asyncio.get_running_loop()
        self._smtp = await loop.create_server(self._smtp_session, sock=smtp)
        app = web.Application(client_max_size=_LARGEST)
        app.add_routes(
            [
                web.get("/", self._page),
                web.get("/revision", self._revision),
                web.get("/inbox.json", self._json),
                web.delete("/inbox", self._empty),
                web.post("/behave", self._behave),
                web.post("/services/{path:.*}", self._slack),
                web.post("/{path:.*}", self._webhook),
            ]
        )
        self._http = web.AppRunner(app, access_log=None, handle_signals=False)
        await self._http.setup()
        await web.SockSite(self._http, http).start()

    async def stop(self) -> None:
        """Close both servers."""
        if self._smtp is not None:
            self._smtp.close()
        if self._http is not None:
            await self._http.cleanup()
        self._inbox.close()

    def _smtp_session(self) -> SMTP:
        # A name of its own: aiosmtpd would ask DNS for this host's, and there is none in the namespace.
        return SMTP(self, hostname="lab.invalid", ident="SOTP lab", data_size_limit=_LARGEST, enable_SMTPUTF8=True)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        """Take a mail (aiosmtpd's hook)."""
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        self._inbox.add(from_mail(content, envelope.mail_from or "", envelope.rcpt_tos))
        return "250 OK"

    async def _page(self, _request: web.Request) -> web.Response:
        body = page.render(self._inbox.messages(), self._revision_text())
        headers = {"Content-Security-Policy": page.CSP, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
        return web.Response(text=body, content_type="text/html", headers=headers)

    async def _revision(self, _request: web.Request) -> web.Response:
        return web.Response(text=self._revision_text())

    async def _json(self, _request: web.Request) -> web.Response:
        return web.json_response(self._inbox.messages())

    async def _empty(self, _request: web.Request) -> web.Response:
        return web.json_response({"deleted": self._inbox.clear()})

    async def _slack(self, request: web.Request) -> web.Response:
        body = await request.read()
        if failure := self._failure():
            return failure
        try:
            self._inbox.add(from_slack(body))
        except PayloadError as error:
            return web.Response(status=400, text=str(error))
        return web.Response(text="ok")

    async def _webhook(self, request: web.Request) -> web.Response:
        body = await request.read()
        if failure := self._failure():
            return failure
        self._inbox.add(from_webhook(request.path, body))
        return web.Response(text="ok")

    async def _behave(self, request: web.Request) -> web.Response:
        try:
            status, times = _behaviour(json.loads(await request.read()))
        except ValueError as error:
            return web.Response(status=400, text=str(error))
        self._failure_status, self._failures = status, times
        return web.json_response({"status": status, "times": times})

    def _failure(self) -> web.Response | None:
        if not self._failures:
            return None
        self._failures -= 1
        return web.Response(status=self._failure_status, text="the sink was told to misbehave")

    def _revision_text(self) -> str:
        return f"{id(self):x}-{self._inbox.revision}"


def _behaviour(raw: object) -> tuple[int, int]:
    status, times = (raw.get(key) for key in ("status", "times")) if isinstance(raw, dict) else (None, None)
    if not isinstance(status, int) or not isinstance(times, int) or not 400 <= status <= 599 or times < 0:
        raise ValueError('give {"status": 400-599, "times": 0 or more}')
    return status, times
