"""Validates the merged data against the document's models, and says pydantic's findings in an inventory's words."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from functools import partial
from types import UnionType
from typing import Annotated, Any, Protocol, TypeAlias, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, Tag, ValidationError
from pydantic_core import ErrorDetails
from typing_extensions import is_typeddict

from sotpctl.inventory.auths import TYPES, VERSIONS
from sotpctl.inventory.document import Document
from sotpctl.inventory.fields import NOT_EMPTY, PATTERNS, WrongTypeError, say_hidden, say_type
from sotpctl.inventory.files import Files
from sotpctl.inventory.problems import Problem, did_you_mean, one_of
from sotpctl.inventory.yaml_source import PathSteps, Plain, Step

_Type: TypeAlias = Any  # whatever stands in an annotation
_MOST_PASSES = 6
_LISTS_ARE_WITHIN = 4  # steps: devices.NAME.parents, alerting.routes
_GONE = object()
_WANTED = {
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a number",
    "dict_type": "must be a mapping, key: value",
    "model_type": "must be a mapping, key: value",
    "tuple_type": "must be a list, like [a, b]",
}


class Places(Protocol):
    """Where the data stood: what knows the place of a path."""

    def problem(self, path: Sequence[Step], message: str, *, key: bool = False) -> Problem:
        """Make a problem at a path: at its value, or at the key itself."""

    def text(self, path: Sequence[Step]) -> str | None:
        """Return a scalar as it is written."""


def problems_of(error: ValidationError, places: Places, data: Plain, model: type[BaseModel]) -> list[Problem]:
    """Say in the same words what is wrong with other data, which a model of their own refused."""
    details = error.errors(include_url=False)
    return [_problem(places, one, _path(one["loc"], data, one["type"]), model) for one in details]


def validate(files: Files) -> tuple[Document | None, list[Problem], frozenset[str]]:
    """Return the document, the problems, and the keys on the paths that had to be left out of the document.

    What is wrong is left out and the rest validated again, so that the checks that follow see all that is sound.
    """
    data: Plain = files.data
    problems: list[Problem] = []
    left_out: set[str] = set()
    for attempt in range(_MOST_PASSES):
        try:
            return Document.model_validate(data), problems, frozenset(left_out)
        except ValidationError as error:
            details = error.errors(include_url=False)
        paths = [_path(detail["loc"], data, detail["type"]) for detail in details]
        if attempt == 0:
            problems += itertools.starmap(partial(_problem, files), zip(details, paths, strict=True))
        for detail, path in zip(details, paths, strict=True):
            left_out.update(str(step) for step in path)
            data = _without(data, path[:-1] if detail["type"] == "missing" else path)
        data = _closed_up(data, (), files)
    return None, problems, frozenset(left_out)


def _path(location: Iterable[int | str], data: Plain, kind: str) -> PathSteps:
    """Return the steps of a pydantic location that are steps of the data: no tags of unions, no `[key]`."""
    steps = list(location)
    path: list[int | str] = []
    for number, step in enumerate(steps):
        if _has(data, step):
            data = data[step]
        elif not (kind == "missing" and number == len(steps) - 1):
            continue
        path.append(step)
    return tuple(path)


def _has(data: Plain, step: Step) -> bool:
    if isinstance(data, list):
        return isinstance(step, int) and step < len(data)
    return isinstance(data, dict) and step in data


def _without(data: Plain, path: PathSteps) -> Plain:
    """Return a copy of the data that lacks what is at the path: a key, or a list's item that it leads into."""
    if not path or not _has(data, path[0]):
        return {} if not path else data
    step, rest = path[0], path[1:]
    copy = data.copy()
    if isinstance(data, list):
        copy[step] = _GONE
    elif rest:
        copy[step] = _without(data[step], rest)
    else:
        del copy[step]
    return copy


def _closed_up(data: Plain, path: PathSteps, files: Files) -> Plain:
    """Return the data without the gaps in its lists, and let the files know which items are left."""
    if isinstance(data, dict) and len(path) < _LISTS_ARE_WITHIN:
        return {key: _closed_up(value, (*path, key), files) for key, value in data.items()}
    if not isinstance(data, list) or _GONE not in data:
        return data
    left = [number for number, item in enumerate(data) if item is not _GONE]
    files.only_left(path, left)
    return [data[number] for number in left]


def _auth_problem(files: Places, path: PathSteps, value: object) -> Problem:
    """Say why an auth is of no known shape: its type, or the version that an SNMP auth has."""
    if not isinstance(value, dict):
        return files.problem(path, f"must be a mapping, key: value; {say_type(value, None)}")
    key, known = ("version", VERSIONS) if value.get("type") == "snmp" else ("type", TYPES)
    if key not in value:
        return files.problem(path, f"{key} is missing{one_of(known)}", key=True)
    return files.problem((*path, key), f'"{files.text((*path, key))}" is unknown{did_you_mean(str(value[key]), known)}')


def _problem(files: Places, detail: ErrorDetails, path: PathSteps, model: _Type = Document) -> Problem:
    if detail["type"] == "auth_shape":
        return _auth_problem(files, path, detail["input"])
    at_key = detail["type"] in {"extra_forbidden", "missing"} or detail["loc"][-1:] == ("[key]",)
    message = _message(files, detail, path, model)
    if detail["type"] == "missing":
        return files.problem(path[:-1], message, key=True)
    return files.problem(path, message, key=at_key)


def _message(files: Places, detail: ErrorDetails, path: PathSteps, model: _Type) -> str:  # noqa: PLR0911 - a table of cases
    kind, context, value = detail["type"], detail.get("ctx", {}), detail["input"]
    error = context.get("error")
    if isinstance(error, WrongTypeError):
        return f"must be {error.wanted}; {say_type(error.value, files.text(path), quote=error.quote)}"
    if kind in _WANTED:
        return f"{_WANTED[kind]}; {say_type(value, files.text(path), quote=kind == 'string_type')}"
    if kind == "extra_forbidden":
        known = _known_keys(model, detail["loc"][:-1])
        return f'unknown key "{path[-1]}"{did_you_mean(str(path[-1]), known)}'
    if kind == "literal_error":
        return _not_of_choice(str(context["expected"]), value, files.text(path))
    if kind == "string_pattern_mismatch":
        if context["pattern"] == NOT_EMPTY:
            return say_hidden(value)
        return f'"{value}" is {PATTERNS[context["pattern"]]}'
    said_by_kind = {
        "value_error": "{error}",
        "missing": f"{path[-1] if path else ''} is missing",
        "greater_than_equal": f"must be at least {{ge}}, not {value}",
        "less_than_equal": f"must be at most {{le}}, not {value}",
        "string_too_long": "is longer than {max_length} characters",
        "too_short": "must not be empty",
    }
    return said_by_kind[kind].format(**context) if kind in said_by_kind else detail["msg"]


def _not_of_choice(expected: str, value: object, text: str | None) -> str:
    choice = [word.strip("'") for word in expected.replace(" or ", ", ").split(", ")]
    if isinstance(value, str):
        return f'"{value}" is unknown{did_you_mean(value, choice)}'
    return f"must be one of {', '.join(choice)}; {say_type(value, text)}"


def _known_keys(annotation: _Type, location: Iterable[int | str]) -> set[str]:
    """Return the keys that the model knows at a location."""
    steps = tuple(location)
    origin: object = get_origin(annotation)
    if origin is Annotated:
        return _known_keys(get_args(annotation)[0], steps)
    if origin in {Union, UnionType}:
        members = get_args(annotation)
        tagged = [one for one in members if steps and _tag(one) == steps[0]]
        if tagged:
            return _known_keys(tagged[0], steps[1:])
        return set().union(*(_known_keys(one, steps) for one in members))
    if origin in {dict, tuple}:
        return _known_keys(get_args(annotation)[1 if origin is dict else 0], steps[1:]) if steps else set()
    fields = _fields(annotation)
    if not steps:
        return set(fields)
    return _known_keys(fields[str(steps[0])], steps[1:]) if steps[0] in fields else set()


def _fields(annotation: _Type) -> dict[str, Any]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {info.alias or name: info.annotation for name, info in annotation.model_fields.items()}
    return get_type_hints(annotation, include_extras=True) if is_typeddict(annotation) else {}


def _tag(annotation: _Type) -> str | None:
    return next((str(one.tag) for one in get_args(annotation)[1:] if isinstance(one, Tag)), None)
