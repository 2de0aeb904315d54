"""traps.json: one mistake a row, with the text that it gets."""

from pathlib import Path
from typing import Any

import pytest

from exporters.kit.document import ConfigError, Document
from exporters.traps.config import ENGINE_ID, prepare
from exporters.traps.credentials import User


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, Any]:
    """Settings with a community and a user."""
    (tmp_path / "secret").write_text("c4n4ry-secret\n")
    secret = {"file": str(tmp_path / "secret")}
    user = {"version": "3", "username": "sotp", "auth_protocol": "SHA", "auth_password": secret, "context": "vrf"}
    return {"auths": {"ro": {"version": "2c", "community": secret}, "v3": user}}


def test_defaults(settings: dict[str, Any]) -> None:
    """Ports of the table, a shipper on this host, an engine ID of RFC 3411's form."""
    config = prepare(Document("r", settings, {"a": {"address": "192.0.2.1", "auth": "v3"}}))
    assert (config.listen, config.syslog) == (("0.0.0.0", 10162), ("127.0.0.1", 10514))
    assert config.engine_id == ENGINE_ID
    assert config.engine_id[0] & 0x80
    assert config.auths["v3"] == User(b"sotp", "SHA", "c4n4ry-secret")
    assert "c4n4ry" not in repr(config)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"listens": 1}, 'settings: "listens" is no key'),
        ({"listen": "10162"}, 'settings.listen: "10162" is no HOST:PORT'),
        ({"engine_id": "xyz"}, 'settings.engine_id: "xyz" is no hex'),
        ({"engine_id": "8000"}, "settings.engine_id: must be 5 to 32 bytes"),
        ({"limits": {"rate": 0}}, "settings.limits.rate: is 0, must be 1 or more"),
        ({"limits": {"size": 100}}, "settings.limits.size: is 100, must be 484 to 65507 (bytes)"),
        ({"auths": {"x": {"version": "2"}}}, 'settings.auths.x.version: must be "1", "2c" or "3", not "2"'),
        ({"auths": {"x": {"version": "3", "username": ""}}}, "settings.auths.x.username: an SNMPv3 user's name"),
        (
            {"auths": {"x": {"version": "3", "username": "u", "auth_protocol": "SHA3"}}},
            'settings.auths.x.auth_protocol: no protocol is called "SHA3"; there are MD5',
        ),
    ],
)
def test_mistakes_in_settings(settings: dict[str, Any], changes: dict[str, Any], said: str) -> None:
    """Where, what, and what would be right."""
    with pytest.raises(ConfigError) as refused:
        prepare(Document("r", settings | changes, {}))
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ({"address": "192.0.2.1"}, 'targets.a: "auth" is missing'),
        ({"address": "192.0.2.1", "auth": "x"}, 'targets.a.auth: no auth is called "x"; there are ro, v3'),
        ({"address": " ", "auth": "ro"}, "is neither an IP address nor a host name"),
        ({"address": "192.0.2.1", "auth": "ro", "family": 5}, "targets.a.family: must be 4 or 6"),
        ({"address": "192.0.2.1", "auth": "ro", "port": 5}, 'targets.a: "port" is no key'),
    ],
)
def test_mistakes_in_targets(settings: dict[str, Any], target: dict[str, Any], said: str) -> None:
    """Likewise."""
    with pytest.raises(ConfigError) as refused:
        prepare(Document("r", settings, {"a": target}))
    assert said in str(refused.value)


def test_privacy_needs_authentication(settings: dict[str, Any]) -> None:
    """RFC 3411 has no such level."""
    user = settings["auths"]["v3"]
    del user["auth_protocol"]
    user |= {"priv_protocol": "AES128", "priv_password": user["auth_password"]}
    with pytest.raises(ConfigError, match="privacy needs authentication, too"):
        prepare(Document("r", settings, {}))
