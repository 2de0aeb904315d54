"""Rendered trees made by hand."""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

Tree = Callable[..., Path]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Make `build/` of the given files (name → text) with a manifest that is true; give its folder."""

    def make(files: Mapping[str, str], folder: str = "build", **manifest: Any) -> Path:
        root = tmp_path / folder
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        hashes = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in sorted(files.items())}
        release = hashlib.sha256(json.dumps(hashes).encode()).hexdigest()[:12]
        document = {"release": release, "files": hashes, "endpoints": {}, **manifest}
        (root / "manifest.json").write_text(json.dumps(document))
        return root

    return make
