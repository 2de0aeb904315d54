"""What a rendered tree says about itself: `manifest.json`, and whether the tree is what it says."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError, model_validator

from sotpctl.apply.access import PLAIN, Access

NAME = "manifest.json"

# A path below the tree: no way out of it, so that a manifest can't make apply write or delete elsewhere.
_Below = Annotated[str, StringConstraints(pattern=r"^(?!.*(^|/)\.{1,2}(/|$))[^/\0]+(/[^/\0]+)*$")]


class ApplyError(Exception):
    """Work that can't go on; its text says what, where, and what would be right."""


class SecretSource(BaseModel):
    """Where a secret is: an environment variable or a file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    env: str | None = None
    file: Path | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.env is None) == (self.file is None):
            raise ValueError("a secret has either `env` or `file`")
        return self


class Manifest(BaseModel):
    """The tree's files with their SHA-256, and what apply must know without the inventory.

    `loki_rules`: Loki on its endpoint evaluates rules of the release.
    """

    # Keys that a newer render adds don't stop an older release from being rolled back to.
    model_config = ConfigDict(extra="ignore", frozen=True, regex_engine="python-re")

    release: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{12}$")]
    files: Mapping[_Below, str]
    secrets: Mapping[_Below, SecretSource] = {}
    secret_files: Mapping[_Below, Path] = {}
    endpoints: Mapping[str, str]
    targets: Mapping[str, int] = {}
    exporters: Mapping[str, str] = {}
    web: Access = PLAIN
    loki_rules: bool = False


def read_manifest(tree: Path, name: str = NAME) -> Manifest:
    """Read `manifest.json` of a rendered tree or a release; ApplyError when it isn't one."""
    path = tree / name
    try:
        data = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise ApplyError(f"{path}: no such file; `sotpctl render` writes it") from None
    except (OSError, ValueError) as error:
        raise ApplyError(f"{path}: can't be read: {error}; `sotpctl render` writes it anew") from None
    try:
        return Manifest.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ApplyError(f"{path}: {where}: {first['msg']}; `sotpctl render` writes it anew") from None


def drift(tree: Path, manifest: Manifest) -> dict[str, str]:
    """Compare a tree with its manifest: name → "missing", "changed" or "extra", in name order; {} when they agree."""
    found = {str(path.relative_to(tree)) for path in tree.rglob("*") if path.is_file() or path.is_symlink()} - {NAME}
    differences = dict.fromkeys(found - manifest.files.keys(), "extra")
    for name, expected in manifest.files.items():
        if name not in found:
            differences[name] = "missing"
        elif (tree / name).is_symlink() or hashlib.sha256((tree / name).read_bytes()).hexdigest() != expected:
            differences[name] = "changed"  # a link's target may change at any time
    return dict(sorted(differences.items()))
