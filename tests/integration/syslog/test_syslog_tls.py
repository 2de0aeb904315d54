"""Syslog over TLS (RFC 5425): octet counting, client certificates where they are asked for, handshakes bounded."""

import asyncio
import ssl
from pathlib import Path

from tests.integration.kit.web_pki import Authority
from tests.integration.syslog.conftest import Running, document, until
from tests.integration.syslog.sink import Sink


async def _send(running: Running, context: ssl.SSLContext, data: bytes) -> None:
    _, writer = await asyncio.open_connection(*running.service.addresses["tls"], ssl=context)
    writer.write(data)
    await writer.drain()
    writer.close()
    await writer.wait_closed()


async def _is_refused(running: Running, context: ssl.SSLContext) -> bool:
    """TLS 1.3 tells it with the first read, not with the handshake."""
    try:
        reader, writer = await asyncio.open_connection(*running.service.addresses["tls"], ssl=context)
        writer.write(b"7 <13>bad")
        return await reader.read() == b""
    except OSError:
        return True


async def test_tls_with_and_without_a_client_certificate(tmp_path: Path, sink: Sink) -> None:
    """With `client_ca_file` only its certificates get in; the others are counted as failed handshakes."""
    pki = Authority(tmp_path)
    cert, key = pki.sign("server", "127.0.0.1")
    tls = {"cert_file": str(cert), "key_file": str(key), "client_ca_file": str(pki.file)}
    running = await Running(document(tmp_path, sink.url, listen={"tls": "127.0.0.1:0"}, tls=tls)).start()
    assert await _is_refused(running, ssl.create_default_context(cafile=str(pki.file)))
    friend = ssl.create_default_context(cafile=str(pki.file))
    friend.load_cert_chain(*pki.sign("client", "client"))
    await _send(running, friend, b"9 <13>hello9 <13>world")
    await until(lambda: sorted(sink.lines) == ["hello", "world"])
    metrics = running.metrics()
    assert metrics['syslog_messages_received_total{transport="tls"}'] == 2
    assert metrics['sotp_syslog_connections_refused_total{reason="handshake"}'] == 1
    await until(lambda: running.total("sotp_syslog_connections") == 0)
    assert not running.service.connections.by_sender
    assert running.balanced()
    await running.service.stop()


async def test_silent_handshakes_are_bounded(tmp_path: Path, sink: Sink) -> None:
    """Who connects and says nothing takes a place for handshakes; those beyond are closed at once, and counted."""
    pki = Authority(tmp_path)
    cert, key = pki.sign("server", "127.0.0.1")
    tls = {"cert_file": str(cert), "key_file": str(key)}
    limits = {"handshakes": 2}
    made = document(tmp_path, sink.url, listen={"tls": "127.0.0.1:0"}, tls=tls, limits=limits)
    running = await Running(made).start()
    silent = []
    for _ in range(4):
        silent.append(await asyncio.open_connection(*running.service.addresses["tls"]))
        await asyncio.sleep(0)
    await until(lambda: running.metrics()['sotp_syslog_connections_refused_total{reason="handshakes"}'] == 2)
    for _, writer in silent:
        writer.close()
    await until(lambda: running.service.connections.shaking == 0)
    await _send(running, ssl.create_default_context(cafile=str(pki.file)), b"<13>after\n")
    await until(lambda: sink.lines == ["after"])
    await running.service.stop()
