"""A resolver that a test has in its hand, as /etc/hosts would be."""

import threading

LONGEST_S = 20.0


class Hosts:
    """Answers look-ups (exporters.kit.lookup.Lookup).

    Attributes:
        names: Addresses by name; a name that isn't there has none.
        hanging: Names that are answered when `go_on` is set.
        asked: Every name that was asked for, in order.
    """

    def __init__(self, **names: list[str]) -> None:
        """Takes names; an underscore stands for a dot."""
        self.names = {name.replace("_", "."): addresses for name, addresses in names.items()}
        self.hanging: set[str] = set()
        self.go_on = threading.Event()
        self.asked: list[str] = []

    def __call__(self, name: str, family: int) -> list[str]:  # noqa: ARG002  # the caller looks at the family, too
        """Answers one."""
        self.asked.append(name)
        if name in self.hanging:
            self.go_on.wait(LONGEST_S)
        if not self.names.get(name):
            raise OSError("no such name")
        return self.names[name]
