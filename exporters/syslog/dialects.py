"""What a vendor says within a message's text: mnemonics, topics, key=value, CSV. Pure.

`refine` fills a message whose header was read with what its text tells, and takes that out of the text where nothing
is lost by it. A dialect is told by its shape alone: a message of an unknown device is read as well as any.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from exporters.syslog import dialect_tables, mnemonics
from exporters.syslog.message import Message

_NAMES = (
    "emergency emerg panic",
    "alert",
    "critical crit",
    "error err high",
    "warning warn medium",
    "notice notification low",
    "information informational info",
    "debug",
)
LEVELS = {name: severity for severity, names in enumerate(_NAMES) for name in names.split()}

_VRP = re.compile(r"%%\d\d([A-Za-z0-9_]+)/([0-7])/(\w+)(?:\(\w+\))?(?:\[\d+\])?(?::CID=[\w=-]+)?[:;] *", re.ASCII)
_JUNOS_NAME = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+", re.ASCII)
_JUNOS_FACILITIES = frozenset({"DAEMON", "KERN", "AUTH", "USER", "INTERACT", "CHANGE", "CONFLICT", "PFE", "FIREWALL"})
_CX = re.compile(r"Event\|(\d+)\|LOG_(\w+)\|[^|]*\|[^|]*\|", re.ASCII)
_PROCURVE = re.compile(r"(\d{5}) ([\w.-]+): +(?:(?:AM|ST|MM)\d{0,2}(?:-\w{1,8})?: )?", re.ASCII)
_NUMBERED = re.compile(r"(\d{1,10}): (?=%[A-Z])", re.ASCII)
_TOPICS = re.compile(r"([a-z0-9!_-]+(?:,[a-z0-9!_-]+)+):? ", re.ASCII)
_ROUTEROS_LEVELS = frozenset({"info", "error", "warning", "critical", "debug"})
_CEF = re.compile(r"CEF:\d\|[^|]*\|([^|]*)\|[^|]*\|([^|]*)\|([^|]*)\|([^|]*)\|")
_LEEF = re.compile(r"LEEF:\d\.\d\|[^|]*\|([^|]*)\|[^|]*\|([^|]*)\|")
_ARUBA = re.compile(r"<(\d{6})> (?:<\d+> )?<([A-Z]{4})> +(?:<[^>]*> +)?", re.ASCII)
_SEVERITIES = frozenset("01234567")
_SPACES = frozenset(" \t")


def refine(message: Message) -> bool:
    """Reads what the text's beginning tells; returns whether it is a dialect that is known."""
    reader = READERS.get(message.text[:2])
    return reader is not None and reader(message, message.text)


@lru_cache(8192)
def is_junos_name(word: str) -> bool:
    """Whether a word is one of Junos' names of messages: UI_COMMIT, SNMP_TRAP_LINK_DOWN."""
    return "_" in word and _JUNOS_NAME.fullmatch(word) is not None


def severity_without_pri(message: Message) -> None:
    """Sets the severity of a message that came without a PRI to what its dialect says."""
    name = message.mnemonic
    if parts := mnemonics.known(name):
        message.severity = parts[1]
    elif name.count("/") == 2 and (level := name.split("/")[1]) in _SEVERITIES:
        message.severity = int(level)
    elif "," in name:
        message.severity = next((LEVELS[word] for word in name.split(",") if word in LEVELS), message.severity)
    else:
        for key, value in message.structured:
            if key in {"fortinet.level", "paloalto.severity", "cef.severity", "aruba.severity"}:
                message.severity = LEVELS.get(value.lower(), message.severity)


def _percent(message: Message, text: str) -> bool:
    """`%BGP-5-ADJCHANGE: text` (Arista), `%%01IFNET/4/IF_STATE(l)[7]:text` (VRP), `%%10IFNET/3/LINK_UPDOWN: text`."""
    if text[1:2] == "%":
        found = _VRP.match(text)
        if not found:
            return False
        message.app = message.app or found[1]
        message.mnemonic = f"{found[1]}/{found[2]}/{found[3]}"
        message.text = text[found.end() :]
        return True
    mnemonic = mnemonics.find(text, 0, 1)
    if not mnemonic:
        return False
    message.app = message.app or mnemonic.facility
    name = mnemonic.name.rpartition("-")[2]  # Junos' explicit-priority: %DAEMON-4-RPD_OSPF_NBRDOWN
    junos = mnemonic.facility in _JUNOS_FACILITIES and name != "SYSTEM_MSG" and is_junos_name(name)
    message.mnemonic = name if junos else mnemonic.name
    message.text = text[mnemonic.end :]
    return True


def _capital(message: Message, text: str) -> bool:
    """`UI_COMMIT: text` (Junos), `Event|403|LOG_INFO|AMM|1/1|text` (AOS-CX), `CEF:0|…`, `LEEF:2.0|…`."""
    if text[:6] == "Event|":
        return _cx(message, text)
    colon = text.find(":", 0, 64)
    if colon < 0 or text.find(" ", 0, colon) > 0:
        return False
    word = text[:colon]
    if is_junos_name(word) and text[colon + 1 : colon + 2] in _SPACES:
        message.mnemonic = word
        message.text = text[colon + 2 :]
        return True
    return (word == "CEF" and _cef(message, text)) or (word == "LEEF" and _leef(message, text))


def _cx(message: Message, text: str) -> bool:
    found = _CX.match(text)
    if found:
        message.mnemonic = message.msgid = found[1]
        message.structured += (("aruba.severity", _ARUBA_LEVELS.get(found[2], found[2].lower())),)
        message.text = text[found.end() :]
    return found is not None


def _cef(message: Message, text: str) -> bool:
    found = _CEF.match(text)
    if found:
        message.app = message.app or found[1]
        message.mnemonic = found[2]
        message.structured += (("cef.name", found[3]), ("cef.severity", found[4]))
    return found is not None


def _leef(message: Message, text: str) -> bool:
    found = _LEEF.match(text)
    if found:
        message.app = message.app or found[1]
        message.mnemonic = found[2]
    return found is not None


# AOS-CX' and ArubaOS' words.
_ARUBA_LEVELS = {
    "EMER": "emergency", "ALRT": "alert", "CRIT": "critical", "ERR": "error", "ERRS": "error",
    "WARN": "warning", "NOTI": "notice", "INFO": "info", "DBUG": "debug",
}  # fmt: skip


def _angle(message: Message, text: str) -> bool:
    """`<124198> <4130> <ERRS> <wlc1 192.0.2.1> |process| text` (ArubaOS)."""
    found = _ARUBA.match(text)
    if found:
        message.mnemonic = message.msgid = found[1]
        message.structured += (("aruba.severity", _ARUBA_LEVELS.get(found[2], found[2].lower())),)
        message.text = text[found.end() :]
    return found is not None


def _small(message: Message, text: str) -> bool:
    """`system,info,account text` (RouterOS), `date=2024-03-01 time=… logid=…` (FortiOS)."""
    word = text[:64].partition(" ")[0]
    if "," in word:
        found = _TOPICS.match(text)
        topics = found[1].split(",") if found else []
        if not found or _ROUTEROS_LEVELS.isdisjoint(topics):
            return False
        message.app = next((topic for topic in topics if topic not in _ROUTEROS_LEVELS), topics[0])
        message.mnemonic = found[1]
        message.text = text[found.end() :]
        return True
    if "=" in word:
        return dialect_tables.pairs(message, text)
    return False


def _digit(message: Message, text: str) -> bool:
    """`00077 ports: text` (ProCurve), `1,2024/03/01 00:01:02,0070…,SYSTEM,…` (PAN-OS), `77: %FAC-5-MNEMONIC: text`."""
    if found := _PROCURVE.match(text):
        message.mnemonic = message.msgid = found[1]
        message.app = found[2]
        message.text = text[found.end() :]
        return True
    if found := _NUMBERED.match(text):
        message.msgid = message.msgid or found[1]
        return _percent(message, text[found.end() :])
    return "," in text[:8] and dialect_tables.panos(message, text)


_DIGITS, _LOWER, _UPPER = "0123456789", "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# By a text's first two characters, so that most texts are done with one lookup, which the common shapes do themselves.
READERS: dict[str, Callable[[Message, str], bool]] = {
    **{f"%{second}": _percent for second in f"%{_UPPER}"},
    **{first + second: _digit for first in _DIGITS for second in f"{_DIGITS},:"},
    **{f",{second}": _digit for second in _DIGITS},
    **{f"<{second}": _angle for second in _DIGITS},
    **{first + second: _capital for first in _UPPER for second in f"{_UPPER}{_DIGITS}_"},
    "Ev": _capital,
    **{first + second: _small for first in _LOWER for second in f"{_LOWER}{_DIGITS}_,=-!"},
}
