"""The JSON Schema for editors is current, takes what is right and refuses what is wrong."""

import copy
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from sotpctl.inventory.schema import schema_text

_ROOT = Path(__file__).parents[3]
_SCHEMA = yaml.safe_load(schema_text())
_TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def test_the_committed_schema_is_current() -> None:
    """docs/inventory.schema.json is what `sotpctl schema` prints: `sotpctl schema > docs/inventory.schema.json`."""
    assert (_ROOT / "docs/inventory.schema.json").read_text(encoding="utf-8") == schema_text()


def _faults(value: Any, schema: dict[str, Any], path: str = "") -> list[str]:  # noqa: C901, PLR0911 - a case a keyword
    """Validate by the part of JSON Schema that our schema uses; another keyword is a fault of this test."""
    if "$ref" in schema:
        return _faults(value, _SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]], path)
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return [] if any(not _faults(value, one, path) for one in schema[union]) else [f"{path}: none of {union}"]
    if "enum" in schema or "const" in schema:
        return [] if value in schema.get("enum", [schema.get("const")]) else [f"{path}: {value!r}"]
    kind = schema.get("type")
    if kind in {"number", "integer"}:
        return [] if isinstance(value, (int, float)) and not isinstance(value, bool) else [f"{path}: no {kind}"]
    if kind in _TYPES and not isinstance(value, _TYPES[kind]):
        return [f"{path}: no {kind}"]
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        return [f"{path}: pattern"]
    if isinstance(value, list):
        return [fault for n, one in enumerate(value) for fault in _faults(one, schema["items"], f"{path}[{n}]")]
    if not isinstance(value, dict):
        return []
    faults = [f"{path}: {key} is missing" for key in schema.get("required", ()) if key not in value]
    for key, inner in value.items():
        patterns = [one for pattern, one in schema.get("patternProperties", {}).items() if re.search(pattern, key)]
        known = [schema["properties"][key]] if key in schema.get("properties", {}) else patterns
        extra = schema.get("additionalProperties", True)
        if not known and extra is False:
            faults.append(f"{path}.{key}: unknown")
        for one in known or ([extra] if isinstance(extra, dict) else []):
            faults += _faults(inner, one, f"{path}.{key}")
    return faults


def test_the_example_is_right_by_the_schema() -> None:
    """inventory.yaml and the starter pass."""
    for file in (_ROOT / "inventory.yaml", _ROOT / "sotpctl/inventory/starter.yaml"):
        assert _faults(yaml.safe_load(file.read_text(encoding="utf-8")), _SCHEMA) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("settings", "retension"), "1d"),
        (("devices", "waw_core"), {"address": "192.0.2.1"}),
        (("devices", "waw-acc-1", "team"), True),
        (("devices", "waw-acc-1", "icmp"), {"intervall": "1s"}),
        (("auths", "snmp-v3", "version"), "4"),
    ],
)
def test_the_schema_refuses(path: tuple[str, ...], value: object) -> None:
    """A wrong key, name, type or value in the example is a fault."""
    data = copy.deepcopy(yaml.safe_load((_ROOT / "inventory.yaml").read_text(encoding="utf-8")))
    node = data
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    assert _faults(data, _SCHEMA) != []
