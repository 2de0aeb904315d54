r"""Whether a regular expression is fit to be tried on every message: a proof by its structure. Pure.

Python's engine backtracks. How much follows from the tree that it parses an expression into. What follows an item can
begin with certain characters; a repeat whose own characters are none of these has one way to end: it is given up after
one failure, and costs what it is long. A repeat that shares characters with what follows may end anywhere, and each
such end is tried with all that follows: its cost multiplies. So, from the right to the left,

    power(nothing)            = 0
    power(repeat, rest)       = max(1, power(rest))    where one way to end it, of `n` characters
    power(repeat, rest)       = 1 + power(rest)        where it may end anywhere
    power(last repeat)        = 0                      where nothing after it can fail: it is tried once
    power(a search)           = 1 + power(expression)  where it doesn't begin with ^ and that isn't 0

and matching takes at most a constant times n to that power. Expressions of up to n² are taken, of the first `SEARCHED`
characters: milliseconds at worst. The constant is what optional parts, short repeats and alternatives that begin
alike multiply to. Refused outright: a repeat within a repeat (its power is exponential), backreferences, lookarounds.
"""

import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

SEARCHED = 1024
LONGEST = 500
_MOST_POWER = 2
_MOST_WAYS = (64, 64, 8)  # by the power
_SHORT = 8  # a repeat of up to so many is so many ways, not a power

_Node = Any  # the parser's trees have no types
_parser: _Node = import_module("re._parser")  # the standard library's, which has no public name in 3.11
_Set = frozenset[int]
_ALL: _Set = frozenset(range(257))  # Latin-1, and 256 for every other character
_CATEGORIES = {
    "CATEGORY_DIGIT": r"\d",
    "CATEGORY_NOT_DIGIT": r"\D",
    "CATEGORY_SPACE": r"\s",
    "CATEGORY_NOT_SPACE": r"\S",
    "CATEGORY_WORD": r"\w",
    "CATEGORY_NOT_WORD": r"\W",
}
_REFUSED = {
    "GROUPREF": "a backreference",
    "GROUPREF_EXISTS": "a condition on a group",
    "ASSERT": "a lookaround",
    "ASSERT_NOT": "a lookaround",
}


def check_pattern(text: str) -> str:
    """Returns "" for an expression that is cheap to try on any text, else why it is refused."""
    if len(text) > LONGEST:
        return f"it has {len(text)} characters; {LONGEST} are allowed"
    try:
        tree = _parser.parse(text, re.ASCII)
        _Walk(tree.state.flags).check(list(tree))
    except (re.error, OverflowError, RecursionError) as error:
        return f"it is no regular expression: {error}"
    except _RefusedError as error:
        return str(error)
    return ""


def required(text: str) -> str:
    """Returns the longest literal that every text which matches has in it, in small letters; "" where none is sure."""
    best = run = ""
    for op, value in _flat(_parser.parse(text, re.ASCII)):
        run = run + chr(value) if str(op) == "LITERAL" else ""
        best = max(best, run, key=len)
    return best.lower() if best.isascii() else ""


def _flat(tree: _Node) -> Iterator[tuple[_Node, _Node]]:
    """The items that each match must pass, groups opened."""
    for op, value in tree:
        if str(op) == "SUBPATTERN":
            yield from _flat(value[3])
        else:
            yield op, value


class _RefusedError(Exception):
    """Why an expression is refused."""


class _Walk:
    """One expression's proof."""

    def __init__(self, flags: int) -> None:
        self._fold = bool(flags & re.IGNORECASE)
        self._dot_all = bool(flags & re.DOTALL)
        self._lines = bool(flags & re.MULTILINE)
        self._ways = 1

    def check(self, items: list[_Node]) -> None:
        """Raises _RefusedError where the expression can be dear."""
        _, _, power = self._sequence(items, frozenset(), 0, last=True)
        if power and not self._anchored(items):
            power += 1
        if power > _MOST_POWER:
            raise _RefusedError(
                "its time may grow with the cube of a message's length: it may have one repeat that may end anywhere, "
                "as .* does, two where it begins with ^; say what the others may not contain: [^,]*, \\S+"
            )
        if self._ways > _MOST_WAYS[power]:
            raise _RefusedError("it has too many optional parts and alternatives that begin alike")

    def _anchored(self, items: list[_Node]) -> bool:
        if not items or str(items[0][0]) != "AT":
            return False
        where = str(items[0][1])
        return where == "AT_BEGINNING_STRING" or (where == "AT_BEGINNING" and not self._lines)

    def _sequence(self, items: list[_Node], follow: _Set, power: int, *, last: bool = False) -> tuple[_Set, bool, int]:
        """What a sequence may begin with, whether it may be empty, and the power of it and what follows.

        `last`: nothing that follows can fail.
        """
        first, empty = follow, True
        for op, value in reversed(items):
            begins, nothing, power = self._item(str(op), value, first, power, last)
            first = begins | first if nothing else begins
            empty = empty and nothing
            last = last and nothing and str(op) != "AT"
        return first, empty, power

    def _item(self, op: str, value: _Node, follow: _Set, power: int, last: bool) -> tuple[_Set, bool, int]:
        if op in _REFUSED:
            raise _RefusedError(f"{_REFUSED[op]} can't be matched in linear time")
        if op == "AT":
            return frozenset(), True, power
        if op == "SUBPATTERN":
            return self._sequence(list(value[3]), follow, power, last=last)
        if op == "ATOMIC_GROUP":
            return self._sequence(list(value), follow, power, last=last)
        if op == "BRANCH":
            return self._branch([list(each) for each in value[1]], follow, power, last=last)
        if op in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}:
            return self._repeat(op, value, follow, power, last=last)
        return self._characters(op, value), False, power

    def _branch(self, branches: list[list[_Node]], follow: _Set, power: int, *, last: bool) -> tuple[_Set, bool, int]:
        seen: _Set = frozenset()
        empty, most, alike = False, power, 1
        for branch in branches:
            begins, nothing, its = self._sequence(branch, follow, power, last=last)
            alike += bool(seen & begins)
            seen |= begins
            empty = empty or nothing
            most = max(most, its)
        self._ways *= alike
        return seen, empty, most

    def _repeat(self, op: str, value: _Node, follow: _Set, power: int, *, last: bool) -> tuple[_Set, bool, int]:
        least, most, body = int(value[0]), int(value[1]), list(value[2])
        if most <= 1:
            begins, nothing, its = self._sequence(body, follow, power, last=last)
            self._ways *= 1 + bool(begins & follow)
            return begins, nothing or least == 0, max(power, its)
        begins = self._body(body, most, follow)
        if last and least <= 1:
            return begins, least == 0, power
        if not begins & follow or op == "POSSESSIVE_REPEAT":
            return begins, least == 0, power if most <= _SHORT else max(1, power)
        if most <= _SHORT:
            self._ways *= most - least + 1
            return begins, least == 0, power
        return begins, least == 0, power + 1

    def _body(self, body: list[_Node], most: int, follow: _Set) -> _Set:
        """What a repeated body may begin with; raises _RefusedError where its own ways multiply with each turn."""
        if _repeats(body, 1 if most > _SHORT else _SHORT):
            raise _RefusedError("a repeat within a repeat can backtrack without bound")
        ways = self._ways
        begins, nothing, _ = self._sequence(body, frozenset(), 0)
        if nothing:
            raise _RefusedError("what is repeated may be empty")
        self._ways = 1
        self._sequence(body, begins | follow, 0)
        if most > _SHORT and self._ways > 1:
            raise _RefusedError("alternatives that begin alike are repeated: it can backtrack without bound")
        self._ways = ways * self._ways ** min(most, _SHORT)
        if most <= _SHORT and len(body) > 1:
            self._ways *= most
        return begins

    def _characters(self, op: str, value: _Node) -> _Set:
        """The characters that an item of one character matches."""
        if op == "LITERAL":
            found = frozenset({min(value, 256)})
        elif op == "NOT_LITERAL":
            return _ALL - {value}
        elif op == "ANY":
            return _ALL if self._dot_all else _ALL - {10}
        elif op == "IN":
            return self._class(value)
        else:
            raise _RefusedError(f"{op.lower()} isn't known here")
        return self._both_cases(found)

    def _class(self, members: _Node) -> _Set:
        found: _Set = frozenset()
        negated = False
        for op, value in members:
            kind = str(op)
            if kind == "NEGATE":
                negated = True
            elif kind == "LITERAL":
                found |= {min(value, 256)}
            elif kind == "RANGE":
                found |= frozenset(min(code, 256) for code in range(value[0], min(value[1], 256) + 1))
                found |= {256} if value[1] > 255 else frozenset()
            else:
                found |= _category(str(value))
        found = self._both_cases(found)
        return (_ALL - found) | {256} if negated else found

    def _both_cases(self, codes: _Set) -> _Set:
        if not self._fold:
            return codes
        return codes | {ord(each) for code in codes if code < 128 for each in (chr(code).lower(), chr(code).upper())}


def _category(name: str) -> _Set:
    shape = re.compile(_CATEGORIES[name], re.ASCII)
    found = frozenset(code for code in range(256) if shape.match(chr(code)))
    return found | {256} if "NOT" in name else found


def _repeats(items: list[_Node], most: int) -> bool:
    """Whether a body that is itself repeated has a repeat of more than `most`; 1: or an optional part."""
    for op, value in items:
        kind = str(op)
        if kind.endswith("_REPEAT"):
            if most == 1 or int(value[1]) > most or _repeats(list(value[2]), most):
                return True
            continue
        if any(_repeats(list(each), most) for each in _inside(kind, value)):
            return True
    return False


def _inside(kind: str, value: _Node) -> list[_Node]:
    if kind == "SUBPATTERN":
        return [value[3]]
    if kind == "ATOMIC_GROUP":
        return [value]
    return list(value[1]) if kind == "BRANCH" else []
