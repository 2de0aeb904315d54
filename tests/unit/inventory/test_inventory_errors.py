"""Every mistake gives its exact message: one bad file each in bad/, its problems beside it in *.expected.

`UPDATE_EXPECTED=1 pytest tests/unit/inventory/test_inventory_errors.py` writes what is said now; read the diff.
"""

import os
from pathlib import Path

import pytest

from sotpctl.inventory import load

_BAD = Path(__file__).parent / "bad"
_CASES = sorted(path.name for path in _BAD.iterdir() if path.suffix != ".expected")


@pytest.mark.parametrize("name", _CASES)
def test_says_exactly_this(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bad inventory is described word for word as recorded, in the order of places, whatever else is wrong in it."""
    monkeypatch.chdir(_BAD)
    loaded = load(Path(name))
    said = "".join(f"{problem.severity}: {problem}\n" for problem in loaded.problems)
    expected = _BAD / f"{name.removesuffix('.yaml')}.expected"
    if os.environ.get("UPDATE_EXPECTED"):
        expected.write_text(said, encoding="utf-8")
    assert loaded.inventory is None
    assert said == expected.read_text(encoding="utf-8")
    assert "s3cr3t" not in said
