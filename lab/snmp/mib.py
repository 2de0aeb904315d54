"""A device's objects in order. What moves is a function of time, worked out when it is read."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from functools import lru_cache

from exporters.snmp import ber, oid, pdu
from exporters.snmp.oid import Oid
from exporters.snmp.pdu import Value, VarBind

Numbers = int | float | Callable[[float], float | None]
Texts = str | bytes | Callable[[float], str | bytes | None]

_parse = lru_cache(maxsize=4096)(oid.parse)


class Mib:
    """Objects by OID, after `sort`.

    The methods that add one take the object's dotted OID, its value (or a function of the seconds since 1970; one that
    gives None has no such instance just now) and the index; a scalar without an index gets its .0.
    """

    def __init__(self) -> None:
        self._entries: dict[Oid, tuple[int, Value | Callable[[float], Value]]] = {}
        self._oids: list[Oid] = []

    def integer(self, name: str, value: Numbers, *index: int) -> None:
        """Adds an INTEGER."""
        self._number(name, ber.INTEGER, value, index, 0)

    def gauge(self, name: str, value: Numbers, *index: int) -> None:
        """Adds a Gauge32."""
        self._number(name, pdu.GAUGE32, value, index, 32)

    def ticks(self, name: str, value: Numbers, *index: int) -> None:
        """Adds TimeTicks: hundredths of a second; they begin anew after 497 days."""
        self._number(name, pdu.TIME_TICKS, value, index, 32)

    def counter(self, name: str, value: Numbers, *index: int) -> None:
        """Adds a Counter32; it wraps."""
        self._number(name, pdu.COUNTER32, value, index, 32)

    def counter64(self, name: str, value: Numbers, *index: int) -> None:
        """Adds a Counter64."""
        self._number(name, pdu.COUNTER64, value, index, 64)

    def text(self, name: str, value: Texts, *index: int) -> None:
        """Adds an OCTET STRING."""
        if callable(value):
            read = value
            self._add(name, index, ber.OCTET_STRING, lambda now: _octets(read(now)))
        else:
            self._add(name, index, ber.OCTET_STRING, _octets(value))

    def object_id(self, name: str, value: str, *index: int) -> None:
        """Adds an OBJECT IDENTIFIER."""
        self._add(name, index, ber.OBJECT_IDENTIFIER, _parse(value))

    def sort(self) -> None:
        """Makes what was added readable."""
        self._oids = sorted(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, name: Oid, now: float) -> VarBind:
        """Returns an instance, or noSuchInstance or noSuchObject in its place (RFC 3416 §4.2.1)."""
        entry = self._entries.get(name)
        value = _value(entry, now) if entry else None
        if entry and value is not None:
            return VarBind(name, entry[0], value)
        at = bisect_left(self._oids, name[:-1])
        known = at < len(self._oids) and self._oids[at][: len(name) - 1] == name[:-1]
        return VarBind(name, pdu.NO_SUCH_INSTANCE if known else pdu.NO_SUCH_OBJECT, None)

    def next(self, name: Oid, now: float) -> VarBind:
        """Returns the first instance behind an OID, or endOfMibView in its place (RFC 3416 §4.2.2)."""
        for at in range(bisect_right(self._oids, name), len(self._oids)):
            found = self._oids[at]
            entry = self._entries[found]
            value = _value(entry, now)
            if value is not None:
                return VarBind(found, entry[0], value)
        return VarBind(name, pdu.END_OF_MIB_VIEW, None)

    def _number(self, name: str, tag: int, value: Numbers, index: tuple[int, ...], bits: int) -> None:
        if callable(value):
            read = value
            self._add(name, index, tag, lambda now: _whole(read(now), bits))
        else:
            self._add(name, index, tag, _whole(value, bits))

    def _add(self, name: str, index: tuple[int, ...], tag: int, value: Value | Callable[[float], Value]) -> None:
        self._entries[(*_parse(name), *(index or (0,)))] = (tag, value)


def _value(entry: tuple[int, Value | Callable[[float], Value]], now: float) -> Value:
    value = entry[1]
    return value(now) if callable(value) else value


def _whole(value: float | None, bits: int) -> int | None:
    """The number as its type holds it: unsigned ones wrap after `bits`; 0 bits is a signed one, rounded."""
    if value is None:
        return None
    return int(value) % (1 << bits) if bits else round(value)


def _octets(value: str | bytes | None) -> bytes | None:
    return value.encode() if isinstance(value, str) else value
