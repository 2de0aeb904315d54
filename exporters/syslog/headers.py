"""The headers that vendors bent: sequence numbers, marks, nodes, stamps of every kind, names. Pure.

    1234: router1: *Mar  1 2024 00:01:02.345 CET: %SYS-5-CONFIG_I: …                           IOS, IOS-XE
    : 2024 Mar  1 00:01:02 UTC: %$ VDC-1 %$ %ETHPORT-5-IF_UP: …                                NX-OS
    77: xr1 RP/0/RSP0/CPU0:Mar  1 00:01:02.345 UTC: bgp[1056]: %ROUTING-BGP-5-ADJCHANGE : …    IOS-XR
    Mar 01 2024 00:01:02 fw1 : %ASA-6-302013: …                                                ASA

A header is walked token by token, each of which says what it is; the first that doesn't is where the text starts, or,
before a mnemonic, the device's name.
"""

import re
from dataclasses import dataclass

from exporters.syslog import mnemonics, stamps
from exporters.syslog.message import Message
from exporters.syslog.stamp import Zone, sane

_SEQUENCE = re.compile(r"(\d{1,10}):(?= |$)|1 (?=\d{9,10}\.\d)", re.ASCII)  # or the version before Meraki's seconds
_NODE = re.compile(r"((?:RP|LC|RSP|SP|DRP|FC|SH|\d{1,3})/\w{1,8}(?:/\w{1,8})?/[A-Z]{2,6}\d{0,2}) ?:", re.ASCII)
_PROCESS = re.compile(r"([\w./-]{1,64})\[(\d{1,10})\] ?:", re.ASCII)
_VDC = re.compile(r"%\$ ?VDC-?\d* ?%\$", re.ASCII)
_NAME = re.compile(r"\*?([A-Za-z0-9_][\w.:/-]{0,254}?) ?(:?)(?= |$)", re.ASCII)
_FIRST_NAME = re.compile(r"([A-Za-z0-9_][\w.-]{0,254}) ", re.ASCII)
_TAG = re.compile(r" [A-Za-z][\w-]{0,31}: ", re.ASCII)
_LONGEST = 400  # characters of a header: a relay's name and the device's, a stamp each
_FIREWALLS = ("ASA", "FTD", "PIX", "FWSM")
_ZONE_WORD = re.compile(r"([A-Z]{2,5})(?= ?:)", re.ASCII)


@dataclass(slots=True)
class Header:
    """What a header says.

    Attributes:
        stamp_ns, device_time: As in `Message`.
        stamped: Whether it has a stamp, believed or not.
        colon: Whether a colon ends the stamp, as Cisco's do: no name follows it.
        host, app, procid, sequence, node: "" where it has none.
        zones: Whether a word and a colon after a stamp is a zone that nobody knows; ASA writes its name there.
    """

    stamp_ns: int | None = None
    device_time: str = ""
    stamped: bool = False
    colon: bool = False
    host: str = ""
    app: str = ""
    procid: str = ""
    sequence: str = ""
    node: str = ""
    zones: bool = True

    @property
    def structured(self) -> tuple[tuple[str, str], ...]:
        """The node, as structured data has it."""
        return (("cisco.node", self.node),) if self.node else ()


def before_mnemonic(text: str, mnemonic: mnemonics.Found, received_ns: int, zone: Zone) -> Header | None:
    """Reads what stands before a mnemonic; None where that is no header, but text that mentions one."""
    header = Header(zones=not mnemonic.facility.startswith(_FIREWALLS))
    head = text[: mnemonic.start]
    at = walk(head, header, received_ns, zone)
    while at < len(head):
        name = _NAME.match(head, at)
        if not name or (header.host and header.app):
            return None
        if name[2] and name[1].isdigit():  # after a relay's stamp and name
            header.sequence = header.sequence or name[1]
        elif header.host or (header.stamped and header.colon and not name[2]):
            header.app = name[1]
        else:
            header.host = name[1]
        at = walk(head, header, received_ns, zone, name.end())
    return header


def fill(message: Message, header: Header, mnemonic: mnemonics.Found, text: str) -> None:
    """Fills a message with what a header and the mnemonic after it in a text say."""
    message.stamp_ns, message.device_time = header.stamp_ns, header.device_time
    message.host = header.host
    message.app, message.procid = header.app or mnemonic.facility, header.procid
    message.msgid = header.sequence
    message.mnemonic = mnemonic.name
    message.structured = header.structured
    message.text = text[mnemonic.end :]


def after_names(text: str, header: Header, received_ns: int, zone: Zone) -> int:
    """Takes a name or two, a stamp and a tag: `console-1 port07 2024-Mar- 1 00:01:02 LOGIN: root` (Opengear).

    Returns:
        Where the tag stands; 0 where that isn't what stands there.
    """
    names: list[str] = []
    at = 0
    while len(names) < 2 and (name := _FIRST_NAME.match(text, at)):
        names.append(name[1])
        at = name.end()
        stamp = stamps.read(text, at, received_ns, zone)
        if stamp and stamp.ns is not None and _TAG.match(text, stamp.end):
            header.host, header.app = names[0], names[1] if len(names) > 1 else ""
            _stamped(header, stamp, received_ns)
            return stamp.end + 1
    return 0


def walk(text: str, header: Header, received_ns: int, zone: Zone, at: int = 0) -> int:
    """Takes the tokens that say themselves what they are; returns where the first that doesn't stands."""
    while at < min(len(text), _LONGEST):
        if text[at] in " :":
            at += 1
            continue
        end = _token(text, at, header, received_ns, zone)
        if end == at:
            break
        at = end
    return at


def _token(text: str, at: int, header: Header, received_ns: int, zone: Zone) -> int:
    if not header.stamped and (found := _SEQUENCE.match(text, at)):
        header.sequence = header.sequence or found[1] or ""  # a second is the device's own: service sequence-numbers
        return found.end()
    if stamp := stamps.read(text, at, received_ns, zone):
        _stamped(header, stamp, received_ns)
        return _zone_word(text, stamp.end, header)
    if not header.node and (found := _NODE.match(text, at)):
        header.node = found[1]
        return found.end()
    if not header.app and (found := _PROCESS.match(text, at)):
        header.app, header.procid = found[1], found[2]
        return found.end()
    if found := _VDC.match(text, at):
        return found.end()
    return at


def _zone_word(text: str, at: int, header: Header) -> int:
    """Skips a zone that nobody knows (`clock timezone MINE 3`), and sees whether a colon ends the stamp."""
    start = at
    while text[start : start + 1] == " ":
        start += 1
    word = _ZONE_WORD.match(text, start) if header.zones else None
    if word and text[word.end() : word.end() + 1] == ":" and text[at : at + 1] == " ":
        at = word.end()
        header.colon = True
    else:
        header.colon = text[start : start + 1] == ":"
    return at


def _stamped(header: Header, stamp: stamps.Found, received_ns: int) -> None:
    """The last stamp is the device's own: a relay writes its own before it."""
    header.stamped = True
    if stamp.ns is not None and sane(stamp.ns, received_ns):
        header.stamp_ns, header.device_time = stamp.ns, ""
    else:
        header.stamp_ns, header.device_time = None, stamp.text
