"""An exporter that misbehaves in one way at a time: bytes on a socket, because a web server would be too well-bred."""

import asyncio
import json
from pathlib import Path

_OK = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
_ENDLESS = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
_BODIES = {
    "html": b"<!doctype html><title>Log in</title>",
    "stranger": b'node_exporter_build_info{version="1"} 1\n',
    "binary": b"\xff\xfe\x00\x80" * 16,
}


class BadEngine:
    """Reads `exporters/icmp.json` of the current release, as an exporter does, but for what `fault` spoils."""

    def __init__(self, current: Path) -> None:
        self.document = current / "exporters" / "icmp.json"
        self.fault, self.revision, self.port = "", "", 0
        self.server: asyncio.Server | None = None

    @property
    def address(self) -> str:
        """host:port, the same after each start."""
        return f"127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listen; what is current is read as at any start."""
        if self.document.exists():
            self.read()
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self.server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Listen no more."""
        if self.server:
            self.server.close()
            await self.server.wait_closed()
            self.server = None

    def read(self) -> None:
        """Take over what is current."""
        self.revision = json.loads(self.document.read_text())["revision"]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = (await reader.readuntil(b"\r\n\r\n")).decode()
        try:
            if request.startswith("POST /-/reload"):
                await self._reload(writer)
            elif request.startswith("GET /metrics"):
                self._metrics(writer)
            else:  # where a redirection leads to
                writer.write(_OK % (b"text/html", 2, b"ok"))
            await writer.drain()
        except ConnectionError:
            return  # the other side has had enough
        finally:
            writer.close()

    async def _reload(self, writer: asyncio.StreamWriter) -> None:
        fault, broken = self.fault, b"icmp.json: targets.a: too short"
        if fault == "reload_500":
            writer.write(
                b"HTTP/1.1 500 No\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(broken), broken)
            )
        elif fault == "reload_hangs":
            await asyncio.sleep(60)
        elif fault == "reload_cut":
            writer.transport.abort()
        elif fault == "reload_redirects":
            writer.write(b"HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        elif fault == "reload_dies":
            await self.stop()
            writer.transport.abort()
        elif fault == "reload_fills":
            writer.write(_ENDLESS)
            while True:
                writer.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
                await writer.drain()
        else:
            if fault != "reload_keeps":
                self.read()
            writer.write(_OK % (b"text/plain", 2, b"ok"))

    def _metrics(self, writer: asyncio.StreamWriter) -> None:
        body = b'sotp_exporter_config_info{revision="%s"} 1\n' % self.revision.encode()
        if self.fault == "no_http":
            writer.write(b"SSH-2.0-OpenSSH_9.6\r\n")
        elif self.fault == "body_cut":
            writer.write((_OK % (b"text/plain", len(body), body))[:-9])
        elif self.fault in _BODIES:
            writer.write(_OK % (b"text/html", len(_BODIES[self.fault]), _BODIES[self.fault]))
        else:
            writer.write(_OK % (b"text/plain", len(body), body))
