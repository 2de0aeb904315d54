"""Patterns that match a whole row of an answer: the regular expression engine reads it in a fifth of the time. Pure.

A row's columns are known, and so are the types of their values, from the row before. A number's length stands in two
places, its own and its binding's; the pattern has both for each length. A string's are compared by the caller.
"""

import re

from exporters.snmp import pdu

_LONG = 0x80  # lengths from here on take another byte: not for patterns
_MOST_BYTES = 9
_MOST_PATTERNS = 256  # of some 20 KB
_MOST_ASKED = 4096
_INTEGER = 2
STRING = 4
# By class its tags, and the values by the number of their bytes: the usual ones first.
_CLASSES = {
    _INTEGER: (b"\x02", {count: b"[\\x00-\\x7f]" + b"." * (count - 1) for count in range(1, 5)}),
    pdu.COUNTER32: (b"[\x41-\x43]", {count: b"." * count for count in (4, 3, 2, 1)} | {5: b"\\x00...."}),
    pdu.COUNTER64: (b"\x46", {count: b"." * count for count in (5, 6, 4, 3, 7, 2, 1, 8)} | {9: b"\\x00........"}),
}
_CLASS_OF = {
    _INTEGER: _INTEGER,
    STRING: STRING,
    pdu.COUNTER32: pdu.COUNTER32,
    pdu.GAUGE32: pdu.COUNTER32,
    pdu.TIME_TICKS: pdu.COUNTER32,
    pdu.COUNTER64: pdu.COUNTER64,
}


def classes(data: bytes, at: int, end: int, width: int) -> tuple[bytes, int] | None:
    """Returns the classes of the values in a row of `width` bindings, and where it ends; None for an unusual row."""
    found = bytearray()
    try:
        for _ in range(width):
            value_at = at + 4 + data[at + 3]
            known = _CLASS_OF.get(data[value_at])
            stop = value_at + 2 + data[value_at + 1]
            if known is None or data[value_at + 1] >= _LONG or stop > end:
                return None
            found.append(known)
            at = stop
    except IndexError:
        return None
    return bytes(found), at


class Patterns:
    """The patterns of the rows that devices have. What is asked for a few times only isn't worth one: some ms."""

    def __init__(self, *, worth: int = 8) -> None:
        """Creates it; `worth`: how often a pattern is asked for until there is one."""
        self._worth = worth
        self._made: dict[tuple[tuple[bytes, ...], int, bytes], re.Pattern[bytes]] = {}
        self._asked: dict[tuple[tuple[bytes, ...], int, bytes], int] = {}

    def row(self, prefixes: tuple[bytes, ...], size: int, kinds: bytes) -> re.Pattern[bytes] | None:
        """Returns a row's pattern, if there is one.

        Its groups are the index's bytes, and for each column: of a number its bytes, of a string the binding's
        length, the string's, and the string.

        Args:
            prefixes: The columns' OIDs.
            size: How many bytes the row's index takes.
            kinds: What `classes` said.
        """
        key = (prefixes, size, kinds)
        made = self._made.get(key)
        if made is None and max(map(len, prefixes)) + size + 4 + _MOST_BYTES < _LONG:
            made = self._asked_again(key)
        return made

    def _asked_again(self, key: tuple[tuple[bytes, ...], int, bytes]) -> re.Pattern[bytes] | None:
        if len(self._asked) >= _MOST_ASKED:
            self._asked.clear()
        count = self._asked[key] = self._asked.get(key, 0) + 1
        if count < self._worth:
            return None
        del self._asked[key]
        if len(self._made) >= _MOST_PATTERNS:
            del self._made[next(iter(self._made))]
        made = self._made[key] = _compiled(*key)
        return made


def _compiled(prefixes: tuple[bytes, ...], size: int, kinds: bytes) -> re.Pattern[bytes]:
    names = [re.escape(b"\x06%c%b" % (len(prefix) + size, prefix)) for prefix in prefixes]
    index = b"(?P=index)"
    parts = [b"(?=0.%b(?P<index>.{%d}))" % (names[0], size)]
    for prefix, kind, name, following in zip(prefixes, kinds, names, [*names[1:], b""], strict=True):
        if kind == STRING:
            # It ends where the next name comes first: a lookahead doesn't try again. Where that isn't its length, the
            # caller sees it.
            ends = b"0.%b%b" % (following, index) if following else b"0.%b|\\Z" % names[0]
            string = b"(?=(?P<s%d>.{0,127}?)(?:%b))(?P=s%d)" % (len(parts), ends, len(parts))
            parts.append(b"0([\\x00-\\x7f])%b%b\x04([\\x00-\\x7f])%b" % (name, index, string))
        else:
            tags, values = _CLASSES[kind]
            before = 4 + len(prefix) + size  # a binding's bytes from behind its length up to its value's length
            lengths = b"|".join([_byte(before + count) + b".{%d}" % (before - 1) + _byte(count) for count in values])
            bodies = b"|".join([b"(?<=%b)%b" % (_byte(count), body) for count, body in values.items()])
            parts.append(b"0(?=%b).%b%b%b.(%b)" % (lengths, name, index, tags, bodies))
    return re.compile(b"".join(parts), re.DOTALL)


def _byte(number: int) -> bytes:
    return re.escape(bytes((number,)))
