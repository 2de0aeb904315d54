"""The document's auths: names of secrets, resolved here and nowhere else. No text of an error holds a secret.

    {"version": "2c", "community": {"env": "SNMP_COMMUNITY"}}
    {"version": "3", "username": "sotp", "auth_protocol": "SHA256", "auth_password": {"file": "/etc/sotp/auth"}, …}

They are read again at every reload.
"""

from collections.abc import Mapping
from typing import Any, Literal

from exporters.kit.document import ConfigError, member, only, typed
from exporters.kit.secret import secret
from exporters.snmp.modules.auths import Credentials, usm_auth, usm_priv
from exporters.snmp.session import Community
from exporters.snmp.usm import User

_VERSIONS: Mapping[str, Literal["1", "2c"]] = {"1": "1", "2c": "2c"}


def resolve(auths: Mapping[str, Any]) -> dict[str, Credentials]:
    """Returns the document's auths with their secrets.

    Raises:
        ConfigError: Something is missing, or a secret can't be read: which, and where it was looked for.
    """
    return {name: _one(typed(auth, dict, f"settings.auths.{name}"), name) for name, auth in auths.items()}


def _one(auth: Mapping[str, Any], name: str) -> Credentials:
    where = f"settings.auths.{name}"
    version = member(auth, "version", str, where)
    if version in _VERSIONS:
        only(auth, ("version", "community"), where)
        return Community(_VERSIONS[version], secret(auth, "community", where))
    if version != "3":
        raise ConfigError(f'{where}.version: must be "1", "2c" or "3", not "{version}"')
    keys = ("username", "auth_protocol", "auth_password", "priv_protocol", "priv_password", "context")
    only(auth, ("version", *keys), where)
    protocols = {}
    for kind, known in (("auth", usm_auth), ("priv", usm_priv)):
        given = member(auth, f"{kind}_protocol", str, where, "")
        protocols[kind] = known(given)
        if given and not protocols[kind]:
            raise ConfigError(f'{where}.{kind}_protocol: no protocol is called "{given}"')
    try:
        return User(
            member(auth, "username", str, where),
            protocols["auth"],
            secret(auth, "auth_password", where) if protocols["auth"] else "",
            protocols["priv"],
            secret(auth, "priv_password", where) if protocols["priv"] else "",
            member(auth, "context", str, where, ""),
        )
    except ValueError as error:
        raise ConfigError(f"{where}: {error}") from error
