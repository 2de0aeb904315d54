"""IOS and IOS-XE: `1234: router1: *Jan  2 03:04:05.678 CET: %FACILITY-5-MNEMONIC: text`, from the number on. Pure.

The number and the name may be absent.
"""

import re

from exporters.syslog import mnemonics
from exporters.syslog.message import Message
from exporters.syslog.stamp import AHEAD_NS, PAST_NS, Zone

_SESSION = re.compile(r' (\w{1,32})="([^"]*)"', re.ASCII)  # [syslog@9 s_sn="5"]: logging host … sequence-num-session


def read(line: str, received_ns: int, zone: Zone, facility: int, severity: int) -> Message | None:
    """Reads a message from what follows its PRI; None: it isn't quite that."""
    parts = line.split(": ", 3)
    sequence = host = ""
    structured: tuple[tuple[str, str], ...] = ()
    if len(parts) == 4 and (app := mnemonics.facility(parts[2])) and parts[0].isdigit():
        sequence, stamp, word, text = parts
    elif len(parts) > 2 and (app := mnemonics.facility(parts[1])):
        stamp, word, text = line.split(": ", 2)
    elif len(parts) == 4 and parts[0].isdigit():
        sequence, host, stamp, rest = parts
        word, _, text = rest.partition(": ")
        app = mnemonics.facility(word)
        if host.isdigit():  # a second number: service sequence-numbers
            host = ""
        elif host[:10] == "[syslog@9 ":
            structured = tuple((f"syslog@9.{name}", value) for name, value in _SESSION.findall(host))
            host = ""
    else:
        return None
    stamp_ns = zone.bsd(stamp, received_ns) if app else None
    if stamp_ns is None:
        return None
    device_time = ""
    if not AHEAD_NS <= received_ns - stamp_ns <= PAST_NS:
        stamp_ns, device_time = None, stamp
    return Message(
        facility, severity, stamp_ns, host, app, "", sequence, word[1:], structured, text, line, device_time, ""
    )
