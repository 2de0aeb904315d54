"""The file that `sotpctl render` writes for an exporter: `{"revision", "settings", "targets"}` as JSON.

Reading is strict: a file that is cut off, edited by hand into something else, or meant for another
version is refused with the place and the remedy, so that an exporter keeps what it has.
"""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

_T = TypeVar("_T")
_MISSING: Any = object()
_AGAIN = "write it again with `sotpctl render`"
_JSON_NAMES = {dict: "an object", list: "a list", str: "a string", float: "a number", int: "a whole number"}


class ConfigError(Exception):
    """A configuration file can't be used; the text says what is wrong, where, and what would be right."""


@dataclass(frozen=True, slots=True)
class Document:
    """An exporter's file as it was read; what `settings` and a target hold is the exporter's own affair.

    Attributes:
        revision: The content's fingerprint, as `sotpctl render` computed it.
        settings: What concerns the exporter as a whole.
        targets: What concerns each device, by the device's name.
        folder: Where relative paths in it begin: the file's own, without links, so that all are of one release.
    """

    revision: str
    settings: dict[str, Any]
    targets: dict[str, dict[str, Any]]
    folder: Path = Path()


def read(path: Path | str) -> Document:
    """Reads an exporter's file.

    Raises:
        ConfigError: It can't be read, is no JSON, or isn't shaped as a `Document`.
    """
    try:
        real = _real(Path(path))
        return _document(_parse(real.read_bytes()), real.parent)
    except OSError as error:
        remedy = "let the exporter's user read it" if isinstance(error, PermissionError) else _AGAIN
        raise ConfigError(f"{path}: can't be read: {error.strerror}; {remedy}, or name another --config") from error
    except _BadTextError as error:
        raise ConfigError(f"{path}:{error}") from error
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def _real(path: Path) -> Path:
    real = Path(os.path.realpath(path))
    return real if real.exists() else path  # /proc/PID/root is a link to another process's /, and reads as ours


def member(holder: Mapping[str, Any], key: str, kind: type[_T], where: str, default: _T = _MISSING) -> _T:
    """Returns `holder[key]`, which must be of `kind` (dict, list, str, bool, int, float; a float may be written 1).

    Args:
        holder: A JSON object of the document.
        key: The key looked for.
        kind: The type that its value must have.
        where: The object's place in the document, for the message: "targets.waw-core-1".
        default: What a missing key means; without it a missing key is an error.

    Raises:
        ConfigError: The key is missing, or its value has another type.
    """
    value = holder.get(key, _MISSING)
    if value is _MISSING:
        if default is _MISSING:
            raise ConfigError(f'{_place(where)}"{key}" is missing; {_AGAIN}')
        return default
    return typed(value, kind, f"{where}.{key}" if where else key)


def typed(value: object, kind: type[_T], where: str) -> _T:
    """Returns `value`, which must be of `kind`; a whole number passes for a float.

    Raises:
        ConfigError: It is of another type.
    """
    if type(value) is kind:
        return value
    if kind is float and type(value) is int:
        try:
            return kind(value)  # type: ignore[call-arg]  # kind is float here
        except OverflowError:
            raise ConfigError(f"{where}: is too large a number") from None
    raise ConfigError(f"{where}: must be {_JSON_NAMES.get(kind, 'true or false')}, not {_shown(value)}")


def only(holder: Mapping[str, Any], keys: Iterable[str], where: str) -> None:
    """Refuses keys that nobody reads: a misspelt one would otherwise be silently without effect.

    Raises:
        ConfigError: `holder` has a key that isn't among `keys`.
    """
    known = keys if isinstance(keys, frozenset) else frozenset(keys)
    for key in holder:
        if key not in known:
            raise ConfigError(f'{_place(where)}"{key}" is no key of this version; known are {", ".join(sorted(known))}')


def _place(where: str) -> str:
    return f"{where}: " if where else ""


class _BadTextError(Exception):
    """The bytes are no JSON; the text starts with line and column."""


def _parse(data: bytes) -> object:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        raise _BadTextError(f"{line}:{column}: is not UTF-8; {_AGAIN}") from error
    if not text.strip():
        raise _BadTextError(f"1:1: is empty; {_AGAIN}")
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        ended = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")
        cut = " (the file seems to be cut off)" if ended else ""
        raise _BadTextError(f"{error.lineno}:{error.colno}: is no JSON: {error.msg}{cut}; {_AGAIN}") from error
    except (RecursionError, ValueError) as error:  # ValueError: a number of thousands of digits
        raise ConfigError(f"is no JSON that can be read: {error}; {_AGAIN}") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ConfigError(f'"{twice}" is given twice in one object; {_AGAIN}')
    return found


def _no_constant(name: str) -> float:
    raise ConfigError(f"{name} is no JSON number; {_AGAIN}")


def _document(content: object, folder: Path) -> Document:
    if not isinstance(content, dict):
        raise ConfigError(f"must be an object with revision, settings and targets, not {_shown(content)}; {_AGAIN}")
    only(content, ("revision", "settings", "targets"), "")
    revision = member(content, "revision", str, "")
    if not revision or not revision.isascii() or not revision.isprintable():
        raise ConfigError(f"revision: must be the fingerprint that `sotpctl render` computes; {_AGAIN}")
    settings = member(content, "settings", dict, "")
    targets = member(content, "targets", dict, "")
    for name, target in targets.items():
        if type(target) is not dict:
            raise ConfigError(f"targets.{name}: must be an object, not {_shown(target)}; {_AGAIN}")
    return Document(revision, settings, targets, folder)


def _shown(value: object) -> str:
    """What stands there, by its kind alone: a value might be a secret, or very long."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return _JSON_NAMES.get(type(value), type(value).__name__)
