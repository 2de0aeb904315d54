"""Alertmanager's label matchers: read as a person types them, tried on labels, written for its API.

Semantics as in Alertmanager's pkg/labels: a label that is missing is empty, a regular expression is anchored.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, cast

Op = Literal["=", "!=", "=~", "!~"]

_TYPED = re.compile(r'\s*(?P<name>"(?:[^"\\]|\\.)*"|[^\s"=!~{},]+)\s*(?P<op>=~|!=|!~|=)\s*(?P<value>.*)', re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"\s*', re.DOTALL)
_ESCAPES = {"n": "\n", '"': '"', "\\": "\\"}
_SPECIAL = frozenset(r"\.+*?()|[]{}^$")


class MatcherError(ValueError):
    """A text is no matcher; the message says what would be right."""


@dataclass(frozen=True)
class Matcher:
    """One condition on a label."""

    name: str
    op: Op
    value: str

    @property
    def is_regex(self) -> bool:
        """Whether the value is a regular expression."""
        return self.op in {"=~", "!~"}

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Tell whether an alert with these labels satisfies it."""
        return self.holds(labels.get(self.name, ""))

    def holds(self, value: str) -> bool:
        """Tell whether the label's value satisfies it; "" is a label that is not there."""
        same = self._regex.fullmatch(value) is not None if self.is_regex else value == self.value
        return same == (self.op in {"=", "=~"})

    def to_api(self) -> dict[str, Any]:
        """Return it as API v2 takes it."""
        return {
            "name": self.name, "value": self.value, "isRegex": self.is_regex, "isEqual": self.op in {"=", "=~"},
        }  # fmt: skip

    def __str__(self) -> str:
        """Return it as Alertmanager reads it in `filter=` and in its configuration."""
        plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", self.name)
        return f"{self.name if plain else _quoted(self.name)}{self.op}{_quoted(self.value)}"

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        return re.compile(f"(?:{self.value})")


def parse(text: str) -> Matcher:
    r"""Read a matcher: `site=waw`, `severity=~"warning|info"`, `device!=a`, `ifName!~Te.*`.

    The value may stand in double quotes, in which `\"`, `\\` and `\n` are escapes, as in Alertmanager's own files.

    Raises:
        MatcherError: It is none, or its regular expression is broken.
    """
    if not text.isascii() and any("\ud800" <= one <= "\udfff" for one in text):
        raise MatcherError(f'"{text}" is no UTF-8')
    found = _TYPED.fullmatch(text)
    if found is None or found["value"][:1] in {"=", "~"}:  # `==`, `=~~`: a slip; such a value can be quoted
        raise MatcherError(
            f'"{text}" is no matcher: write it like device=waw-core-1, severity=~"warning|info" or site!=krk'
        )
    name, value = found["name"], found["value"]
    matcher = Matcher(_unquoted(name) if name.startswith('"') else name, cast("Op", found["op"]), _value(value))
    if matcher.is_regex:
        try:
            matcher.holds("")
        except re.error as error:
            raise MatcherError(f'"{text}": {value} is no regular expression: {error}') from None
    return matcher


def from_api(given: Mapping[str, Any]) -> Matcher:
    """Read one of API v2's."""
    equal, regex = given.get("isEqual", True), given["isRegex"]
    return Matcher(given["name"], cast("Op", {(1, 0): "=", (0, 0): "!=", (1, 1): "=~", (0, 1): "!~"}[equal, regex]),
                   given["value"])  # fmt: skip


def one_of(name: str, values: Collection[str]) -> Matcher:
    """Return the matcher of exactly these values."""
    if len(values) == 1:
        return Matcher(name, "=", next(iter(values)))
    return Matcher(name, "=~", "|".join(escaped(value) for value in sorted(values)))


def escaped(text: str) -> str:
    """Return the regular expression of a text; only what both Go and Python take for special is escaped."""
    return "".join(f"\\{one}" if one in _SPECIAL else one for one in text)


def all_match(matchers: Iterable[Matcher], labels: Mapping[str, str]) -> bool:
    """Tell whether the labels satisfy every matcher."""
    return all(one.matches(labels) for one in matchers)


def shown(matchers: Iterable[Matcher]) -> str:
    """Return matchers as one types them: quoted only where a shell or a reader needs it."""
    return " ".join(_bare(one) for one in matchers)


def _bare(one: Matcher) -> str:
    simple = re.fullmatch(r"[\w.:/|+*-]+", one.value)
    return f"{one.name}{one.op}{one.value}" if simple else str(one)


def _value(text: str) -> str:
    if not text.startswith('"'):
        return text
    found = _QUOTED.fullmatch(text)
    if found is None:
        raise MatcherError(f'{text} has a quote too much or too few: write \\" for one within quotes')
    return _unquoted(text.rstrip())


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[0]), text[1:-1], flags=re.DOTALL)


def _quoted(text: str) -> str:
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n"}
    return '"' + "".join(escapes.get(one, one) for one in text) + '"'
