"""What to do about a failure, in a few lines. Pure; no text holds a secret."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from exporters.snmp.errors import Failure, Reason
from exporters.snmp.session import Community
from sotpctl.snmp.access import Access


def advice(failure: Failure, access: Access, *, lives: bool = False, lab: bool = False) -> list[str]:
    """Return what would help, the likeliest first.

    Args:
        failure: Why the device gave less than was asked.
        access: How it was asked.
        lives: Whether an agent there answers SNMPv3's discovery, which needs no credentials.
        lab: Whether a lab runs that simulates the inventory, and wasn't asked.
    """
    found = list(_BY_REASON[failure.reason](_Case(failure.detail, access, lives)))
    if lab and failure.reason in {"timeout", "refused"}:
        found.insert(0, "a lab runs beside this inventory: --lab asks its devices instead of the network's")
    return found


class _Case(NamedTuple):
    detail: str
    access: Access
    lives: bool

    @property
    def secrets(self) -> str:
        """Where the auth's secrets are."""
        return " and ".join(self.access.places.values()) or f"auths.{self.access.auth}"


def _timeout(case: _Case) -> Iterator[str]:
    access = case.access
    if case.lives:
        yield (
            "an agent is there: it answers SNMPv3's discovery. So the community is another one, or this host isn't "
            "allowed to use it, or the agent doesn't take this version"
        )
        yield f"compare {case.secrets} with the device's configuration, and look at its access list for SNMP"
        return
    yield f"does the device answer at all? `ping {access.address}`"
    yield f"is its SNMP agent on, and does its access list or a firewall let this host reach UDP port {access.port}?"
    if isinstance(access.credentials, Community):
        yield f"is the community in {case.secrets} right? Agents don't answer a wrong one"


def _auth(case: _Case) -> Iterator[str]:
    access = case.access
    given = access.credentials
    if isinstance(given, Community):
        yield "the community may not read this: look at its view, or its access rights, on the device"
    elif "security level" in case.detail:
        yield f"asked with {access.how.removeprefix('SNMPv3 ').partition(' as ')[0]}: give the user that level on it"
        yield f"or take what the device has into auths.{access.auth}: auth_protocol, priv_protocol, their passwords"
    elif "privacy" in case.detail:
        yield f"compare priv_protocol ({given.priv}) and {access.places.get('priv_password', 'its password')} with it"
        yield "Cisco's AES192 and AES256 are AES192C and AES256C here"
    else:
        password = access.places.get("auth_password", case.secrets)
        yield f"compare auth_protocol ({given.auth or 'none'}) and the password in {password} with the device's user"
        if given.context:
            yield f"does the device have the context {given.context}, in auths.{access.auth}? Some ignore a wrong one"
        yield "a device that was replaced or reset needs its SNMPv3 users anew: their keys belong to its engine ID"


def _unknown_user(case: _Case) -> Iterator[str]:
    given = case.access.credentials
    name = "" if isinstance(given, Community) else f' "{given.name}"'
    yield f"make the user{name} on the device, or name one that it has: auths.{case.access.auth}.username"
    yield "users are lost when an engine ID changes, as with a stack's new master: make it anew then"


def _not_in_time_window(_: _Case) -> Iterator[str]:
    yield "the device contradicts its own snmpEngineBoots or snmpEngineTime: restart its SNMP agent"
    yield "a device restored from another's backup may share its engine ID: give it one of its own"


def _refused(case: _Case) -> Iterator[str]:
    access = case.access
    if "has no address" in case.detail:
        yield f"`getent hosts {access.address}` shows what the resolver says; an IP address needs no resolver"
    elif "context" in case.detail:
        yield f"auths.{access.auth}.context: name one that the device has, or leave it out"
    elif case.detail.startswith("the device"):
        yield "the device doesn't let this be read: look at the view of the user or community on it"
    elif "refused" in case.detail.casefold():
        yield f"is the SNMP agent on, and is it at UDP port {access.port}?"
        yield f"is {access.address} the device's address? `ping {access.address}`"
    else:
        yield f"there is no way to it from here: `ping {access.address}`, `ip route get {access.address}`"


def _no_such_object(case: _Case) -> Iterator[str]:
    yield f"`sotpctl snmp walk {case.access.device} 1` shows all that the device lets this auth read"
    yield "a view on the device may hide the rest; a module that isn't for this device can go from its `modules`"


def _loop(_: _Case) -> Iterator[str]:
    yield "the agent's answers don't increase: a mistake of its firmware; a newer one may help"
    yield "a module of an snmp.yml with `allow_nonincreasing_oids: true` reads on in spite of it"


def _malformed(case: _Case) -> Iterator[str]:
    yield f"is it an SNMP agent that answers at {case.access.where}? A newer firmware may help"


_BY_REASON: dict[Reason, Callable[[_Case], Iterator[str]]] = {
    "timeout": _timeout,
    "auth": _auth,
    "unknown_user": _unknown_user,
    "not_in_time_window": _not_in_time_window,
    "refused": _refused,
    "no_such_object": _no_such_object,
    "loop": _loop,
    "malformed": _malformed,
}
