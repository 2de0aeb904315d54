"""Where each secret lies that an engine or an exporter reads from a file: rendered files name places, never values."""

from dataclasses import dataclass, field

from sotpctl.inventory import Inventory
from sotpctl.inventory.secrets import SecretRef


@dataclass(slots=True)
class SecretPlaces:
    """Collects the secrets of one reader.

    Attributes:
        reader: Whose they are; the folder below `<apply.directory>/secrets`.
        inventory: What names them.
        to_resolve: What `apply` has to write there (`READER/NAME` → reference).
        in_place: What is there: the user's own files (`READER/NAME` → absolute path).
    """

    reader: str
    inventory: Inventory
    to_resolve: dict[str, dict[str, str]] = field(default_factory=dict)
    in_place: dict[str, str] = field(default_factory=dict)

    def path(self, secret: SecretRef, *name: str) -> str:
        """Return the absolute path of the secret's file: the user's own, or the one that `apply` writes."""
        reference = secret.reference(self.inventory.root)
        key = f"{self.reader}/{'-'.join(name)}"
        if "file" in reference:
            self.in_place[key] = reference["file"]
            return reference["file"]
        self.to_resolve[key] = reference
        return str(self.inventory.settings.apply.directory / "secrets" / key)
