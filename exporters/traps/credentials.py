"""The document's auths as what a trap's engine works with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from exporters.kit import auth_entries
from exporters.kit.auth_entries import CommunityEntry, Protocols, UserEntry
from exporters.kit.document import ConfigError

AUTHENTICATIONS = ("MD5", "SHA", "SHA224", "SHA256", "SHA384", "SHA512")
PRIVACIES = ("DES", "AES128", "AES192", "AES256", "AES192C", "AES256C")
_LEAST_PASSWORD = 8  # RFC 3414 §11.2


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
    return auth_entries.read(auths, Protocols(AUTHENTICATIONS, PRIVACIES), _auth)


def _auth(entry: CommunityEntry | UserEntry, where: str) -> Auth:
    if isinstance(entry, CommunityEntry):
        return Community(entry.version, entry.community.encode())
    user = entry.username.encode()
    if not 1 <= len(user) <= 32:
        raise ConfigError(f"{where}.username: an SNMPv3 user's name takes 1 to 32 bytes")
    for kind, name, password in (
        ("auth", entry.auth_protocol, entry.auth_password),
        ("priv", entry.priv_protocol, entry.priv_password),
    ):
        if name and len(password.encode()) < _LEAST_PASSWORD:
            raise ConfigError(f"{where}.{kind}_password: has less than {_LEAST_PASSWORD} characters")
    if entry.priv_protocol and not entry.auth_protocol:
        raise ConfigError(f"{where}: privacy needs authentication, too: give auth_protocol and auth_password")
    return User(user, entry.auth_protocol, entry.auth_password, entry.priv_protocol, entry.priv_password)
