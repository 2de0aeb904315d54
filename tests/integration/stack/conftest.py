"""Processes for the stack to run: small web servers that listen as they are told."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sotpctl.stack import Part, Stack
from tests.ports import free_address

# Serves 200 on a port of its own, or on the handed-over socket when LISTEN_PID is its pid.
_SERVER = """
import http.server, os, socket, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(os.environ.get("WHO", "").encode())
host, _, port = sys.argv[1].rpartition(":")
server = http.server.HTTPServer((host, int(port)), Handler, bind_and_activate=False)
if os.environ.get("LISTEN_PID") == str(os.getpid()):
    server.socket = socket.socket(fileno=3)
else:
    server.allow_reuse_address = True
    server.server_bind(); server.server_activate()
print("serving", flush=True)
server.serve_forever()
"""


@pytest.fixture
def address() -> Callable[[], str]:
    """Give an address of 127.0.0.1 that is free now."""
    return free_address


@pytest.fixture
def server(address: Callable[[], str]) -> Callable[..., Part]:
    """Give a part that serves."""

    def make(name: str, *, handed: bool = False) -> Part:
        where = address()
        return Part(name, where, (sys.executable, "-c", _SERVER, where), socket=handed)

    return make


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """A stack whose processes end with the test."""
    made = Stack(tmp_path / "sotp")
    yield made
    list(made.down())
