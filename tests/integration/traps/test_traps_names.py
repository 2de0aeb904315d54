"""Traps of a device that the inventory knows by a host name."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from exporters.kit import names
from tests.integration.kit.hosts import Hosts
from tests.integration.traps.conftest import LINK_DOWN, V2C, Running, Shipper, document, until


async def test_traps_names_tell_the_device(tmp_path: Path, shipper: Shipper, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused until its name has an address; then its traps are its own, while another name's look-up hangs."""
    monkeypatch.setattr(names, "AGAIN_S", 0.06)
    monkeypatch.setattr(names, "SOON_S", 0.005)
    hosts = Hosts()
    hosts.hanging = {"hangs.test"}
    made = document(tmp_path, shipper.port)
    own: dict[str, dict[str, Any]] = {
        "named-1": {"address": "named-1.test", "family": 4, "platform": "cisco-iosxe", "auth": "ro"},
        "named-2": {"address": "hangs.test", "platform": "cisco-iosxe", "auth": "ro"},
    }
    exporter = await Running(replace(made, targets=made.targets | own), hosts).start()
    await until(lambda: exporter.total("sotp_traps_resolve_failures_total") > 0)
    await exporter.tool("snmptrap", *V2C, "--clientaddr=127.0.0.51", "--", *LINK_DOWN)
    await until(lambda: exporter.dropped("unknown_sender") == 1)
    hosts.names["named-1.test"] = ["127.0.0.51", "::1"]
    await until(lambda: "127.0.0.51" in exporter.service.receiver.senders)
    assert "::1" not in exporter.service.receiver.senders
    await exporter.tool("snmptrap", *V2C, "--clientaddr=127.0.0.51", "--", *LINK_DOWN)
    await until(lambda: exporter.count("named-1", "linkDown") == 1)
    await exporter.service.stop()
    hosts.go_on.set()
