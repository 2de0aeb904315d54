"""What can be said of a LogQL expression without Loki: quotes, brackets, and what is another language's."""

from __future__ import annotations

import re
from collections.abc import Iterator

_STRING = r'"(?:[^"\\\n]|\\.)*"|`[^`]*`'
_TOKEN = re.compile(rf"({_STRING})|#[^\n]*")
_PAIRS = {"(": ")", "[": "]", "{": "}"}
_CLOSING = {closing: opening for opening, closing in _PAIRS.items()}
_MATCHER = re.compile(rf"([A-Za-z_]\w*)\s*(=~|!~|!=|=)\s*({_STRING})")
_BY = re.compile(r"\bby\s*\(([^()]*)\)")
# With these a label may come from elsewhere, or all but some are kept.
_OPEN_ENDED = re.compile(r"\b(without|label_replace|group_left|group_right|or)\b")


def mistakes(expr: str) -> Iterator[str]:
    """Yield what is wrong with an expression of a rule, as far as its text says."""
    code = bare(expr)
    found = next(_unbalanced(code), "")
    if found:
        yield found  # whatever else seems wrong may follow from it
        return
    start = code.lstrip(" \t\r\n(")
    if start.startswith("{"):
        yield (
            "this finds lines, and a rule compares a number: count them, as in "
            'sum by (device, site, role) (count_over_time({job="syslog"} |= "text" [5m])) > 0'
        )
    if re.search(r"\{\s*\}", code):
        yield 'a selector can\'t be empty: say which streams, as in {job="syslog"}'
    if named := re.search(r"([A-Za-z_:][\w:]*)\s*\{", code):
        yield f'this is PromQL: in LogQL no name stands before the selector, as {named[1]} does; say {{job="syslog"}}'
    elif "[" in code and "{" not in code:
        yield 'this is PromQL: in LogQL a range follows a selector, as in count_over_time({job="syslog"} [5m])'
    if variable := re.search(r"\$\w+", code):
        yield f"{variable[0]} is Grafana's, which a rule doesn't have: write the value, as in [5m]"


def bare(expr: str) -> str:
    """Return the expression with nothing in its strings and without its comments; places stay as they are."""
    return _TOKEN.sub(_emptied, expr)


def matchers(expr: str) -> Iterator[tuple[str, str, str]]:
    """Yield (label, operator, value) of every matcher within a selector's braces; escapes stay as written."""
    code = bare(expr)
    for braces in re.finditer(r"\{[^{}]*\}", code):
        for name, operator, value in _MATCHER.findall(expr[braces.start() : braces.end()]):
            yield name, operator, value[1:-1]


def kept(expr: str) -> frozenset[str] | None:
    """Return the labels that an expression leaves at most, None where its text doesn't say."""
    code = bare(expr)
    lists = _BY.findall(code)
    if not lists or _OPEN_ENDED.search(code):
        return None
    return frozenset(name.strip() for one in lists for name in one.split(",") if name.strip())


def _emptied(found: re.Match[str]) -> str:
    spaces = re.sub(r"[^\n]", " ", found[0])
    return f'""{spaces[2:]}' if found[1] else spaces


def _unbalanced(code: str) -> Iterator[str]:
    open_: list[str] = []
    rest = code.replace('""', "  ")
    for place, sign in enumerate(rest):
        if sign in _PAIRS:
            open_.append(sign)
        elif sign in _CLOSING:
            if not open_ or open_[-1] != _CLOSING[sign]:
                yield f'the "{sign}" at {_where(code, place)} closes nothing'
                return
            open_.pop()
        elif sign in {'"', "`"}:
            yield f"the quote at {_where(code, place)} is not closed"
            return
        elif sign == "'":
            yield f"the ' at {_where(code, place)} is no quote in LogQL: take \" or `"
            return
    if open_:
        yield f'a "{open_[-1]}" is not closed: "{_PAIRS[open_[-1]]}" is missing'


def _where(code: str, place: int) -> str:
    """Return a place within the expression for people: `character 7`, `line 2, character 7`."""
    line, column = code.count("\n", 0, place) + 1, place - code.rfind("\n", 0, place)
    return f"line {line}, character {column}" if "\n" in code.rstrip("\n") else f"character {column}"
