"""snmp.yml: files to auths and modules, strictly. Source: snmp_exporter `config/config.go`.

Several files and globs are merged; a name that two of them define is an error that names both places. Unknown keys,
unknown types and labels that Prometheus would refuse are errors, with file and line, before anything is polled.
"""

import glob
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from exporters.kit.document import ConfigError
from exporters.snmp import oid
from exporters.snmp.modules import auths, regex
from exporters.snmp.modules.auths import Credentials
from exporters.snmp.modules.model import (
    INDEX_TYPES,
    LOOKUP_TYPES,
    METRIC_TYPES,
    Extract,
    Filter,
    Index,
    Lookup,
    Metric,
    Module,
)
from exporters.snmp.modules.nodes import Place, compose
from exporters.snmp.oid import Oid

_LABEL = re.compile(r"(?!__)[a-zA-Z_][a-zA-Z0-9_]*")
_METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_SUFFIX = re.compile(r"[a-zA-Z0-9_:]*")
_GLOB = re.compile(r"[*?\[]")
_MODULE_KEYS = (
    *("walk", "get", "metrics", "filters", "max_repetitions", "retries", "timeout"),
    *("allow_nonincreasing_oids", "use_unconnected_udp_socket"),
)
_METRIC_KEYS = (
    *("name", "oid", "type", "help", "indexes", "lookups", "regex_extracts", "datetime_pattern", "enum_values"),
    *("offset", "scale", "display_hint"),
)


@dataclass(slots=True)
class Library:
    """What files say.

    Attributes:
        modules: By name.
        auths: By name; snmp.yml holds secrets itself, so this is never shown.
        places: Where each module and auth was defined: `file:line` by "modules.NAME" or "auths.NAME".
    """

    modules: dict[str, Module] = field(default_factory=dict)
    auths: dict[str, Credentials] = field(default_factory=dict, repr=False)
    places: dict[str, str] = field(default_factory=dict)

    def add(self, other: "Library") -> None:
        """Takes over what another file says.

        Raises:
            ConfigError: Both define the same name.
        """
        for name, place in other.places.items():
            if name in self.places:
                raise ConfigError(f"{place}: {name} is defined at {self.places[name]}, too; rename one of them")
        self.places |= other.places
        self.modules |= other.modules
        self.auths |= other.auths


def files(patterns: Iterable[str], folder: Path = Path()) -> dict[str, Path]:
    """Returns the files that paths and globs name, by their names as given, each once, a glob's in their order.

    Args:
        patterns: Absolute, or relative to the folder.
        folder: Where relative ones begin.

    Raises:
        ConfigError: A path or glob that names none.
    """
    found: dict[Path, str] = {}
    for pattern in patterns:
        names = matching(pattern, folder)
        if not names:
            raise ConfigError(f"{pattern}: no file has such a name; a module file is snmp_exporter's snmp.yml")
        for name in names:
            found.setdefault(folder / name, name)
    return {name: path for path, name in found.items()}


def matching(pattern: str, folder: Path) -> list[str]:
    """Returns the names that a glob matches, in order; a path without wildcards as it is."""
    if not _GLOB.search(pattern):
        return [pattern]
    return sorted(glob.glob(pattern, root_dir=folder))  # noqa: PTH207  # absolute patterns, too


def load(path: Path) -> Library:
    """Reads one file.

    Raises:
        ConfigError: It can't be read, or something in it is wrong; with file and line.
    """
    return parse(str(path), content(path))


def content(path: Path) -> bytes:
    """Returns a file's bytes.

    Raises:
        ConfigError: It can't be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: can't be read: {error.strerror}") from error


def parse(file: str, data: bytes) -> Library:
    """Reads a file's bytes; `file` is what errors call it.

    Raises:
        ConfigError: Something in it is wrong.
    """
    found = Library()
    members = sections(compose(file, data))
    for name, place in _named(members, "auths"):
        found.auths[name] = auths.credentials(place)
        found.places[place.path] = place.line
    for name, place in _named(members, "modules"):
        found.modules[name] = module(name, place)
        found.places[place.path] = place.line
    return found


def sections(root: Place) -> dict[str, Place]:
    """Returns a file's sections by name.

    Raises:
        ConfigError: It has others, or is no mapping.
    """
    return root.members(("auths", "modules", "version"))


def _named(members: dict[str, Place], kind: str) -> Iterable[tuple[str, Place]]:
    return members[kind].members().items() if kind in members else ()


# --- modules


def module(name: str, place: Place) -> Module:
    """Returns the module that stands at a place.

    Raises:
        ConfigError: Something in it is wrong.
    """
    members = place.members(_MODULE_KEYS)
    if "metrics" not in members:
        raise place.error('"metrics" is missing')

    def some(key: str, read: Callable[[Place], Any]) -> tuple[Any, ...]:
        return tuple([read(each) for each in members[key].items()]) if key in members else ()

    def one(key: str, read: Callable[[Place], Any], default: Any = None) -> Any:  # noqa: ANN401  # as its reader
        return read(members[key]) if key in members and not members[key].empty else default

    return Module(
        name=name,
        metrics=some("metrics", _metric),
        walk=some("walk", _oid),
        get=some("get", _oid),
        filters=some("filters", _filter),
        repetitions=one("max_repetitions", Place.whole),
        retries=one("retries", lambda where: where.whole(most=100)),
        timeout=one("timeout", Place.seconds),
        any_source=one("use_unconnected_udp_socket", Place.boolean, default=False),
        strict=not one("allow_nonincreasing_oids", Place.boolean, default=False),
    )


def _oid(place: Place) -> Oid:
    try:
        return oid.parse(place.text())
    except ValueError as error:
        raise place.error(str(error)) from error


def _metric(place: Place) -> Metric:
    members = place.members(_METRIC_KEYS)
    for key in ("name", "oid", "type"):
        if key not in members:
            raise place.error(f'"{key}" is missing')

    def text(key: str) -> str:
        return members[key].text() if key in members else ""

    name = text("name")
    if not _METRIC.fullmatch(name):
        raise members["name"].error(f'"{name}" is no metric name')
    kind = _type(members["type"], METRIC_TYPES)
    if kind == "ParseDateAndTime" and not text("datetime_pattern"):
        raise place.error('a ParseDateAndTime needs a "datetime_pattern"')
    return Metric(
        name=name,
        oid=_oid(members["oid"]),
        type=kind,
        help=text("help"),
        indexes=tuple([_index(each) for each in members["indexes"].items()]) if "indexes" in members else (),
        lookups=tuple([_lookup(each) for each in members["lookups"].items()]) if "lookups" in members else (),
        extracts=_extracts(members["regex_extracts"]) if "regex_extracts" in members else (),
        pattern=text("datetime_pattern"),
        enum=_enum(members),
        offset=members["offset"].number() if "offset" in members else 0.0,
        scale=members["scale"].number() if "scale" in members else 0.0,
        hint=text("display_hint"),
    )


def _type(place: Place, known: frozenset[str]) -> str:
    kind = place.text()
    if kind not in known:
        raise place.error(f'no type is called "{kind}"; there are {", ".join(sorted(known - {""}))}')
    return kind


def _label(place: Place) -> str:
    label = place.text()
    if not _LABEL.fullmatch(label):
        raise place.error(f'"{label}" is no label name')
    return label


def _enum(members: dict[str, Place]) -> Mapping[int, str]:
    if "enum_values" not in members:
        return {}
    found: dict[int, str] = {}
    for key, place in members["enum_values"].members().items():
        try:
            found[int(key)] = place.text()
        except ValueError:
            raise place.error(f'"{key}" must be a whole number') from None
    return found


def _index(place: Place) -> Index:
    members = place.members(("labelname", "type", "fixed_size", "implied", "enum_values"))
    for key in ("labelname", "type"):
        if key not in members:
            raise place.error(f'"{key}" is missing')
    return Index(
        label=_label(members["labelname"]),
        type=_type(members["type"], INDEX_TYPES),
        size=members["fixed_size"].whole(most=oid.MAX_ARCS) if "fixed_size" in members else 0,
        implied="implied" in members and members["implied"].boolean(),
        enum=_enum(members),
    )


def _lookup(place: Place) -> Lookup:
    members = place.members(("labels", "labelname", "oid", "type", "display_hint", "enum_values"))
    for key in ("labels", "labelname"):
        if key not in members:
            raise place.error(f'"{key}" is missing')
    labels = tuple([_label(each) for each in members["labels"].items()])
    if labels and "oid" not in members:
        raise place.error('"oid" is missing')
    return Lookup(
        labels=labels,
        label=_label(members["labelname"]),
        oid=_oid(members["oid"]) if "oid" in members else (),
        type=_type(members["type"], LOOKUP_TYPES) if "type" in members else "",
        hint=members["display_hint"].text() if "display_hint" in members else "",
        enum=_enum(members),
    )


def _extracts(place: Place) -> tuple[tuple[str, tuple[Extract, ...]], ...]:
    found = []
    for suffix, rules in place.members().items():
        if not _SUFFIX.fullmatch(suffix):
            raise rules.error(f'"{suffix}" can\'t end a metric name')
        found.append((suffix, tuple([_extract(each) for each in rules.items()])))
    return tuple(found)


def _extract(place: Place) -> Extract:
    members = place.members(("value", "regex"))
    if "regex" not in members:
        raise place.error('"regex" is missing')
    value = members["value"].text() if "value" in members else "$1"
    return Extract(_pattern(members["regex"], whole=True), regex.template(value))


def _pattern(place: Place, *, whole: bool = False) -> re.Pattern[str]:
    try:
        return regex.compile(place.text(), whole=whole)
    except regex.PatternError as error:
        raise place.error(str(error)) from error


def _filter(place: Place) -> Filter:
    members = place.members(("oid", "targets", "values"))
    if "oid" not in members:
        raise place.error('"oid" is missing')
    targets = members["targets"].items() if "targets" in members else ()
    values = members["values"].items() if "values" in members else ()
    return Filter(_oid(members["oid"]), tuple([_oid(each) for each in targets]), tuple([_pattern(v) for v in values]))
