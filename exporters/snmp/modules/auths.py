"""snmp.yml's auths: credentials with their secrets in the file. Source: snmp_exporter `config/config.go`."""

from collections.abc import Callable, Mapping
from typing import Literal

from exporters.snmp import usm
from exporters.snmp.modules.nodes import Place
from exporters.snmp.session import Community
from exporters.snmp.usm import User

Credentials = Community | User

_AUTH_KEYS = (
    *("community", "security_level", "username", "password", "auth_protocol", "priv_protocol", "priv_password"),
    *("context_name", "version"),
)
_VERSIONS: Mapping[str, Literal["1", "2c"]] = {"1": "1", "2": "2c"}
_PRIVACIES = {"AES": "AES128", "DES": "DES", **{name: name for name in ("AES192", "AES256", "AES192C", "AES256C")}}
# All names of protocols: those of usm, and what snmp_exporter calls them.
AUTHENTICATIONS = tuple(dict.fromkeys((*usm.AUTHENTICATIONS, "SHA")))
PRIVACIES = tuple(dict.fromkeys((*usm.PRIVACIES, *_PRIVACIES)))


def credentials(place: Place) -> Credentials:
    """Returns the credentials that an auth means.

    Raises:
        ConfigError: It has unknown keys or values, or parts that don't go together; the text holds no secret.
    """
    members = place.members(_AUTH_KEYS)

    def text(key: str, default: str = "") -> str:
        return members[key].text() if key in members else default

    version = text("version", "2")
    if version in _VERSIONS:
        return Community(_VERSIONS[version], text("community", "public"))
    if version != "3":
        raise members["version"].error("must be 1, 2 or 3")
    level = text("security_level", "noAuthNoPriv")
    if level not in {"noAuthNoPriv", "authNoPriv", "authPriv"}:
        raise members["security_level"].error("must be noAuthNoPriv, authNoPriv or authPriv")
    auth, priv = "", ""
    if level != "noAuthNoPriv":
        auth = _protocol(members, place, "auth_protocol", text("auth_protocol", "MD5"), usm_auth)
    if level == "authPriv":
        priv = _protocol(members, place, "priv_protocol", text("priv_protocol", "DES"), usm_priv)
    try:
        return User(text("username"), auth, text("password"), priv, text("priv_password"), text("context_name"))
    except ValueError as error:
        raise place.error(str(error)) from error


def usm_auth(name: str) -> str:
    """Returns usm's name of an authentication protocol; "" for none."""
    name = "SHA1" if name == "SHA" else name
    return name if name in usm.AUTHENTICATIONS else ""


def usm_priv(name: str) -> str:
    """Returns usm's name of a privacy protocol; "" for none."""
    return _PRIVACIES.get(name, name if name in usm.PRIVACIES else "")


def _protocol(members: dict[str, Place], place: Place, key: str, name: str, known: Callable[[str], str]) -> str:
    found = known(name)
    if not found:
        raise members.get(key, place).error(f'no {key} is called "{name}"')
    return found
