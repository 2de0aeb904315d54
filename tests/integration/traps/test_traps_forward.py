"""The way to the shipper, when it ends at the worst moment."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from exporters.traps.forward import Forwarder
from tests.integration.traps.conftest import LIMIT_S, until


@pytest.fixture
async def listening() -> AsyncIterator[socket.socket]:
    """Where a shipper would listen."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        made.setblocking(False)
        yield made


@pytest.fixture
async def forwarder(listening: socket.socket) -> AsyncIterator[Forwarder]:
    """What sends there."""
    host, port = listening.getsockname()
    made = Forwarder(host, port, 10_000)
    made.start()
    yield made
    await made.stop()


async def accepted(listening: socket.socket) -> socket.socket:
    """The next connection."""
    connection, _ = await asyncio.wait_for(asyncio.get_running_loop().sock_accept(listening), LIMIT_S)
    return connection


async def received(connection: socket.socket, size: int) -> bytes:
    """So many bytes of it."""
    data = b""
    while len(data) < size:
        more = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(connection, 1 << 20), LIMIT_S)
        assert more
        data += more
    return data


async def test_nothing_is_written_into_a_closed_connection(listening: socket.socket, forwarder: Forwarder) -> None:
    """The shipper closed a moment ago and the loop hasn't seen it: the kernel would take the message, for nobody."""
    first = await accepted(listening)
    await until(lambda: forwarder.connected)
    first.close()
    forwarder.put(b"5 hello")
    with await accepted(listening) as second:
        assert await received(second, 7) == b"5 hello"
    assert (forwarder.forwarded, forwarder.waiting) == (1, 0)


async def test_half_a_message_is_sent_again_whole(listening: socket.socket, forwarder: Forwarder) -> None:
    """The connection breaks within a message: the next one gets all of it, and what came after, in order."""
    large = b"8000000 " + bytes(8_000_000)
    with await accepted(listening) as first:
        forwarder.put(large)
        forwarder.put(b"5 after")
        assert await received(first, 1000)
        assert (forwarder.forwarded, forwarder.waiting) == (0, 2)
    with await accepted(listening) as second:
        assert await received(second, len(large) + 7) == large + b"5 after"
    await until(lambda: forwarder.forwarded == 2)
    assert forwarder.waiting == 0


async def test_many_go_in_one_turn(listening: socket.socket, forwarder: Forwarder) -> None:
    """While traps are decoded, a turn of the loop takes 10 ms: a message a turn would be 100 a second."""
    with await accepted(listening):
        await until(lambda: forwarder.connected)
        for _ in range(5000):
            forwarder.put(b"5 hello")
        for _ in range(100):
            await asyncio.sleep(0)
        assert forwarder.forwarded == 5000


async def test_one_that_hangs_up_is_not_called_without_end(listening: socket.socket, forwarder: Forwarder) -> None:
    """A shipper that closes each connection at once gets some, with growing pauses, not thousands."""
    loop = asyncio.get_running_loop()
    count = 0
    end = loop.time() + 1.0
    while loop.time() < end:
        try:
            connection, _ = await asyncio.wait_for(loop.sock_accept(listening), max(0.01, end - loop.time()))
        except TimeoutError:
            break
        connection.close()
        count += 1
    assert 1 <= count <= 8
    assert forwarder.forwarded == 0
