"""Dialects that are tables in one line: FortiOS' key=value and PAN-OS' CSV. Pure.

The columns of PAN-OS are those of its "Syslog Field Descriptions"; newer versions add some at the end. FortiOS' keys
are those of its "Log Message Reference".
"""

import csv
import re

from exporters.syslog.message import Message
from exporters.syslog.stamp import Zone, sane
from exporters.syslog.stamps import read

_PAIR = re.compile(r'(?<![\w.-])([A-Za-z_][\w.-]{0,63})=(?:"((?:[^"\\]|\\.)*+)"|([^\s"]*))', re.ASCII)
_MOST_PAIRS = 64
_PANOS = re.compile(r"\d*,\d{4}/\d\d/\d\d \d\d:\d\d:\d\d,\w*,[A-Z][A-Z0-9-]+,", re.ASCII)
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


def fortios(message: Message, text: str) -> bool:
    """Reads FortiOS' pairs: structured data "fortinet.KEY"; the mnemonic is the log id; the text what `msg` says."""
    pairs = [
        (found[1], found[3] if found[2] is None else found[2].replace('\\"', '"'))
        for found in _PAIR.finditer(text, 0, _SEARCHED)
    ][:_MOST_PAIRS]
    values = dict(pairs)
    if "logid" not in values and "devname" not in values and "devid" not in values:
        return False
    message.structured += tuple((f"fortinet.{key}", value) for key, value in pairs)
    message.host = message.host or values.get("devname") or values.get("devid", "")
    message.app = message.app or "/".join(filter(None, (values.get("type"), values.get("subtype"))))
    message.mnemonic = message.msgid = values.get("logid", "")
    message.text = values.get("msg") or values.get("logdesc") or text
    return True


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
    values = dict(message.structured)
    text, ns = "", None
    if "fortinet.date" in values:
        text = f"{values['fortinet.date']} {values.get('fortinet.time', '')} {values.get('fortinet.tz', '')}".strip()
        ns = _epoch(values.get("fortinet.eventtime", ""))
    elif "paloalto.generated_time" in values:
        text = values["paloalto.generated_time"]
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
