"""A change of an inventory: made on texts, checked as a whole, shown as a diff, written at once."""

from __future__ import annotations

import copy
import fcntl
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from sotpctl.inventory import edit, edit_items, spans
from sotpctl.inventory.document import Document
from sotpctl.inventory.files import inventory_files
from sotpctl.inventory.load import Loaded, Reading, read_inventory
from sotpctl.inventory.problems import Problem, did_you_mean
from sotpctl.inventory.spans import EditError
from sotpctl.inventory.textdiff import unified
from sotpctl.inventory.yaml_source import PathSteps, Plain, Source, parse, read_text

_BOM = b"\xef\xbb\xbf"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other edits of the same files out: flock(2) on the folders they are in, so that no lock file is left."""
    with ExitStack() as stack:
        for folder in sorted({file.resolve().parent for file in inventory_files(path)} or {path.resolve()}):
            number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            stack.callback(os.close, number)
            fcntl.flock(number, fcntl.LOCK_EX)
        yield


class Draft:
    """An inventory's files, changed in memory.

    Attributes:
        problems: Why the files can't be edited; nothing else is of use then.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[Problem] = []
        self._before: dict[Path, str] = {}
        self._texts: dict[Path, str] = {}
        self._given: dict[Path, Any] = {}
        self._meant: dict[Path, Any] = {}
        for file in inventory_files(path):
            text = read_text(file)
            source = parse(text, str(file)) if isinstance(text, str) else Source(str(file))
            if not isinstance(text, str):
                self.problems.append(Problem(str(file), text[1], text[2], "", text[0]))
                continue
            self.problems += source.problems
            if not isinstance(source.data, dict):
                self.problems += [] if source.problems else [Problem(str(file), 1, 1, "", "must be a mapping")]
                continue
            self._before[file] = self._texts[file] = text
            self._given[file], self._meant[file] = source.data, copy.deepcopy(source.data)

    def names(self) -> list[str]:
        """Return the names of all devices, in the order of the files."""
        return [name for data in self._meant.values() for name in _devices_of(data)]

    def file_of(self, name: str) -> Path:
        """Return the file that defines a device; EditError when none does."""
        for file, data in self._meant.items():
            if name in _devices_of(data):
                return file
        raise EditError(f'no device is called "{name}"{did_you_mean(name, self.names())}')

    def entry(self, name: str) -> Mapping[str, Any]:
        """Return a device's own settings as they are written."""
        found = _devices_of(self._meant[self.file_of(name)])[name]
        return found if isinstance(found, dict) else {}

    def snippet(self, name: str) -> str:
        """Return a device's text in its file."""
        return edit.snippet(self._texts[self.file_of(name)], name)

    def set(self, names: Sequence[str], path: PathSteps, value: str) -> None:
        """Set a setting of devices to a value as it was typed."""
        text = edit.value_text(path, value)
        data = parse(f"{{k: {text}}}", "").data
        if not isinstance(data, dict) or list(data) != ["k"]:
            raise EditError(f"{value!r} is no YAML value")
        for file, ours in self._by_file(names):
            self._texts[file] = edit.set_values(self._texts[file], ours, path, text)
            for name in ours:
                _put(_devices_of(self._meant[file])[name], path, data["k"])

    def unset(self, names: Sequence[str], path: PathSteps) -> None:
        """Take a setting out of devices."""
        for file, ours in self._by_file(names):
            self._texts[file] = edit.unset(self._texts[file], ours, path)
            for name in ours:
                _drop(_devices_of(self._meant[file])[name], path)

    def remove(self, names: Sequence[str]) -> None:
        """Take devices out."""
        for file, ours in self._by_file(names):
            self._texts[file] = edit.remove(self._texts[file], ours)
            for name in ours:
                del self._meant[file]["devices"][name]

    def add(self, name: str, settings: Mapping[tuple[str, ...], str]) -> None:
        """Add a device: to the file that holds the devices of its site, behind the last of them."""
        if name in self.names():
            raise EditError(f'a device is called "{name}" already: `sotpctl device set` changes it')
        texts = {path: edit.value_text(path, value) for path, value in settings.items()}
        tree = spans.nested(texts)
        file, after = self._place(settings.get(("site",)))
        self._texts[file] = edit.add(self._texts[file], name, tree, after)
        meant: dict[str, Any] = {}
        for path, text in texts.items():
            data = parse(f"{{k: {text}}}", "").data
            if not isinstance(data, dict) or list(data) != ["k"]:
                raise EditError(f"{text!r} is no YAML value")
            _put(meant, path, data["k"])
        if not isinstance(self._meant[file].get("devices"), dict):
            self._meant[file]["devices"] = {}
        self._meant[file]["devices"][name] = meant

    def items(self, section: Sequence[str]) -> list[Any]:
        """Return the items of a list that stands in one file, like alerting.maintenance."""
        found = [_list_at(data, section) for data in self._meant.values()]
        return next((items for items in found if items), [])

    def add_item(self, section: Sequence[str], item: Mapping[str, str]) -> None:
        """Put an item (key → YAML text) behind the last of a list, which is made where there is none."""
        file = self._file_with(section)
        self._texts[file] = edit_items.append(self._texts[file], section, item)
        meant = parse("{" + ", ".join(f"{key}: {value}" for key, value in item.items()) + "}", "").data
        if not isinstance(meant, dict) or list(meant) != list(item):
            raise EditError(f"{', '.join(item.values())}: can't be written as YAML")
        _put(self._meant[file], tuple(section), [*_list_at(self._meant[file], section), meant])

    def set_item(self, section: Sequence[str], number: int, key: str, value: str) -> None:
        """Give a key of a list's item a value (YAML text)."""
        file = self._file_with(section)
        self._texts[file] = edit_items.change(self._texts[file], section, number, key, value)
        data = parse(f"{{k: {value}}}", "").data
        _list_at(self._meant[file], section)[number][key] = data["k"] if isinstance(data, dict) else None

    def remove_item(self, section: Sequence[str], number: int) -> None:
        """Take an item out of a list, and the list with its last one."""
        file = self._file_with(section)
        self._texts[file] = edit_items.remove(self._texts[file], section, number)
        items = _list_at(self._meant[file], section)
        del items[number]
        if not items:
            _drop(self._meant[file], tuple(section))

    def diff(self) -> str:
        """Return what changes, as a unified diff."""
        return "".join(unified(self._before[file], new, str(file)) for file, new in sorted(self._changed().items()))

    def changed(self) -> list[str]:
        """Return the names of the devices that are not, or not there, as they were."""
        pairs = [(_devices_of(self._given[file]), _devices_of(meant)) for file, meant in self._meant.items()]
        return sorted(
            {name for old, new in pairs for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
        )

    def check(self) -> Loaded:
        """Load the inventory as it would be; EditError when the texts do not say what was meant, and only that."""
        for file, new in self._changed().items():
            if _sections(parse(new, str(file)).data) != _sections(self._meant[file]):
                raise EditError(f"{file}: this change can't be made without touching something else: edit it by hand")
        return self.reading().loaded

    def reading(self) -> Reading:
        """Load the inventory as it would be, with what is behind it."""
        return read_inventory(self.path, self._texts)

    def save(self) -> list[Path]:
        """Write what changed, each file by one rename; OSError leaves the files as they were before it."""
        written = {}
        try:
            for file, text in sorted(self._changed().items()):
                written[file.resolve()] = _prepared(file.resolve(), self._before[file], text)
            for target, temporary in written.items():
                temporary.replace(target)
                _sync(target.parent)
        finally:
            for temporary in written.values():
                temporary.unlink(missing_ok=True)
        return list(written)

    def _changed(self) -> dict[Path, str]:
        return {file: text for file, text in self._texts.items() if text != self._before[file]}

    def _by_file(self, names: Iterable[str]) -> list[tuple[Path, list[str]]]:
        found: dict[Path, list[str]] = {}
        owner = {name: file for file, data in self._meant.items() for name in _devices_of(data)}
        for name in names:
            found.setdefault(owner.get(name) or self.file_of(name), []).append(name)
        return list(found.items())

    def _file_with(self, section: Sequence[str]) -> Path:
        """Return the file that a list stands in or, where none has it, the one that its section is in."""
        have = (file for file, data in self._meant.items() if _list_at(data, section))
        return next(have, None) or next(
            (file for file, data in self._meant.items() if section[0] in data), next(iter(self._meant))
        )

    def _place(self, site: str | None) -> tuple[Path, str | None]:
        """Return the file that a new device goes to, and the device it goes behind."""
        fullest, most, last = None, 0, None
        for file, data in self._meant.items():
            ours = [n for n, d in _devices_of(data).items() if site and isinstance(d, dict) and d.get("site") == site]
            if len(ours) > most:
                fullest, most, last = file, len(ours), ours[-1]
        if fullest is not None:
            return fullest, last
        return next((file for file, data in self._meant.items() if "devices" in data), next(iter(self._meant))), None


def referrers(document: Document, names: Sequence[str]) -> list[str]:
    """Say who names one of the devices: as a parent, in a link, as the prober, in maintenance or in a route."""
    gone, found = set(names), []
    for name, device in document.devices.items():
        if name not in gone:
            parents = [one for one in device.get("parents") or () if one in gone]
            found += [f"devices.{name}.parents: {one} is a parent of {name}" for one in parents]
    for number, link in enumerate(document.links):
        ends = {end.partition(":")[0].strip() for end in link.split(" - ")}
        found += [f"links[{number}]: {link}"] if ends & gone else []
    if document.settings.prober in gone:
        found.append(f"settings.prober: {document.settings.prober}")
    entries = [("maintenance", number, one.match) for number, one in enumerate(document.alerting.maintenance)]
    entries += [("routes", number, one.match) for number, one in enumerate(document.alerting.routes)]
    for section, number, match in entries:
        found += [f"alerting.{section}[{number}].match.device: {one}" for one in match.get("device", ()) if one in gone]
    return found


def _prepared(target: Path, before: str, text: str) -> Path:
    """Write the new text beside its file, with the file's mode and, where it may be, its owner."""
    held = target.read_bytes()
    bom = _BOM if held.startswith(_BOM) else b""
    if held != bom + before.encode():
        raise OSError(None, "somebody else has changed the file meanwhile", str(target))
    status = target.stat()
    number, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(bom + text.encode())
            file.flush()
            with suppress(PermissionError):
                os.fchown(file.fileno(), status.st_uid, status.st_gid)
            os.fchmod(file.fileno(), status.st_mode & 0o7777)
            os.fsync(file.fileno())
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def _sync(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _devices_of(data: Mapping[str, Any]) -> dict[str, Any]:
    devices = data.get("devices")
    return devices if isinstance(devices, dict) else {}


def _list_at(data: Mapping[str, Any], section: Sequence[str]) -> list[Any]:
    found: Any = data
    for name in section:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, list) else []


def _sections(data: Plain) -> Plain:
    """Return the data without empty sections: they say nothing."""
    return {key: value for key, value in data.items() if value not in (None, {})} if isinstance(data, dict) else data


def _put(tree: dict[str, Any], path: PathSteps, value: object) -> None:
    for step in path[:-1]:
        if not isinstance(tree.get(str(step)), dict):
            tree[str(step)] = {}
        tree = tree[str(step)]
    tree[str(path[-1])] = value


def _drop(tree: dict[str, Any], path: PathSteps) -> None:
    chain = []
    for step in path:
        if not isinstance(tree, dict) or step not in tree:
            return
        chain.append((tree, str(step)))
        tree = tree[str(step)]
    while len(chain) > 1 and len(chain[-1][0]) == 1:
        chain.pop()
    del chain[-1][0][chain[-1][1]]
