"""Secrets of an exporter's file: where they are, `{"env": NAME}` or `{"file": PATH}`; read at load, shown nowhere."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from exporters.kit.document import ConfigError, member, only

_MOST = 16 * 1024  # bytes of a secret's file


def secret(holder: Mapping[str, Any], key: str, where: str) -> str:
    """Returns the secret that the reference at `key` names; a file's last line end doesn't count.

    Raises:
        ConfigError: There is none; the text doesn't have it.
    """
    reference = member(holder, key, dict, where)
    where = f"{where}.{key}"
    only(reference, ("env", "file"), where)
    if len(reference) != 1:
        raise ConfigError(f'{where}: must say where the secret is: {{"env": NAME}} or {{"file": PATH}}')
    if "env" in reference:
        name = member(reference, "env", str, where)
        value = os.environ.get(name, "")
        if not value:
            raise ConfigError(f"{where}: the environment variable {name} isn't set; the exporter needs it")
        if not _is_text(value):
            raise ConfigError(f"{where}: the environment variable {name} is no UTF-8 text")
        return value
    path = Path(member(reference, "file", str, where))
    if not path.is_absolute():
        raise ConfigError(f"{where}.file: {path} must be an absolute path")
    return _of_file(path, where)


def _is_text(value: str) -> bool:
    """Tells whether it can be sent: of an environment variable's bytes that are no UTF-8 Python makes surrogates."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _of_file(path: Path, where: str) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_MOST + 1)
    except OSError as error:
        raise ConfigError(f"{where}: {path} can't be read: {error.strerror}; the exporter needs it") from error
    try:
        value = data.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise ConfigError(f"{where}: {path} is no UTF-8 text") from None
    if not value or len(data) > _MOST:
        raise ConfigError(f"{where}: {path} is {'empty' if not value else 'too long for a secret'}")
    return value
