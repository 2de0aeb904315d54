"""As much of PromQL as the tests need: which series an expression reads, and over which ranges."""

import re
from typing import NamedTuple

_KEYWORDS = frozenset({"and", "or", "unless", "bool", "by", "on", "ignoring", "without", "group_left", "group_right"})
_GROUPING = re.compile(r"\b(?:by|on|ignoring|without|group_left|group_right)\s*\([^)]*\)")
_STRING = re.compile(r'(=~|!~|!=|=)?"(?:[^"\\]|\\.)*"')
_SELECTOR = re.compile(r"([a-zA-Z_:][\w:]*+)\s*(\{[^}]*\})?(\[[^\]]*\])?(?!\s*\()")


class Selector(NamedTuple):
    """A metric's name, its matchers as written, its range or ""."""

    metric: str
    matchers: str
    window: str


def selectors(expr: str) -> list[Selector]:
    """Give every selector of an expression, variables left in."""
    # Braces in strings would end a matcher's block early, and words in strings look like metrics.
    bare = _STRING.sub(lambda found: found[0].replace("}", "") if found[1] else '""', expr)
    bare = _GROUPING.sub(" ", bare)
    found: list[Selector] = []
    for match in _SELECTOR.finditer(bare):
        before = bare[: match.start()]
        inside = before.count("{") > before.count("}") or before.count("[") > before.count("]")
        called = re.match(r"\w*\s*\(", bare[match.end() :])
        number = before[-1:].isdigit() or before[-1:] in ("$", ".")
        if not (inside or called or number or match[1] in _KEYWORDS):
            found.append(Selector(match[1], match[2] or "", match[3] or ""))
    return found
