"""What the agents take: the communities and users that the inventory names, with secrets that the lab may choose.

A secret in an environment variable that isn't set, or in a file of the lab's own folder that isn't there, gets a value
of the lab's own, the same in every lab; `environment` and `files` say which, for whoever asks the devices. These open
nothing but simulated devices in a namespace.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from exporters.snmp.usm import User
from lab.snmp.agent import Credentials
from sotpctl.inventory import Inventory, SecretRef, SnmpCommunity, SnmpUser

_COMMUNITY = "public"


def resolve(inventory: Inventory, environ: Mapping[str, str]) -> dict[str, Credentials | str]:
    """Returns each SNMP auth's credentials by its name, or a text that says why there are none."""
    known: dict[str, Credentials | str] = {}
    for name, auth in inventory.auths.items():
        try:
            if isinstance(auth, SnmpCommunity):
                known[name] = _community(auth, inventory.root, environ)
            elif isinstance(auth, SnmpUser):
                known[name] = _user(auth, inventory.root, environ)
        except (OSError, ValueError) as error:
            known[name] = f"auths.{name}: {error}"
    return known


def environment(inventory: Inventory, environ: Mapping[str, str]) -> dict[str, str]:
    """Returns the variables that the inventory's SNMP auths name and nobody set, with the lab's values."""
    chosen = {one.env: value or _password(one.env) for one, value in _references(inventory) if one.env}
    return {name: value for name, value in sorted(chosen.items()) if not environ.get(name)}


def files(inventory: Inventory, directory: Path) -> dict[Path, str]:
    """Returns the files in the lab's folder that the inventory's SNMP auths name and nobody wrote, with their text."""
    places = ((Path(one.reference(inventory.root)["file"]), value) for one, value in _references(inventory) if one.file)
    return {
        path: f"{value or _password(path.name)}\n"
        for path, value in places
        if path.parent == directory.absolute() and not path.exists()
    }


def _references(inventory: Inventory) -> Iterator[tuple[SecretRef, str]]:
    """Yields each secret's place, and what the lab puts there; "" for a password of its own."""
    for auth in inventory.auths.values():
        if isinstance(auth, SnmpCommunity):
            yield auth.community, _COMMUNITY
        elif isinstance(auth, SnmpUser):
            yield from ((reference, "") for reference in (auth.auth_password, auth.priv_password) if reference)


def _password(name: str) -> str:
    return f"lab-{name.lower().replace('_', '-')}"  # at least 8 characters, as RFC 3414 §11.2 wants it


def _community(auth: SnmpCommunity, root: Path, environ: Mapping[str, str]) -> bytes:
    if auth.version == "1":
        raise ValueError("the lab's agents don't speak SNMPv1")
    return _secret(auth.community, root, environ, _COMMUNITY).encode()


def _user(auth: SnmpUser, root: Path, environ: Mapping[str, str]) -> User:
    secrets = [
        _secret(each, root, environ, _password(each.env)) if each else ""
        for each in (auth.auth_password, auth.priv_password)
    ]
    protocol = "SHA1" if auth.auth_protocol == "SHA" else auth.auth_protocol or ""
    return User(auth.username, protocol, secrets[0], auth.priv_protocol or "", secrets[1], auth.context or "")


def _secret(reference: SecretRef, root: Path, environ: Mapping[str, str], chosen: str) -> str:
    if reference.env:
        return environ.get(reference.env) or chosen
    if reference.file:
        path = Path(reference.reference(root)["file"])
        return path.read_text(encoding="utf-8").removesuffix("\n")
    raise ValueError("the lab has no Vault")
