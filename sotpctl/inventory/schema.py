"""The JSON Schema of an inventory, made of the models that validate it."""

from __future__ import annotations

import json
from typing import Any

from sotpctl.inventory.document import json_schema
from sotpctl.inventory.yaml_source import Plain


def schema_text() -> str:
    """Return the schema as it stands in docs/inventory.schema.json."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **json_schema()}
    return json.dumps(_for_editors(schema), indent=2, ensure_ascii=False) + "\n"


def _for_editors(node: Plain) -> Plain:
    """Take out what pydantic adds and no editor needs, and let a mapping by name have no other names."""
    if isinstance(node, list):
        return [_for_editors(one) for one in node]
    if not isinstance(node, dict):
        return node
    kept = {key: _for_editors(value) for key, value in node.items() if not _superfluous(node, key)}
    if "patternProperties" in kept:
        kept.setdefault("additionalProperties", False)
    return kept


def _superfluous(node: dict[str, Any], key: str) -> bool:
    """Tell titles made of keys, and defaults in the models' units (seconds) where the file has text."""
    if key == "title":
        return isinstance(node[key], str)
    return key == "default" and ("type" in node or "anyOf" in node)
