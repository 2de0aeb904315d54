"""Two trees' files, parsed: whatever stands in an old one, nothing here raises."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

Tree = Mapping[str, bytes]
_KINDS = (".json", ".yml")
_NAME_KEYS = ("job_name", "name", "uid", "title", "record", "alert")


@dataclass(slots=True)
class Pair:
    """The tree that is applied and the one that would be; a file is parsed when it is asked for, once."""

    old: Tree
    new: Tree
    _parsed: dict[tuple[str, bool], Any] = field(default_factory=dict, repr=False)

    def changed(self, folder: str = "", suffix: str = "") -> list[str]:
        """Return the files that differ, in name order."""
        return sorted(
            name
            for name in self.old.keys() | self.new.keys()
            if name.startswith(folder) and name.endswith(suffix) and self.old.get(name) != self.new.get(name)
        )

    def before(self, name: str) -> dict[str, Any]:
        """Return the mapping that a file of the old tree holds; {} where it is missing or damaged."""
        return mapping(self._document(name, new=False))

    def after(self, name: str) -> dict[str, Any]:
        """Return the mapping that a file of the new tree holds."""
        return mapping(self._document(name, new=True))

    def both(self, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what a file held and what it would hold."""
        return self.before(name), self.after(name)

    def lists(self, name: str) -> tuple[list[Any], list[Any]]:
        """Return the same of a file that holds a list."""
        return listing(self._document(name, new=False)), listing(self._document(name, new=True))

    def sound(self, name: str) -> bool:
        """Whether the old tree has the file, and in it something of its kind."""
        return name in self.old and (
            not name.endswith(_KINDS) or isinstance(self._document(name, new=False), (dict, list))
        )

    def lines(self, name: str) -> int:
        """Return how many lines differ; a line that moved counts as none."""
        old, new = (Counter(tree.get(name, b"").splitlines()) for tree in (self.old, self.new))
        return max((old - new).total(), (new - old).total(), 1)

    def _document(self, name: str, *, new: bool) -> Any:  # noqa: ANN401 - JSON
        if (name, new) not in self._parsed:
            self._parsed[name, new] = document(name, (self.new if new else self.old).get(name, b""))
        return self._parsed[name, new]


def document(name: str, content: bytes) -> Any:  # noqa: ANN401 - JSON
    """Parse a JSON or YAML file; None when it is neither."""
    try:
        if name.endswith(".json"):
            return json.loads(content)
        return _yaml(content) if name.endswith(".yml") else None
    except (ValueError, yaml.YAMLError, RecursionError):  # json's and Unicode's errors are ValueErrors
        return None


def _yaml(content: bytes) -> Any:  # noqa: ANN401 - YAML
    """Parse YAML as `render` writes it, without aliases: a few of those can stand for more than memory holds."""
    if b"&" in content and any(
        isinstance(event, yaml.AliasEvent) for event in yaml.parse(content, Loader=yaml.CSafeLoader)
    ):
        return None
    return _text_keys(yaml.load(content, Loader=yaml.CSafeLoader))


def _text_keys(value: Any) -> Any:  # noqa: ANN401 - YAML
    """Return the document with keys of text, as JSON has them: YAML's may be numbers or dates, and don't sort."""
    if isinstance(value, dict):
        return {str(key): _text_keys(item) for key, item in value.items()}
    return [_text_keys(item) for item in value] if isinstance(value, list) else value


def mapping(value: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return a mapping; {} for anything else."""
    return value if isinstance(value, dict) else {}


def listing(value: Any) -> list[Any]:  # noqa: ANN401 - JSON
    """Return a list; [] for anything else."""
    return value if isinstance(value, list) else []


def mappings(value: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - JSON
    """Return the mappings of a list."""
    return [mapping(item) for item in listing(value) if isinstance(item, dict)]


def text(value: Any) -> str:  # noqa: ANN401 - JSON
    """Return a text; "" for anything else."""
    return value if isinstance(value, str) else ""


def paths(before: Any, after: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:  # noqa: ANN401 - JSON
    """Yield each place in which two documents differ, with what stood and would stand there; None for nothing.

    Items of a list are told apart by their names, where all of them have one; a list of plain values is one place.
    """
    if before == after:
        return
    if isinstance(before, (dict, list)) and isinstance(after, (dict, list)):
        left, right = _items(before), _items(after)
        if left is not None and right is not None:
            for key in [*left, *(key for key in right if key not in left)]:
                inner = key if key.startswith("[") or not path else f".{key}"
                yield from paths(left.get(key), right.get(key), path + inner)
            return
    yield path, before, after


def _items(value: dict[Any, Any] | list[Any]) -> dict[str, Any] | None:
    """Return a mapping or a list as a mapping by name or number; None for a list of plain values."""
    if isinstance(value, dict):
        return mapping(value)
    if not all(isinstance(item, dict) for item in value):
        return None
    for key in _NAME_KEYS:
        named = {f"[{item[key]}]": item for item in value if isinstance(item.get(key), str)}
        if len(named) == len(value):
            return named
    return {f"[{number}]": item for number, item in enumerate(value)}
