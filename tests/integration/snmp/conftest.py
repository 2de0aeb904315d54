"""An engine, and agents of ours on sockets of the test's loop."""

import asyncio
import contextlib

import pytest

from bench.snmp.agent import Served
from exporters.snmp.engine import Engine


@pytest.fixture
async def engine():
    """A running engine; at the end nothing may be under way or have been thrown into the loop."""
    thrown = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: thrown.append(context))
    running = Engine()
    running.start()
    yield running
    assert running.under_way == 0
    running.stop()
    assert not thrown


@pytest.fixture
async def serve():
    """Serves a handler (bytes to bytes, several or None) on a loopback address; returns the socket's address."""
    loop = asyncio.get_running_loop()
    async with contextlib.AsyncExitStack() as stack:

        async def start(handler, host="127.0.0.1"):
            transport, _ = await loop.create_datagram_endpoint(lambda: Served(handler), (host, 0))
            stack.callback(transport.close)
            return transport.get_extra_info("sockname")

        yield start
