"""`settings.auths` of an exporter's file: SNMP credentials by name; their secrets are read here and shown nowhere.

    {"version": "2c", "community": {"env": "SNMP_COMMUNITY"}}
    {"version": "3", "username": "sotp", "auth_protocol": "SHA256", "auth_password": {"file": "/etc/sotp/auth"}, …}

Which protocols there are, and what is made of an entry, is the exporter's own affair.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeVar

from exporters.kit.document import ConfigError, member, only, typed
from exporters.kit.secret import secret

_T = TypeVar("_T")
_VERSIONS: Mapping[str, Literal["1", "2c"]] = {"1": "1", "2c": "2c"}
_USER_KEYS = ("username", "auth_protocol", "auth_password", "priv_protocol", "priv_password", "context")


@dataclass(frozen=True, slots=True)
class CommunityEntry:
    """SNMPv1's and v2c's; the community is never shown."""

    version: Literal["1", "2c"]
    community: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class UserEntry:
    """SNMPv3's; a protocol is "" for none, and has no password then. Passwords are never shown."""

    username: str
    auth_protocol: str
    auth_password: str = field(repr=False)
    priv_protocol: str
    priv_password: str = field(repr=False)
    context: str


class Protocols(NamedTuple):
    """The names of protocols that an exporter knows."""

    auth: Sequence[str]
    priv: Sequence[str]


def read(
    auths: Mapping[str, Any], known: Protocols, make: Callable[[CommunityEntry | UserEntry, str], _T]
) -> dict[str, _T]:
    """Returns what `make` makes of each entry; it is given the entry's place, too: "settings.auths.NAME".

    Raises:
        ConfigError: Something is missing, or a secret can't be read: which, and where it was looked for.
    """
    places = {name: f"settings.auths.{name}" for name in auths}
    return {name: make(_entry(typed(auths[name], dict, where), known, where), where) for name, where in places.items()}


def _entry(auth: Mapping[str, Any], known: Protocols, where: str) -> CommunityEntry | UserEntry:
    version = member(auth, "version", str, where)
    if version in _VERSIONS:
        only(auth, ("version", "community"), where)
        return CommunityEntry(_VERSIONS[version], secret(auth, "community", where))
    if version != "3":
        raise ConfigError(f'{where}.version: must be "1", "2c" or "3", not "{version}"')
    only(auth, ("version", *_USER_KEYS), where)
    username = member(auth, "username", str, where)
    context = member(auth, "context", str, where, "")
    auth_protocol, auth_password = _protocol(auth, "auth", known.auth, where)
    return UserEntry(username, auth_protocol, auth_password, *_protocol(auth, "priv", known.priv, where), context)


def _protocol(auth: Mapping[str, Any], kind: str, known: Sequence[str], where: str) -> tuple[str, str]:
    name = member(auth, f"{kind}_protocol", str, where, "")
    if name and name not in known:
        raise ConfigError(f'{where}.{kind}_protocol: no protocol is called "{name}"; there are {", ".join(known)}')
    return name, secret(auth, f"{kind}_password", where) if name else ""
