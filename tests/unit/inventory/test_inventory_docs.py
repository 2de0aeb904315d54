"""docs/inventory.md is true: every example loads without a warning, every key of the schema is named."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from sotpctl.inventory import load

_DOCS = Path(__file__).parents[3] / "docs"
_TEXT = (_DOCS / "inventory.md").read_text(encoding="utf-8")
_EXAMPLES = re.findall(r"```yaml\n(.*?)```", _TEXT, re.DOTALL)


@pytest.mark.parametrize("example", _EXAMPLES)
def test_every_example_loads(tmp_path: Path, example: str) -> None:
    """Each example is an inventory without an error or a warning."""
    file = tmp_path / "inventory.yaml"
    file.write_text(example, encoding="utf-8")
    assert [str(problem) for problem in load(file).problems] == []


def _keys(node: Any) -> set[str]:
    if isinstance(node, list):
        return {key for one in node for key in _keys(one)}
    if not isinstance(node, dict):
        return set()
    own = set(node["properties"]) if isinstance(node.get("properties"), dict) else set()
    return own | {key for one in node.values() for key in _keys(one)}


def test_every_key_is_named() -> None:
    """Whatever the schema knows, the page says."""
    keys = _keys(json.loads((_DOCS / "inventory.schema.json").read_text(encoding="utf-8")))
    assert len(keys) > 50
    assert {key for key in keys if not re.search(rf"\b{key}\b", _TEXT)} == set()
