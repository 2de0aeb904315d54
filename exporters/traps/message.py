r"""A notification, named, and as an RFC 5424 message. Pure.

    <27>1 2026-01-02T03:04:05.678901Z waw-core-1 snmptrapd - linkDown [snmp@32473 trap="1.3.6.1.6.3.1.1.5.3"
    version="2c" uptime="10d 04:05:06.07" ifName="Gi1/0/1"] linkDown: ifName=Gi1/0/1

SOTP has no enterprise number of its own: 32473 is the one that RFC 5612 keeps for such.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Address

from exporters.traps.definitions import LONGEST_NAME, OTHER, Definitions, Object
from exporters.traps.values import Oid, VarBind, oid_text, text

APP = "snmptrapd"
SD_ID = "snmp@32473"

_FACILITY = 3  # daemon, as snmptrapd's
_WARNING = 4  # of a trap without a name
_UPTIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3, 0)
_TRAP_OID: Oid = (1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0)
_COMMUNITY: Oid = (1, 3, 6, 1, 6, 3, 18, 1, 4)  # snmpTrapCommunity: a secret, whoever sends it
_AGENT: Oid = (1, 3, 6, 1, 6, 3, 18, 1, 3, 0)  # snmpTrapAddress
_NOBODY = str(IPv4Address(0))  # an agent that doesn't say its address
_ASIDE = {"snmpTrapAddress", "snmpTrapEnterprise"}  # of v1's header: in the structured data alone
_MOST = 64  # variable bindings in a message
_LONGEST_INDEX = 128
_ESCAPE = re.compile(r'(["\\\]])')
_PLAIN = re.compile(r"[^\s\"=]+")


@dataclass(frozen=True, slots=True)
class Notice:
    """A notification, named.

    Attributes:
        trap: Its name, "other" where it has none.
        oid: Its number.
        severity: 0 to 7.
        uptime: The agent's, as text; "" where the sender didn't say.
        values: Names (of at most 32 characters) and texts, in the sender's order.
        index: The instance of what it is about, where no value says that; "" for none.
        more: How many values are left out.
    """

    trap: str
    oid: str
    severity: int
    uptime: str
    values: tuple[tuple[str, str], ...]
    index: str
    more: int

    def text(self) -> str:
        """Returns what people read."""
        pairs = [
            f"{name}={value if _PLAIN.fullmatch(value) else _quoted(value)}"
            for name, value in self.values
            if name not in _ASIDE
        ]
        if self.index:
            pairs.append(f"index={self.index}")
        if self.more:
            pairs.append(f"(and {self.more} more)")
        return " ".join([f"{self.oid if self.trap == OTHER else self.trap}:", *pairs]).removesuffix(":")


def describe(varbinds: Sequence[VarBind], source: str, definitions: Definitions) -> Notice | None:
    """Names a notification; None where it doesn't say which one it is (RFC 3416 §4.2.6).

    Args:
        varbinds: With sysUpTime and snmpTrapOID.
        source: Where it came from: an agent's address that is the same says nothing.
        definitions: The names.
    """
    number = next((value for oid, value in varbinds if oid == _TRAP_OID), None)
    if not isinstance(number, tuple):
        return None
    trap = definitions.trap(number)
    severity = trap.severity if trap else _WARNING
    uptime = ""
    values: list[tuple[str, str]] = []
    instances: list[Oid] = []
    known: set[Oid] = set()  # instances that a value names: an interface's, by ifIndex, ifName, ifDescr
    for oid, value in varbinds:
        if oid == _UPTIME:
            uptime = text(value)
            continue
        if oid == _TRAP_OID or oid[: len(_COMMUNITY)] == _COMMUNITY:
            continue
        found = definitions.object(oid)
        if found is None:
            values.append(_nameless(oid, text(value), len(values) + 1))
            continue
        one, instance = found
        shown = text(value, one.values, one.form)
        if oid == _AGENT and shown in {source, _NOBODY}:
            continue
        if trap and one.name in trap.by:
            severity = trap.by[one.name].get(shown, severity)
        values.append((one.param, shown))
        if _names_itself(one):
            known.add(instance)
        if instance not in {(0,), ()} and instance not in instances:
            instances.append(instance)
    index = ",".join([oid_text(one) for one in instances if one not in known])[:_LONGEST_INDEX]
    return Notice(
        trap.name if trap else OTHER, oid_text(number), severity, uptime,
        tuple(values[:_MOST]), index, max(0, len(values) - _MOST),
    )  # fmt: skip


def build(notice: Notice, device: str, version: str, stamp_ns: int) -> bytes:
    """Returns the message.

    Args:
        notice: What is told.
        device: Whose, for HOSTNAME.
        version: SNMP's, "1", "2c" or "3".
        stamp_ns: When it came, UTC nanoseconds.
    """
    stamp = datetime.fromtimestamp(stamp_ns / 1e9, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    pairs = [("trap", notice.oid), ("version", version), ("uptime", notice.uptime), ("index", notice.index)]
    params = [_param(name, value) for name, value in (*[pair for pair in pairs if pair[1]], *notice.values)]
    msgid = (notice.oid if notice.trap == OTHER else notice.trap)[:LONGEST_NAME].rstrip(".")
    body = notice.text()
    mark = "" if body.isascii() else "\ufeff"
    head = f"<{_FACILITY * 8 + notice.severity}>1 {stamp} {device} {APP} - {msgid}"
    return f"{head} [{SD_ID} {' '.join(params)}] {mark}{body}".encode(errors="replace")


def frame(message: bytes) -> bytes:
    """Returns a message as it goes over TCP, octet-counted (RFC 6587 §3.4.1)."""
    return b"%d %b" % (len(message), message)


def _param(name: str, value: str) -> str:
    return f'{name}="{_ESCAPE.sub(_escaped, value)}"'


def _escaped(found: re.Match[str]) -> str:
    return "\\" + found[0]


def _nameless(oid: Oid, value: str, position: int) -> tuple[str, str]:
    """An object without a name is called by its number, where that is short enough for a name."""
    number = oid_text(oid)
    return (number, value) if len(number) <= LONGEST_NAME else (f"varbind{position}", f"{number}={value}")


def _names_itself(one: Object) -> bool:
    return one.name in {"ifIndex", "ifName", "ifDescr"}


def _quoted(value: str) -> str:
    return '"' + value.replace('"', "'") + '"'
