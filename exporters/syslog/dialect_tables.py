"""Dialects that are tables in one line: FortiOS' (and others') key=value and PAN-OS' CSV. Pure.

The columns of PAN-OS are those of its "Syslog Field Descriptions"; newer versions add some at the end. FortiOS' keys
are those of its "Log Message Reference".
"""

import csv
import re
from typing import NamedTuple

from exporters.syslog.message import Message
from exporters.syslog.stamp import Zone, sane
from exporters.syslog.stamps import read

_PAIR = re.compile(r'(?<![\w.-])([A-Za-z_][\w.-]{0,63})=(?:"((?:[^"\\]|\\.)*+)"|([^\s"]*))', re.ASCII)
_MOST_PAIRS = 64
_PANOS = re.compile(r"\d*,\d{4}/\d\d/\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?,\w*,[A-Z][A-Z0-9-]+,", re.ASCII)
_SEARCHED = 16384

_COMMON = ("", "receive_time", "serial", "type", "subtype", "", "generated_time")
_SESSION = (
    *(*_COMMON, "src", "dst", "natsrc", "natdst", "rule", "srcuser", "dstuser", "app", "vsys", "from", "to"),
    *("inbound_if", "outbound_if", "logset", "", "sessionid", "repeatcnt", "sport", "dport", "natsport", "natdport"),
    *("flags", "proto", "action"),
)
_COLUMNS = {
    "SYSTEM": (*_COMMON, "vsys", "eventid", "object", "", "", "module", "severity", "opaque", "seqno"),
    "CONFIG": (*_COMMON, "host", "vsys", "cmd", "admin", "client", "result", "path"),
    "TRAFFIC": (*_SESSION, "bytes", "bytes_sent", "bytes_received", "packets", "start", "elapsed", "category"),
    "THREAT": (*_SESSION, "misc", "threatid", "category", "severity", "direction", "seqno"),
}


class _Pairs(NamedTuple):
    """What one vendor calls things in a line of key=value; of several keys the first that is there.

    Attributes:
        vendor: What its structured data begins with.
        host, app: The device's name; what the app is made of.
        mnemonic, text: What names the kind of message; what people read.
    """

    vendor: str
    host: tuple[str, ...]
    app: tuple[str, ...]
    mnemonic: tuple[str, ...]
    text: tuple[str, ...]


_FORTINET = _Pairs(
    "fortinet", ("devname", "devid", "device_id"), ("type", "subtype"), ("logid", "log_id"), ("msg", "logdesc")
)
# By the keys that tell the vendor: the first that a line has.
_VENDORS = {
    "logid": _FORTINET,
    "devname": _FORTINET,
    "devid": _FORTINET,
    "log_component": _Pairs("sophos", ("device_name",), ("log_type",), ("log_id",), ("message",)),
    "log_id": _FORTINET,  # FortiWeb, FortiMail
    "fw": _Pairs("sonicwall", ("fw",), ("id",), ("m",), ("msg",)),
}


def pairs(message: Message, text: str) -> bool:
    """Reads a line of key=value: structured data "fortinet.KEY"; the mnemonic is the log id; the text what `msg` says.

    A host before it stays: a relay writes the address there, by which the inventory knows the device.
    """
    found = [
        (pair[1], pair[3] if pair[2] is None else pair[2].replace('\\"', '"'))
        for pair in _PAIR.finditer(text, 0, _SEARCHED)
    ][:_MOST_PAIRS]
    values = dict(found)
    mark = next(filter(values.__contains__, _VENDORS), None)
    if mark is None:
        return False
    names = _VENDORS[mark]
    message.structured += tuple([(f"{names.vendor}.{key}", value) for key, value in found])
    message.host = message.host or _first(values, names.host)
    message.app = message.app or "/".join([values[key] for key in names.app if values.get(key)])
    message.mnemonic = message.msgid = _first(values, names.mnemonic)
    message.text = _first(values, names.text) or text
    return True


def _first(values: dict[str, str], keys: tuple[str, ...]) -> str:
    for key in keys:
        if found := values.get(key):
            return found
    return ""


def panos(message: Message, text: str) -> bool:
    """Reads PAN-OS' CSV: structured data "paloalto.COLUMN"; the mnemonic is a system log's event id, else the type."""
    if not _PANOS.match(text):
        return False
    try:
        row = next(csv.reader((text.replace("\n", " "),)))
    except csv.Error:
        return False
    kind = row[3]
    columns = _COLUMNS.get(kind, _COMMON)
    values = {column: value for column, value in zip(columns, row, strict=False) if column and value}
    message.structured += tuple((f"paloalto.{column}", value) for column, value in values.items())
    message.app = message.app or kind.lower()
    message.msgid = values.get("subtype", "")
    message.mnemonic = values.get("eventid") or kind
    if kind == "SYSTEM":
        message.text = values.get("opaque", text)
    elif kind == "CONFIG":
        what = " ".join(filter(None, (values.get("cmd"), values.get("path"))))
        where = f"{values.get('host', '')} ({values.get('client', '')})"
        message.text = f"{what} by {values.get('admin', '')} from {where}: {values.get('result', '')}"
    return True


def own_stamp(message: Message, received_ns: int, zone: Zone) -> None:
    """Takes the stamp that a table holds, where the message has none before it."""
    if not message.structured:
        return
    values = dict(message.structured)
    vendor = message.structured[0][0].partition(".")[0]
    parts = [values.get(f"{vendor}.{key}") for key in ("generated_time", "date", "time", "tz", "timezone")]
    text = " ".join([part for part in parts if part])
    ns = _epoch(values.get(f"{vendor}.eventtime", ""))
    if text and ns is None:
        found = read(text, 0, received_ns, zone)
        ns = found.ns if found else None
    if ns is not None and sane(ns, received_ns):
        message.stamp_ns = ns
    else:
        message.device_time = text


def _epoch(text: str) -> int | None:
    """FortiOS' eventtime: seconds before 6.0.4, nanoseconds since; None for another number."""
    if not (text.isdigit() and text.isascii()):
        return None
    return {10: int(text) * 10**9, 13: int(text) * 10**6, 16: int(text) * 1000, 19: int(text)}.get(len(text))
