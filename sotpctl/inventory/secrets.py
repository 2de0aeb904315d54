"""Where a secret is. The inventory never holds one, so nothing that prints an inventory can leak one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path

from pydantic import BaseModel


@dataclass(frozen=True, slots=True)
class SecretRef:
    """The name of a secret's place: an environment variable, a file (relative to the inventory) or a path in Vault."""

    env: str = ""
    file: str = ""
    vault: str = ""

    def reference(self, root: Path) -> dict[str, str]:
        """Return `{"env": NAME}`, `{"file": ABSOLUTE PATH}` or `{"vault": PATH}`: what a manifest may hold."""
        if self.env:
            return {"env": self.env}
        if self.file:
            return {"file": str((root / Path(self.file).expanduser()).absolute())}
        return {"vault": self.vault}


def variables(*holders: object) -> frozenset[str]:
    """Return the names of the environment variables that hold secrets, by every reference that is in the holders.

    Args:
        holders: What has references somewhere in it: models, mappings, lists. Such as an inventory's auths, its
            receivers and settings.web; the whole inventory would do, and takes long with many devices.
    """
    names: set[str] = set()
    for holder in holders:
        if isinstance(holder, SecretRef):
            names |= {holder.env} - {""}
        else:
            names |= variables(*_within(holder))
    return frozenset(names)


def _within(holder: object) -> Iterable[object]:
    if isinstance(holder, Mapping):
        return holder.values()
    if isinstance(holder, (tuple, list)):
        return holder
    if isinstance(holder, BaseModel):
        return [value for _, value in holder]
    if is_dataclass(holder):
        return [getattr(holder, one.name) for one in fields(holder)]
    return ()
