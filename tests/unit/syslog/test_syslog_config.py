"""`syslog.json`: what is wrong in it is said with the place, and no secret in any text."""

import socket
from pathlib import Path
from typing import Any

import pytest

from exporters.kit.document import ConfigError, Document
from exporters.syslog.config import prepare

GOOD: dict[str, Any] = {
    "listen": {"udp": "127.0.0.1:0"},
    "loki": {"url": "http://127.0.0.1:3100"},
    "spool": {"directory": "/var/lib/sotp/syslog"},
}
MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"listen": {}}, "settings.listen: names no transport"),
    ({"listen": {"udp": "10514"}}, 'settings.listen.udp: "10514" is no HOST:PORT'),
    ({"listen": {"tls": "127.0.0.1:0"}}, "settings.tls: is missing"),
    ({"loki": {"url": "ftp://x"}}, "settings.loki.url: must be http"),
    ({"loki": {"url": "http://u:geheim@x"}}, "credentials don't belong there"),
    ({"loki": {"url": "http://x", "username": "u"}}, "username and password go together"),
    ({"loki": {"url": "http://x", "token": {"env": "SOTP_NOT_SET"}}}, "SOTP_NOT_SET isn't set"),
    ({"spool": {"directory": "here"}}, "settings.spool.directory: here must be an absolute path"),
    ({"spool": {"directory": "/x", "bytes": 5}}, "settings.spool.bytes: is 5"),
    ({"spool": {"directory": "/x", "policy": "wait"}}, "must be drop_oldest or stop_reading"),
    ({"limits": {"handshakes": 0}}, "settings.limits.handshakes: is 0, must be 1 or more"),
    ({"unknown_senders": "maybe"}, 'must be "accept" or "refuse"'),
    ({"relays": ["relay"]}, '"relay" is no IP address'),
    ({"log_patterns": {"x": {"level": "bad"}}}, "settings.log_patterns.x.level: 'bad' is none of critical"),
]


@pytest.mark.parametrize(("change", "text"), MISTAKES)
def test_mistakes(change: dict[str, Any], text: str) -> None:
    """One for each, with the place and what would be right."""
    with pytest.raises(ConfigError) as found:
        prepare(Document("r", GOOD | change, {}))
    assert text in str(found.value)
    assert "geheim" not in str(found.value)


def test_an_address_has_one_device() -> None:
    """Two devices of one address can't be told apart."""
    with pytest.raises(ConfigError, match=r"targets\.b\.address: 192\.0\.2\.1 is a's too"):
        prepare(Document("r", GOOD, {"a": {"address": "192.0.2.1"}, "b": {"address": "192.0.2.1"}}))


def test_a_devices_name_is_looked_up_in_its_family() -> None:
    """An address isn't; a family that there isn't is a mistake."""
    targets: dict[str, dict[str, Any]] = {
        "a": {"address": "a.example.net"},
        "b": {"address": "b.example.net", "family": 6},
        "c": {"address": "192.0.2.1", "family": 4},
        "d": {},
    }
    config = prepare(Document("r", GOOD, targets))
    assert config.named == {"a": ("a.example.net", 0), "b": ("b.example.net", socket.AF_INET6)}
    with pytest.raises(ConfigError, match=r"targets\.a\.family: must be 4 or 6"):
        prepare(Document("r", GOOD, {"a": {"address": "a.example.net", "family": 5}}))


def test_secrets_are_resolved_and_never_shown(tmp_path: Path) -> None:
    """A file's content without its line end; a repr has none of it."""
    (tmp_path / "s").write_text("geheim\n")
    loki = {"url": "http://127.0.0.1:1", "token": {"file": str(tmp_path / "s")}}
    config = prepare(Document("r", GOOD | {"loki": loki}, {}))
    assert config.loki.headers()["Authorization"] == "Bearer geheim"
    assert "geheim" not in repr(config)
