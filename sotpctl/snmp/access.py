"""A device of the inventory as SNMP reaches it: where it is, and how it is spoken to. No text here holds a secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from exporters.kit.document import ConfigError
from exporters.snmp import credentials
from exporters.snmp.modules.auths import Credentials
from exporters.snmp.session import Community
from sotpctl.inventory import Device, Inventory, SecretRef, SnmpCommunity, SnmpUser
from sotpctl.inventory.problems import did_you_mean, printable


class AccessError(Exception):
    """A device that can't be asked; the text says why and what would be right."""


@dataclass(frozen=True, slots=True)
class Access:
    """A device, ready to be asked.

    Attributes:
        device: Its name.
        address: An IP address, or a name.
        family: 4 or 6 where the inventory says so, else 0.
        port: UDP.
        auth: A key of the inventory's auths.
        credentials: What it means.
        places: Where each secret is, in words, by its key in the auth: `{"community": "$SNMP_COMMUNITY"}`.
    """

    device: str
    address: str
    family: int
    port: int
    auth: str
    credentials: Credentials = field(repr=False)
    places: Mapping[str, str]

    @property
    def where(self) -> str:
        """Say where requests go: `192.0.2.11`, with the port where it isn't SNMP's own."""
        return self.address if self.port == 161 else f"{self.address} port {self.port}"

    @property
    def how(self) -> str:
        """Say how it is spoken to, like `SNMPv3 authPriv (SHA256, AES128) as sotp, auth snmp-v3`."""
        given = self.credentials
        if isinstance(given, Community):
            return f"SNMPv{given.version}, auth {self.auth}"
        protocols = [name for name in (given.auth, given.priv) if name]
        level = ("noAuthNoPriv", "authNoPriv", "authPriv")[len(protocols)]
        used = f" ({', '.join(protocols)})" if protocols else ""
        return f"SNMPv3 {level}{used} as {printable(given.name)}, auth {self.auth}"


def access(inventory: Inventory, name: str, auth: str | None, environ: Mapping[str, str]) -> Access:
    """Return how a device is asked.

    Args:
        inventory: It is in there.
        name: The device.
        auth: A key of the auths in place of the device's own.
        environ: Where secrets may be; the process's own environment.

    Raises:
        AccessError: There is no such device, it isn't polled, or a secret isn't where the inventory says.
    """
    device = _device(inventory, name)
    snmp = device.snmp
    if snmp is None and auth is None:
        raise AccessError(_unpolled(inventory, name))
    chosen = auth or (snmp.auth if snmp else "")
    references, known = _auth(inventory, chosen)
    if unset := _unset(references, chosen, environ):
        raise AccessError("\n".join(unset))
    try:
        resolved = credentials.resolve({chosen: known})[chosen]
    except ConfigError as error:
        raise AccessError(printable(str(error).removeprefix("settings."))) from None
    places = {key: _place(reference, inventory.root) for key, reference in references.items()}
    family = device.family or 0
    return Access(name, device.address, family, snmp.port if snmp else 161, chosen, resolved, places)


def _device(inventory: Inventory, name: str) -> Device:
    found = inventory.devices.get(name)
    if found is None:
        by_address = [one.name for one in inventory.devices.values() if one.address == name]
        hint = f'; that is the address of "{by_address[0]}"' if by_address else did_you_mean(name, inventory.devices)
        raise AccessError(f'no device is called "{printable(name)}"{hint}')
    return found


def _unpolled(inventory: Inventory, name: str) -> str:
    auths = sorted(key for key, one in inventory.auths.items() if isinstance(one, SnmpCommunity | SnmpUser))
    example = auths[0] if auths else "NAME"
    first = "" if auths else "the inventory has no auth of type snmp yet: add one, then "
    return (
        f"{name} isn't polled: the inventory gives it no snmp (`sotpctl explain {name}`); {first}"
        f"`sotpctl device set {name} snmp.auth={example}`, or try one by --auth {example}"
    )


def _auth(inventory: Inventory, name: str) -> tuple[dict[str, SecretRef], dict[str, object]]:
    """Return an auth's references to secrets, and the whole as the exporter's file has it."""
    auth = inventory.auths.get(name)
    if not isinstance(auth, SnmpCommunity | SnmpUser):
        known = [key for key, one in inventory.auths.items() if isinstance(one, SnmpCommunity | SnmpUser)]
        if auth is not None:
            raise AccessError(f'the auth "{printable(name)}" is of type {auth.type}, not snmp{did_you_mean("", known)}')
        raise AccessError(f'no auth is called "{printable(name)}"{did_you_mean(name, known)}')
    given = {key: value for key, value in auth if value is not None and key != "type"}
    references = {key: value for key, value in given.items() if isinstance(value, SecretRef)}
    written = {key: value.reference(inventory.root) for key, value in references.items()}
    return references, given | written


def _unset(references: Mapping[str, SecretRef], auth: str, environ: Mapping[str, str]) -> list[str]:
    """Return what is missing from the environment, all at once; the exporter's own reading says one thing at a time."""
    return [
        f"auths.{auth}.{key}: the environment variable {reference.env} isn't set: export {reference.env}=…"
        for key, reference in references.items()
        if reference.env and not environ.get(reference.env)
    ]


def _place(reference: SecretRef, root: Path) -> str:
    return f"${reference.env}" if reference.env else printable(reference.reference(root).get("file", "Vault"))
