"""How profiles name things: paths to a value, templates of text around them, and conditions on them. Pure.

A path is an object, read at the rule's row: `entPhysicalName`. `object[0]` and `object[0:2]` read it at a part of the
row's index; `a > b` reads `b` at the row that `a` points at; `index` is the row's index itself. In a template a field
is one or more paths, the first that gives text: `{entPhysicalName|entPhysicalDescr|index}`; `:ip` and `:mac` behind a
path say how bytes are written.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from exporters.snmp.profiles.expressions import ExpressionError, Scope
from exporters.snmp.profiles.values import Columns, Index, Raw, Text, index_of, ip_text, mac_text, text_of

_STEP = re.compile(r"\s*([A-Za-z][\w-]*)\s*(?:\[(-?\d*)(:?)(-?\d*)\])?\s*")
_FIELD = re.compile(r"\{([^{}]*)\}")
_FORMATS: dict[str, Callable[..., str]] = {"": text_of, "ip": ip_text, "mac": mac_text}
Condition = Callable[[Columns, Index], bool]


def objects_in(template: str) -> list[str]:
    """Returns the objects that a template names."""
    paths = [path for field in _FIELD.finditer(template) for path in field[1].split("|")]
    steps = [step for path in paths for step in path.split(">")]
    return [found[1] for step in steps if (found := _STEP.match(step)) and found[1] != "index"]


def compile_path(text: str, scope: Scope) -> Raw:
    """Returns the closure of a path.

    Raises:
        ExpressionError: It isn't one.
    """
    steps = [_step(step, scope) for step in text.split(">")]
    first, *rest = steps
    if not rest:
        return first

    def follow(columns: Columns, index: Index) -> object:
        value = first(columns, index)
        for step in rest:
            at = index_of(value)
            if at is None:
                return None
            value = step(columns, at)
        return value

    return follow  # type: ignore[return-value]


def _step(text: str, scope: Scope) -> Raw:
    found = _STEP.fullmatch(text)
    if found is None:
        raise ExpressionError(f'"{text}" is no path, as `object`, `object[0]`, `object > object` or `index`')
    name, start, colon, stop = found.groups()
    part = slice(None)
    if start is not None:
        first = int(start) if start else None
        last = (int(stop) if stop else None) if colon else (None if first in (None, -1) else int(start) + 1)
        part = slice(first, last)
    if name == "index":
        return lambda _, index: index[part]
    slot = scope.slot(name)
    if scope.is_scalar(name):
        return lambda columns, _: columns[slot].get(())
    if start is None:
        return lambda columns, index: columns[slot].get(index)
    return lambda columns, index: columns[slot].get(index[part])


def compile_template(text: str, scope: Scope) -> Text:
    """Returns the closure of a template; blanks are single, and separators at its ends are gone.

    Raises:
        ExpressionError: A field isn't one or more paths.
    """
    parts: list[Text] = []
    end = 0
    for field in _FIELD.finditer(text):
        if field.start() > end:
            parts.append(_literal(text[end : field.start()]))
        parts.append(_field(field[1], scope))
        end = field.end()
    if end < len(text):
        parts.append(_literal(text[end:]))
    if len(parts) == 1:
        return parts[0]

    def join(columns: Columns, index: Index) -> str:
        return " ".join("".join([part(columns, index) for part in parts]).split()).strip(" -:/,")

    return join


def _literal(text: str) -> Text:
    return lambda *_: text


def _field(text: str, scope: Scope) -> Text:
    choices: list[tuple[Raw, Callable[..., str]]] = []
    for choice in text.split("|"):
        path, colon, form = choice.strip().rpartition(":")
        if not colon or form not in _FORMATS:
            path, form = choice, ""
        choices.append((compile_path(path, scope), _FORMATS[form]))
    if len(choices) == 1:
        read, write = choices[0]
        return lambda columns, index: write(read(columns, index))

    def first(columns: Columns, index: Index) -> str:
        for read, write in choices:
            found = write(read(columns, index))
            if found:
                return found
        return ""

    return first


def compile_conditions(conditions: Mapping[str, Sequence[str]], scope: Scope, *, wanted: bool) -> Condition | None:
    """Returns whether a row is taken, None where all are.

    Args:
        conditions: By path the texts that its value may have; `~` in front makes one a regular expression to search.
        scope: The profile's names.
        wanted: True: every path must have one of them. False: no path may have one.

    Raises:
        ExpressionError: A path or a regular expression isn't one.
    """
    tests = [_test(compile_path(path, scope), texts, wanted=wanted) for path, texts in conditions.items()]
    if len(tests) < 2:
        return tests[0] if tests else None

    def every(columns: Columns, index: Index) -> bool:
        for test in tests:  # noqa: SIM110  # a generator costs more than most rows
            if not test(columns, index):
                return False
        return True

    return every


def _test(read: Raw, texts: Sequence[str], *, wanted: bool) -> Condition:
    """Returns whether one path has one of the texts, or (not wanted) has none. Numbers are compared as such."""
    exact = frozenset(text for text in texts if not text.startswith("~"))
    values = exact | {int(text) for text in exact if text.lstrip("-").isdigit()}
    try:
        expressions = [re.compile(text[1:]) for text in texts if text.startswith("~")]
    except re.error as error:
        raise ExpressionError(f"{error.pattern!r} is no regular expression: {error.msg}") from None

    def test(columns: Columns, index: Index) -> bool:
        value = read(columns, index)
        if value.__class__ is int and not expressions:
            return (value in values) is wanted
        text = text_of(value)
        return (text in exact or any([each.search(text) for each in expressions])) is wanted  # noqa: C419

    return test
