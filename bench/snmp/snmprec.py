"""Recordings of devices (`.snmprec`, snmpsim's format) as variable bindings: what an agent of ours answers from.

A line is `OID|TAG|VALUE`; the tag is the BER tag in decimal, `x` behind it says that the value is in hexadecimal.
Lines that compute their value (`TAG:module`) have none here. `recording` reads the same into tables, without tags.
"""

import bz2
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from exporters.snmp import ber, oid, pdu
from exporters.snmp.pdu import IpAddress, Value, VarBind

_LINE = re.compile(rb"\.?([0-9][0-9.]*)\|([0-9]+)(x?)\|(.*)", re.DOTALL)
_BITS = {pdu.COUNTER32: 32, pdu.GAUGE32: 32, pdu.TIME_TICKS: 32, pdu.COUNTER64: 64, pdu.UINTEGER32: 32}


def read(path: Path, most: int = 10**9) -> list[VarBind] | None:
    """Returns a recording's variable bindings, of those with the same OID the last; None for more than `most` lines."""
    data = path.read_bytes()
    if path.suffix == ".bz2":
        data = bz2.decompress(data)
    if data.count(b"\n") > most:
        return None
    return list({varbind.oid: varbind for varbind in parse(data.splitlines())}.values())


def parse(lines: Iterable[bytes]) -> Iterator[VarBind]:
    """Yields the variable bindings of a recording's lines; those that can't be read are left out."""
    for line in lines:
        found = _LINE.fullmatch(line.rstrip(b"\r\n"))
        if not found:
            continue
        tag = int(found[2])
        try:
            name = oid.parse(found[1].decode().rstrip("."))
            value = _octets(tag, bytes.fromhex(found[4].decode())) if found[3] else _value(tag, found[4])
        except ValueError:
            continue
        yield VarBind(name, tag, value)


def _octets(tag: int, data: bytes) -> Value:
    if tag == pdu.IP_ADDRESS:
        return IpAddress(data)
    if tag in {ber.OCTET_STRING, pdu.OPAQUE}:
        return data
    raise ValueError(tag)


def _value(tag: int, text: bytes) -> Value:
    if tag in _BITS:
        return int(text) & ((1 << _BITS[tag]) - 1)
    if tag == ber.INTEGER:
        return (int(text) + 2**31) % 2**32 - 2**31
    if tag == ber.OBJECT_IDENTIFIER:
        return oid.parse(text.decode().strip("."))
    if tag == pdu.IP_ADDRESS:
        return IpAddress(bytes(map(int, text.split(b"."))))
    return _octets(tag, text)


def recordings(paths: Iterable[str]) -> dict[str, Path]:
    """Returns the recordings among files and folders, by name."""
    found: dict[str, Path] = {}
    for text in paths:
        path = Path(text)
        if not path.exists():
            sys.exit(f"{path}: there is no such file or folder")
        files = [path] if path.is_file() else sorted([*path.rglob("*.snmprec"), *path.rglob("*.snmprec.bz2")])
        found |= {file.name.split(".snmprec")[0]: file for file in files}
    return found
