"""Two rendered trees of a small network: as it is, and as an edit of its inventory makes it."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from sotpctl.apply.words import Difference, Tree, compare, sentences
from sotpctl.inventory import load
from sotpctl.render import plan

DOCUMENT: dict[str, Any] = {
    "settings": {"prober": "fw-1", "apply": {"directory": "applied"}},
    "defaults": {"icmp": {"interval": "6s"}, "thresholds": {"cpu": {"warning": "80%", "critical": "95%"}}},
    "sites": {"waw": {}, "krk": {}},
    "roles": {"access": {}, "core": {"icmp": {"interval": "2s"}}},
    "devices": {
        "fw-1": {"address": "192.0.2.1", "site": "waw"},
        "fw-2": {"address": "192.0.2.2", "site": "waw"},
        "core-1": {
            "address": "192.0.2.11",
            "site": "waw",
            "role": "core",
            "platform": "cisco-iosxe",
            "parents": ["fw-1"],
            "labels": {"rack": "a12"},
            "interfaces": {"Te1/0/1": {"thresholds": {"interface_utilization": {"warning": "60%"}}}},
        },
        **{
            f"acc-{number}": {
                "address": f"192.0.2.{20 + number}",
                "site": "waw",
                "role": "access",
                "parents": ["core-1"],
            }
            for number in range(1, 7)
        },
    },
    "links": ["fw-1:port1 - core-1:Te1/0/1"],
    "alerting": {
        "receivers": {
            "noc": {"email": {"to": "noc@example.net", "from": "s@example.net", "smarthost": "127.0.0.1:25"}}
        },
        "routes": [{"match": {"severity": "critical"}, "receiver": "noc"}],
        "maintenance": [
            {"name": "patching", "match": {"site": "waw"}, "weekly": {"days": ["sun"], "from": "02:00", "to": "04:00"}}
        ],
    },
}

Edit = Callable[[dict[str, Any]], object]


class Network:
    """The tree that is applied, and what an edit would make of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.old: Tree = self.tree()

    def tree(self, *edits: Edit, commit: str = "") -> Tree:
        """Render the network as it is after some edits of its document."""
        document = copy.deepcopy(DOCUMENT)
        for edit in edits:
            edit(document)
        path = self._folder / "inventory.yaml"
        path.write_text(yaml.safe_dump(document))
        loaded = load(path)
        assert loaded.inventory is not None, [str(problem) for problem in loaded.problems]
        files = dict(plan(loaded.inventory, commit).files)
        del files["manifest.json"]
        return files

    def differences(self, *edits: Edit, within: str = "") -> tuple[Difference, ...]:
        """What some edits change, in files whose names begin with `within`: rules follow from much else."""
        old, new = (
            {name: content for name, content in tree.items() if name.startswith(within)}
            for tree in (self.old, self.tree(*edits))
        )
        return compare(old, new)

    def said(self, *edits: Edit, within: str = "") -> list[str]:
        """The same in words."""
        return sentences(self.differences(*edits, within=within))


@pytest.fixture
def network(tmp_path: Path) -> Network:
    """The network of DOCUMENT."""
    return Network(tmp_path)
