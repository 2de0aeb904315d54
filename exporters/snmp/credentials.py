"""The document's auths as what the engine works with. They are read again at every reload."""

from collections.abc import Mapping
from typing import Any

from exporters.kit import auth_entries
from exporters.kit.auth_entries import CommunityEntry, Protocols, UserEntry
from exporters.kit.document import ConfigError
from exporters.snmp.modules.auths import AUTHENTICATIONS, PRIVACIES, Credentials, usm_auth, usm_priv
from exporters.snmp.session import Community
from exporters.snmp.usm import User


def resolve(auths: Mapping[str, Any]) -> dict[str, Credentials]:
    """Returns the document's auths with their secrets.

    Raises:
        ConfigError: Something is missing, or a secret can't be read: which, and where it was looked for.
    """
    return auth_entries.read(auths, Protocols(AUTHENTICATIONS, PRIVACIES), _credentials)


def _credentials(entry: CommunityEntry | UserEntry, where: str) -> Credentials:
    if isinstance(entry, CommunityEntry):
        return Community(entry.version, entry.community)
    auth, priv = usm_auth(entry.auth_protocol), usm_priv(entry.priv_protocol)
    try:
        return User(entry.username, auth, entry.auth_password, priv, entry.priv_password, entry.context)
    except ValueError as error:
        raise ConfigError(f"{where}: {error}") from error
