"""syslog.json: what the shipper reads, of every setting."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exporters.kit import document as kit_document
from exporters.syslog.config import Config, prepare
from sotpctl.inventory import Inventory
from sotpctl.render import syslog
from sotpctl.render.places import SecretPlaces

Loaded = Callable[[dict[str, Any]], Inventory]


@pytest.fixture
def config_of(
    tmp_path: Path, loaded: Loaded, applied_secrets: Callable[[SecretPlaces], None]
) -> Callable[[dict[str, Any]], Config]:
    """The configuration that the shipper makes of an inventory."""

    def make(document: dict[str, Any]) -> Config:
        file = tmp_path / "syslog.json"
        rendered = syslog.build(loaded(document))
        file.write_bytes(rendered.content)
        applied_secrets(rendered.places)
        return prepare(kit_document.read(file))

    return make


def test_render_syslog_needs_no_setting(document: dict[str, Any], config_of: Callable[..., Config]) -> None:
    """The defaults: UDP and TCP for both kinds of addresses, Loki's endpoint, a spool in the data, local relays."""
    document["settings"]["endpoints"] = {"loki": "192.0.2.50:3100"}
    config = config_of(document)

    assert dict(config.listen) == {"udp": ("::", 10514), "tcp": ("::", 10514)}
    assert (config.loki.url, config.loki.tenant, config.loki.tls) == ("http://192.0.2.50:3100", "", None)
    assert config.spool.directory.parts[-3:] == ("applied", "data", "syslog")
    assert (config.spool.bytes, config.spool.policy.value) == (1024**3, "drop_oldest")
    assert config.relays == ("127.0.0.1", "::1")
    assert not config.refuse_unknown
    assert not config.own
    assert config.tls is None


def test_render_syslog_knows_the_devices(document: dict[str, Any], config_of: Callable[..., Config]) -> None:
    """By address, by name behind a relay; with site, role, platform and the site's clock; none that is disabled."""
    config = config_of(document)

    core = config.directory.of("192.0.2.11")
    assert (core.name, core.site, core.role, core.platform, core.timezone) == (
        "core-1", "waw", "core", "cisco-iosxe", "Europe/Warsaw",
    )  # fmt: skip
    assert config.directory.of("2001:db8:0::12").name == "core-2"
    assert config.directory.of("127.0.0.1", "acc-1.example.net").name == "acc-1"
    assert config.directory.of("127.0.0.1", "srv-2").timezone == "Asia/Singapore"
    assert not config.directory.of("192.0.2.103").known


def test_render_syslog_listens_on_ipv4_where_nobody_has_another(
    document: dict[str, Any], config_of: Callable[..., Config]
) -> None:
    """A host without IPv6 can start it; where it listens, what is off, and TLS are the user's."""
    document["devices"]["core-2"]["address"] = "192.0.2.12"
    assert dict(config_of(document).listen) == {"udp": ("0.0.0.0", 10514), "tcp": ("0.0.0.0", 10514)}
    document["settings"]["logs"] = {"listen": {"udp": None, "tcp": "192.0.2.5:514"}}
    assert dict(config_of(document).listen) == {"tcp": ("192.0.2.5", 514)}


def test_render_syslog_gives_references_and_absolute_paths(
    document: dict[str, Any], loaded: Loaded, tmp_path: Path
) -> None:
    """No secret stands in the file, only where it is; every path is absolute."""
    document["settings"]["logs"] = {
        "url": "https://loki.example.net/base", "tenant": "noc", "ca_file": "ca.pem", "client_cert_file": "c.pem",
        "client_key_file": "/c.key", "basic_auth": {"username": "sotp", "password": {"file": "pw"}},
        "tls": {"cert_file": "server.pem", "key_file": "server.key", "client_ca_file": "devices.pem"},
        "unknown_senders": "refuse", "relays": ["192.0.2.9", "127.0.0.1"],
        "spool": {"size": "2GiB", "policy": "stop_reading"},
    }  # fmt: skip
    settings = json.loads(syslog.build(loaded(document)).content)["settings"]

    assert settings["loki"] == {
        "url": "https://loki.example.net/base", "tenant": "noc", "username": "sotp",
        "password": {"file": str(tmp_path / "pw")}, "ca_file": str(tmp_path / "ca.pem"),
        "cert_file": str(tmp_path / "c.pem"), "key_file": "/c.key",
    }  # fmt: skip
    assert settings["tls"] == {
        "cert_file": str(tmp_path / "server.pem"), "key_file": str(tmp_path / "server.key"),
        "client_ca_file": str(tmp_path / "devices.pem"), "client_auth": "required",
    }  # fmt: skip
    assert settings["listen"] == {"udp": "[::]:10514", "tcp": "[::]:10514", "tls": "[::]:16514"}
    assert (settings["unknown_senders"], settings["relays"]) == ("refuse", ["127.0.0.1", "::1", "192.0.2.9"])
    assert settings["spool"]["bytes"] == 2 * 1024**3
    assert settings["spool"]["policy"] == "stop_reading"


def test_render_syslog_a_token(
    document: dict[str, Any], config_of: Callable[..., Config], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bearer token from the environment reaches the header."""
    monkeypatch.setenv("SOTP_TEST_TOKEN", "c4n4ry")
    document["settings"]["logs"] = {"token": {"env": "SOTP_TEST_TOKEN"}}
    assert config_of(document).loki.headers()["Authorization"] == "Bearer c4n4ry"


def test_render_syslog_victorialogs(document: dict[str, Any], config_of: Callable[..., Config]) -> None:
    """VictoriaLogs takes the same under /insert, on its own port."""
    document["settings"]["logs"] = {"store": "victorialogs"}
    assert config_of(document).loki.url == "http://127.0.0.1:9428/insert"


def test_render_syslog_patterns_are_for_the_devices_that_a_selector_chooses(
    document: dict[str, Any], config_of: Callable[..., Config]
) -> None:
    """One with a selector is looked for on these devices only, one without on all."""
    document["alerting"]["log_patterns"] = [
        {"name": "vpn_lost", "match": r"tunnel \S+ down", "selector": {"site": "waw", "role": ["core"]}},
        {"name": "odd", "match": "odd", "severity": "info", "for": "1m"},
    ]
    own = config_of(document).own

    assert own.events_of("core-1") == {"vpn_lost": "warning", "odd": "info"}
    assert own.events_of("srv-1") == {"odd": "info"}
    assert [event.name for event in own.match("fw", "an odd tunnel 7 down")] == ["odd", "vpn_lost"]
