"""Data to bytes: the same data is always the same bytes, and a small change is a small diff."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

_COMPACT = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(", ", ": "), allow_nan=False).encode
_HEADER = "# Written by `sotpctl render` from the inventory. A change made here is lost: change the inventory.\n"


def digest(data: bytes) -> str:
    """Return the SHA-256 of `data` as 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def short_digest(data: bytes) -> str:
    """Return the first 12 hex digits of the SHA-256: enough to tell releases apart, short enough to say aloud."""
    return digest(data)[:12]


def to_yaml(data: Mapping[str, Any]) -> bytes:
    """Write YAML in the order that the builder gave, with texts of several lines as blocks."""
    text = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=4096)
    return (_HEADER + text).encode()


def to_json(data: object) -> bytes:
    """Write a small JSON file, indented, keys sorted."""
    return (json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n").encode()


def to_document(
    settings: Mapping[str, Any], targets: Mapping[str, Mapping[str, Any]], files: Iterable[bytes] = ()
) -> tuple[str, bytes]:
    """Write an exporter's file, one target a line, and return its revision with it.

    The revision is a fingerprint of settings, targets and the files that the settings name. Compact lines go through
    json's C encoder, which an indented dump doesn't: 10,000 targets take 0.05 s instead of 0.5 s.
    """
    lines = ",\n".join(f"    {_COMPACT(name)}: {_COMPACT(targets[name])}" for name in sorted(targets))
    body = f'  "settings": {_COMPACT(settings)},\n  "targets": {{\n{lines}\n  }}\n}}\n'
    revision = short_digest(body.encode() + b"".join(hashlib.sha256(content).digest() for content in files))
    return revision, f'{{\n  "revision": "{revision}",\n{body}'.encode()


class _Dumper(yaml.CSafeDumper):
    """The safe dumper of libyaml, with our way to write a text."""


def _represent_text(dumper: yaml.CSafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)
