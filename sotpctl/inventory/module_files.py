"""SNMP modules of the user's own: files of snmp_exporter's format, as they are, checked with every place of a mistake.

Credentials have no place in them, because rendered files hold no secrets: what is rendered is the file without its
`auths`, and who has no such auth in the inventory yet is told what to write there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sotpctl.inventory.document import Document
from sotpctl.inventory.files import Files
from sotpctl.inventory.model import ModuleFile
from sotpctl.inventory.module_auths import told, without_auths
from sotpctl.inventory.problems import Problem, did_you_mean
from sotpctl.inventory.yaml_source import PathSteps

_WHERE: PathSteps = ("settings", "snmp", "modules")


@dataclass(frozen=True, slots=True)
class Modules:
    """What the files say.

    Attributes:
        files: Those that could be read.
        problems: What is wrong with them.
        names: The modules that they define, also those that have a mistake.
        complete: Whether all were found and could be read: otherwise there may be other modules.
    """

    files: tuple[ModuleFile, ...] = ()
    problems: tuple[Problem, ...] = ()
    names: frozenset[str] = frozenset()
    complete: bool = True


def read_module_files(document: Document, files: Files) -> Modules:
    """Read the files that settings.snmp.modules names; nothing is raised."""
    if not document.settings.snmp.modules:
        return Modules()
    problems: list[Problem] = []
    found = dict(_found(document, files, problems))
    all_found = not problems
    made: list[ModuleFile] = []
    places: dict[str, str] = {}
    for name, path in found.items():
        file = _read(path, name, document, problems, places)
        if file:
            made.append(file)
    return Modules(tuple(made), tuple(problems), frozenset(places), all_found and len(made) == len(found))


def check_modules(document: Document, files: Files, modules: Modules) -> Iterator[Problem]:
    """Yield what is wrong with the files, and the modules that a device is asked for and nobody knows."""
    yield from modules.problems
    for path, given in _lists(document):
        known = _built_in() | modules.names
        for number, name in enumerate(given):
            if name in given[:number]:
                yield files.problem((*path, number), f'the module "{name}" stands in this list twice')
            elif name not in known and modules.complete:
                hint = did_you_mean(name, known)
                yield files.problem((*path, number), f'no SNMP module is called "{name}"{hint}')


def _lists(document: Document) -> Iterator[tuple[PathSteps, tuple[str, ...]]]:
    """Yield each list of modules that a layer has, and where it is."""
    sections = ("sites", "roles", "groups", "devices")
    layers: list[tuple[PathSteps, Mapping[str, object] | None]] = [(("defaults",), document.defaults)]
    layers += [((section, name), layer) for section in sections for name, layer in getattr(document, section).items()]
    for path, layer in layers:
        snmp = layer.get("snmp") if layer else None
        if isinstance(snmp, dict) and snmp.get("modules"):
            yield (*path, "snmp", "modules"), snmp["modules"]


@cache
def _built_in() -> frozenset[str]:
    from exporters.snmp.registry import built_in_names  # noqa: PLC0415 - only who names modules waits for it

    return built_in_names()


def _found(document: Document, files: Files, problems: list[Problem]) -> Iterator[tuple[str, Path]]:
    """Yield the files once each: the name in the rendered tree, and the path as the user would write it."""
    from exporters.snmp.modules.read import matching  # noqa: PLC0415 - only who has modules waits for it

    taken: dict[str, Path] = {}
    for number, pattern in enumerate(document.settings.snmp.modules):
        names = matching(str(Path(pattern)), files.root)
        if not any(_exists(files.root / name) for name in names):
            message = f'no file matches "{pattern}"; a path begins in the inventory\'s folder'
            problems.append(files.problem((*_WHERE, number), message))
            continue
        for name in names:
            path = files.folder / name
            first = taken.setdefault(_in_tree(files.root, name), path)
            if first is path:
                yield _in_tree(files.root, name), path
            elif os.path.realpath(first) != os.path.realpath(path):
                message = f"{path} would be rendered under the name of {first}: rename one of them"
                problems.append(files.problem((*_WHERE, number), message))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name that no file can have
        return False


def _in_tree(root: Path, name: str) -> str:
    """Return a file's name in the rendered tree: its path within the inventory's folder, else its last part."""
    path = Path(os.path.normpath(root / name))
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def _read(
    path: Path, name: str, document: Document, problems: list[Problem], places: dict[str, str]
) -> ModuleFile | None:
    """Read a file; what is wrong with it goes to `problems`, its modules to `places`."""
    from exporters.snmp.modules.nodes import ModuleFileError, compose  # noqa: PLC0415 - as above
    from exporters.snmp.modules.read import module, sections  # noqa: PLC0415

    def problem(error: ModuleFileError) -> None:
        problems.append(Problem(str(path), error.line, error.column, error.path, error.what))

    text = _text(path)
    if isinstance(text, Problem):
        problems.append(text)
        return None
    try:
        root = compose(str(path), text.encode())
        parts = sections(root)
        modules, auths = (parts[key].members() if key in parts else {} for key in ("modules", "auths"))
        content = without_auths(text, root)
    except ModuleFileError as error:
        problem(error)
        return None
    problems += told(str(path), auths, document.auths)
    own = {}
    for each, place in modules.items():
        try:
            module(each, place)
        except ModuleFileError as error:
            problem(error)
        if each in places:
            problem(place.named.error(f"is defined at {places[each]}, too; rename one of them"))
        own[each] = places.setdefault(each, place.named.line)
    return ModuleFile(name, content.encode(), own)


def _text(path: Path) -> str | Problem:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        return Problem(str(path), 0, 0, "", f"can't be read: {error.strerror}")
    except UnicodeDecodeError:
        return Problem(str(path), 0, 0, "", "is not UTF-8: a module file is snmp_exporter's snmp.yml")
