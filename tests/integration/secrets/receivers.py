"""Receivers that refuse: a mail server and a web server that answer each message with an error, as broken ones do."""

import http.server
import socketserver
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field


@dataclass
class Receivers:
    """Where they listen, and what reached them: `AUTH` lines of mail, paths of HTTP."""

    smtp: str = ""
    http: str = ""
    came: list[str] = field(default_factory=list)


class _Quiet(socketserver.ThreadingTCPServer):
    def handle_error(self, *_: object) -> None:
        """Say nothing where an engine hung up: another test's stderr may stand here by now."""


@contextmanager
def refusing() -> Iterator[Receivers]:
    """Serve both until the end of the block."""
    receivers = Receivers()

    class Mail(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 ready\r\n")
            for line in self.rfile:
                word = line.split()[0].upper()
                if word == b"EHLO":
                    self.wfile.write(b"250-here\r\n250 AUTH PLAIN\r\n")
                elif word == b"AUTH":
                    receivers.came.append(line.decode())
                    self.wfile.write(b"535 5.7.8 authentication failed\r\n")
                elif word == b"QUIT":
                    self.wfile.write(b"221 bye\r\n")
                    return
                else:
                    self.wfile.write(b"502 not here\r\n")

    class Web(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            receivers.came.append(self.path)
            self.send_response(500)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep the test's output quiet."""

    with ExitStack() as stack:
        for name, handler in (("smtp", Mail), ("http", Web)):
            server = stack.enter_context(_Quiet(("127.0.0.1", 0), handler))
            server.daemon_threads = True
            setattr(receivers, name, f"127.0.0.1:{server.server_address[1]}")
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            stack.callback(server.shutdown)
        yield receivers
