"""traps.json."""

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exporters.kit import document as kit_document
from exporters.traps.config import prepare
from exporters.traps.credentials import Community, User
from sotpctl.inventory import Inventory
from sotpctl.render import traps
from sotpctl.render.places import SecretPlaces

Loaded = Callable[[dict[str, Any]], Inventory]


def test_render_traps_is_what_the_exporter_reads(
    document: dict[str, Any],
    loaded: Loaded,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    applied_secrets: Callable[[SecretPlaces], None],
) -> None:
    """The exporter takes the file: addresses, platforms, credentials by reference, the shipper's endpoint."""
    monkeypatch.setenv("SOTP_TEST_COMMUNITY", "c4n4ry-of-both")
    (tmp_path / "auth").write_text("authentication\n")
    document["auths"]["v3"] = {
        "type": "snmp", "version": 3, "username": "u", "auth_protocol": "SHA", "auth_password": {"file": "auth"},
        "priv_protocol": "AES256C", "priv_password": {"env": "SOTP_TEST_COMMUNITY"}, "context": "vrf",
    }  # fmt: skip
    document["devices"]["core-2"] |= {"snmp": {"auth": "v3"}, "family": 6}
    rendered = traps.build(loaded(document))
    assert rendered
    applied_secrets(rendered.places)
    file = tmp_path / "traps.json"
    file.write_bytes(rendered.content)
    config = prepare(kit_document.read(file))

    assert sorted(config.devices) == ["acc-1", "core-1", "core-2", "fw", "srv-1", "srv-2"]
    assert config.devices["core-1"].platform == "cisco-iosxe"
    assert (config.devices["core-2"].address, config.devices["core-2"].family) == ("2001:db8::12", socket.AF_INET6)
    assert config.auths["ro"] == Community("2c", b"c4n4ry-of-both")
    assert config.auths["v3"] == User(b"u", "SHA", "authentication", "AES256C", "c4n4ry-of-both")
    assert (config.listen, config.syslog) == (("::", 10162), ("127.0.0.1", 10514))
    assert b"c4n4ry" not in rendered.content


def test_render_traps_go_where_the_shipper_listens(document: dict[str, Any], loaded: Loaded) -> None:
    """Another port of the shipper is the one that messages are sent to."""
    document["settings"]["logs"] = {"listen": {"tcp": "192.0.2.250:1514"}}
    rendered = traps.build(loaded(document))
    assert rendered
    assert json.loads(rendered.content)["settings"]["syslog"] == "192.0.2.250:1514"


def test_render_traps_without_devices_is_nothing(document: dict[str, Any], loaded: Loaded) -> None:
    """A device with `snmp: null` sends none; without any device there is no file."""
    document["devices"]["fw"]["snmp"] = None
    rendered = traps.build(loaded(document))
    assert rendered
    assert "fw" not in json.loads(rendered.content)["targets"]
    del document["defaults"]["snmp"]
    assert traps.build(loaded(document)) is None
