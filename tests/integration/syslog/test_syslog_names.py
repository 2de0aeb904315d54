"""Devices that the inventory knows by a host name: known by the addresses that it has now."""

import logging
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from exporters.kit import names
from exporters.kit.document import Document
from tests.integration.kit.hosts import Hosts
from tests.integration.syslog.conftest import Running, document, until
from tests.integration.syslog.sink import Sink

NAMED: dict[str, dict[str, Any]] = {
    "edge-1": {"address": "edge-1.test", "labels": {"site": "krk"}},
    "lost": {"address": "lost.test"},
}


def named(directory: Path, url: str) -> Document:
    """core-1 at 127.0.0.1, and devices that have names."""
    made = document(directory, url)
    return replace(made, targets=made.targets | NAMED)


@pytest.fixture
def hosts(monkeypatch: pytest.MonkeyPatch) -> Hosts:
    """edge-1 has an address, lost has none; looked up again all the time."""
    monkeypatch.setattr(names, "AGAIN_S", 0.06)
    monkeypatch.setattr(names, "SOON_S", 0.005)
    return Hosts(**{"edge-1_test": ["127.0.0.42"]})


@pytest.fixture
async def shipper(tmp_path: Path, sink: Sink, hosts: Hosts) -> AsyncIterator[Running]:
    """A shipper of these devices."""
    running = await Running(named(tmp_path, sink.url), hosts).start()
    yield running
    await running.service.stop()


def send(shipper: Running, source: str, text: str) -> None:
    """Sends a datagram from an address of the loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind((source, 0))
        sender.sendto(f"<13>{text}".encode(), shipper.service.addresses["udp"])


def name_of(shipper: Running, address: str) -> str:
    """Returns whose messages come from an address."""
    config = shipper.service._config
    assert config
    return config.directory.of(address).name


def whose(sink: Sink, text: str) -> str:
    """Returns the labels of the stream that a line is in."""
    return next((labels for labels, entries in sink.stored.items() if any(text in one.line for one in entries)), "")


async def test_syslog_names_tell_whose_a_message_is(shipper: Running, sink: Sink, hosts: Hosts) -> None:
    """By the address that the name has; when it moves, the old one is nobody's. A name without one is counted."""
    await until(lambda: bool(shipper.service.names.found))
    await until(lambda: name_of(shipper, "127.0.0.42") == "edge-1")
    send(shipper, "127.0.0.42", "from its address")
    await until(lambda: whose(sink, "from its address") == '{device="edge-1", job="syslog", site="krk"}')
    hosts.names["edge-1.test"] = ["127.0.0.43"]
    await until(lambda: name_of(shipper, "127.0.0.43") == "edge-1")
    send(shipper, "127.0.0.43", "from the new one")
    send(shipper, "127.0.0.42", "from the old one")
    await until(lambda: "edge-1" in whose(sink, "from the new one"))
    await until(lambda: "unknown" in whose(sink, "from the old one"))
    assert shipper.metrics()["sotp_syslog_resolve_failures_total"] > 0


async def test_syslog_names_that_hang_hold_up_no_message(tmp_path: Path, sink: Sink, hosts: Hosts) -> None:
    """Messages of others are taken and shipped while a look-up hangs, and the end doesn't wait for it."""
    hosts.hanging = {"edge-1.test", "lost.test"}
    running = await Running(named(tmp_path, sink.url), hosts).start()
    await until(lambda: hosts.hanging <= set(hosts.asked))
    await running.send_tcp(b"<13>meanwhile\n")
    await until(lambda: "core-1" in whose(sink, "meanwhile"))
    await running.service.stop()
    assert running.service.names.found == {}
    hosts.go_on.set()


async def test_syslog_names_are_kept_over_a_reload(shipper: Running, sink: Sink, hosts: Hosts) -> None:
    """At once, without a new look-up; a device that is gone is unknown."""
    await until(lambda: name_of(shipper, "127.0.0.42") == "edge-1")
    hosts.hanging = {"edge-1.test"}
    shipper.service.swap(shipper.service.prepare(shipper.document))
    assert name_of(shipper, "127.0.0.42") == "edge-1"
    targets = {name: target for name, target in shipper.document.targets.items() if name != "edge-1"}
    shipper.service.swap(shipper.service.prepare(replace(shipper.document, targets=targets)))
    send(shipper, "127.0.0.42", "of a device that is gone")
    await until(lambda: "unknown" in whose(sink, "of a device that is gone"))
    hosts.go_on.set()


async def test_syslog_names_take_no_other_devices_address(
    shipper: Running, hosts: Hosts, caplog: pytest.LogCaptureFixture
) -> None:
    """What the inventory itself says of an address holds, whatever a resolver answers; it is told once."""
    hosts.names["edge-1.test"] = ["127.0.0.1", "127.0.0.44"]
    hosts.names["lost.test"] = ["127.0.0.44"]
    with caplog.at_level(logging.WARNING, "syslog"):
        await until(lambda: shipper.service.names.found.get("lost") == ("127.0.0.44",))
        await until(lambda: name_of(shipper, "127.0.0.44") == "edge-1")
        hosts.names["edge-1.test"] = ["127.0.0.1", "127.0.0.44", "127.0.0.45"]
        await until(lambda: name_of(shipper, "127.0.0.45") == "edge-1")
    assert [name_of(shipper, address) for address in ("127.0.0.1", "127.0.0.44")] == ["core-1", "edge-1"]
    told = [vars(record)["fields"] for record in caplog.records if "another device" in record.message]
    assert [(one["device"], one["address"], one["of"]) for one in told] == [
        ("edge-1", "127.0.0.1", "core-1"),
        ("lost", "127.0.0.44", "edge-1"),
    ]
