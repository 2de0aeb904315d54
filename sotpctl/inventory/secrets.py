"""Where a secret is. The inventory never holds one, so nothing that prints an inventory can leak one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


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
