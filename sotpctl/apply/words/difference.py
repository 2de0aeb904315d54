"""One thing that an apply would add, change or remove."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Change = Literal["added", "changed", "removed"]
Kind = Literal[
    "device",
    "exporter",
    "threshold",
    "job",
    "target",
    "alert",
    "recording rule",
    "rule group",
    "receiver",
    "route",
    "inhibition",
    "maintenance window",
    "link",
    "endpoint",
    "secret",
    "setting",
    "dashboard",
    "systemd unit",
    "template",
    "file",
    "commit",
]


class Detail(NamedTuple):
    """What changed of a thing: "address" "192.0.2.11 → 192.0.2.12"."""

    what: str
    said: str

    def __str__(self) -> str:
        return f"{self.what} {self.said}" if self.said else self.what


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs between two trees.

    Attributes:
        kind: What it is.
        subject: Its name; unescaped, as every text here: whoever prints it makes it printable.
        change: What becomes of it.
        file: The file that says so, relative to the tree.
        scope: What the name belongs to, where a name alone says too little: a threshold's metric, a target's job.
        before: What it is now, as JSON; of a changed thing only what differs.
        after: What it would be, likewise.
        details: The same for people, of a changed thing.
        note: What a person wants to know of an added one.
        traits: What may be said of many at once: site, role …
    """

    kind: Kind
    subject: str
    change: Change
    file: str
    scope: str = ""
    before: Any = None
    after: Any = None
    details: tuple[Detail, ...] = ()
    note: str = ""
    traits: Mapping[str, str] = field(default_factory=dict, hash=False)

    def data(self) -> dict[str, Any]:
        """Return the shape that `--output json` promises."""
        return {
            "kind": self.kind,
            "subject": self.subject,
            "scope": self.scope,
            "change": self.change,
            "file": self.file,
            "before": self.before,
            "after": self.after,
        }
