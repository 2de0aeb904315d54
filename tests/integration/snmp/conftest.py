"""An engine, and agents of ours on sockets of the test's loop."""

import asyncio
import contextlib
import socket

import pytest
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry

from bench.snmp.agent import Served
from exporters.kit.site import application
from exporters.snmp.app import SnmpService
from exporters.snmp.engine import Engine
from exporters.snmp.profile import ProfileModule
from tests.integration.snmp.snmp_exporter import SECRETS, Exporter


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


@pytest.fixture
async def exporter(tmp_path, monkeypatch):
    """An exporter without devices; `load` gives it some."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    registry = CollectorRegistry()
    service = SnmpService(registry, modules=[ProfileModule(), ProfileModule("bgp")], lookup=_lookup)
    running = Exporter(tmp_path, registry, service)
    running.write({})
    running.configuration.load()()
    await service.start()
    async with TestClient(TestServer(application(service, running.configuration, registry))) as running.client:
        yield running
        assert service.engine.under_way == 0
    await service.stop()


def _lookup(name, family):
    """One name has an address."""
    if name != "agent.test":
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return ["::1" if family == socket.AF_INET6 else "127.0.0.1"]
