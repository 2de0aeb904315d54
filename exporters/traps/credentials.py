"""The document's auths: names of secrets, resolved here and nowhere else. No text of an error holds a secret."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from exporters.kit.document import ConfigError, member, only, typed
from exporters.kit.secret import secret

AUTHENTICATIONS = ("MD5", "SHA", "SHA224", "SHA256", "SHA384", "SHA512")
PRIVACIES = ("DES", "AES128", "AES192", "AES256", "AES192C", "AES256C")
_LEAST_PASSWORD = 8  # RFC 3414 §11.2
_USER_KEYS = ("username", "auth_protocol", "auth_password", "priv_protocol", "priv_password", "context")


@dataclass(frozen=True, slots=True)
class Community:
    """SNMPv1's and v2c's.

    Attributes:
        version: "1" or "2c". A device may send either: what an agent is polled with says little of its traps.
        community: Never shown.
    """

    version: str
    community: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class User:
    """SNMPv3's.

    Attributes:
        name: The security name.
        auth: One of `AUTHENTICATIONS`, "" for none.
        auth_password: Never shown.
        priv: One of `PRIVACIES`, "" for none.
        priv_password: Never shown.
    """

    name: bytes
    auth: str = ""
    auth_password: str = field(default="", repr=False)
    priv: str = ""
    priv_password: str = field(default="", repr=False)

    @property
    def level(self) -> int:
        """The security level as a message's flags."""
        return (1 if self.auth else 0) | (2 if self.priv else 0)


Auth = Community | User


def resolve(auths: Mapping[str, Any]) -> dict[str, Auth]:
    """Returns the document's auths with their secrets.

    Raises:
        ConfigError: Something is missing, or a secret can't be read: which, and where it was looked for.
    """
    return {name: _one(typed(auth, dict, f"settings.auths.{name}"), name) for name, auth in auths.items()}


def _one(auth: Mapping[str, Any], name: str) -> Auth:
    where = f"settings.auths.{name}"
    version = member(auth, "version", str, where)
    if version in {"1", "2c"}:
        only(auth, ("version", "community"), where)
        return Community(version, secret(auth, "community", where).encode())
    if version != "3":
        raise ConfigError(f'{where}.version: must be "1", "2c" or "3", not "{version}"')
    only(auth, ("version", *_USER_KEYS), where)
    user = member(auth, "username", str, where).encode()
    if not 1 <= len(user) <= 32:
        raise ConfigError(f"{where}.username: an SNMPv3 user's name takes 1 to 32 bytes")
    auth_protocol, auth_password = _protocol(auth, "auth", AUTHENTICATIONS, where)
    priv_protocol, priv_password = _protocol(auth, "priv", PRIVACIES, where)
    if priv_protocol and not auth_protocol:
        raise ConfigError(f"{where}: privacy needs authentication, too: give auth_protocol and auth_password")
    return User(user, auth_protocol, auth_password, priv_protocol, priv_password)


def _protocol(auth: Mapping[str, Any], kind: str, known: tuple[str, ...], where: str) -> tuple[str, str]:
    name = member(auth, f"{kind}_protocol", str, where, "")
    if not name:
        return "", ""
    if name not in known:
        raise ConfigError(f'{where}.{kind}_protocol: no protocol is called "{name}"; there are {", ".join(known)}')
    password = secret(auth, f"{kind}_password", where)
    if len(password.encode()) < _LEAST_PASSWORD:
        raise ConfigError(f"{where}.{kind}_password: has less than {_LEAST_PASSWORD} characters")
    return name, password
