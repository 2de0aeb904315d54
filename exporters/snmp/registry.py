"""All modules: SOTP's own, those of the operator's files, and those written in Python. The operator's go first.

A file that didn't change isn't read again: upstream's snmp.yml takes 2 s.
"""

import difflib
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from exporters.snmp.collect import Module
from exporters.snmp.fallback import Fallback
from exporters.snmp.modules import read
from exporters.snmp.modules.auths import Credentials
from exporters.snmp.modules.ignore import NOTHING, Ignore
from exporters.snmp.modules.model import Module as ModuleText
from exporters.snmp.modules.poll import Poller
from exporters.snmp.modules.read import Library
from exporters.snmp.profile import PROFILE, ProfileModule
from exporters.snmp.profiles import OPTIONAL

BUILT_IN = Path(__file__).parent / "modules"
FALLBACKS = {"if_mib": ("ifHCInOctets", "if_mib_32")}  # of SOTP's own modules


@dataclass(frozen=True, slots=True)
class Registry:
    """The modules in force; made from their files when first used.

    Attributes:
        auths: Those of the files.
    """

    auths: Mapping[str, Credentials]
    _library: Library
    _own: Mapping[str, Module]
    _built_in: Mapping[str, ModuleText]
    _made: dict[tuple[str, bool, Ignore], Module] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self._own or name in self._library.modules

    @property
    def names(self) -> frozenset[str]:
        """Of all modules."""
        return frozenset({*self._own, *self._library.modules})

    def module(self, name: str, *, canonical: bool = False, ignore: Ignore = NOTHING) -> Module:
        """Returns a module that there is, the same one each time.

        Args:
            name: Its name.
            canonical: Whether interfaces are spelt as the inventory spells them: where the inventory says what is
                asked. Who names a module has the device's own spelling, as snmp_exporter gives it.
            ignore: Interfaces that the inventory wants no series of.
        """
        key = (name, canonical, ignore)
        if key not in self._made:
            self._made[key] = self._make(name, canonical=canonical, ignore=ignore)
        return self._made[key]

    def _make(self, name: str, *, canonical: bool, ignore: Ignore) -> Module:
        if name in self._own:
            own = self._own[name]
            return own.spelt() if canonical and isinstance(own, ProfileModule) else own
        poller = Poller(self._library.modules[name], canonical=canonical, ignore=ignore)
        if name in FALLBACKS and poller.module is self._built_in[name]:
            metric, second = FALLBACKS[name]
            return Fallback(poller, metric, Poller(self._built_in[second], canonical=canonical, ignore=ignore))
        return poller

    def near(self, name: str) -> str:
        """Returns a hint for a name that there isn't."""
        known = sorted(self.names)
        close = difflib.get_close_matches(name, known, 1)
        return f'did you mean "{close[0]}"?' if close else f"there are {', '.join(known)}"


def written() -> list[Module]:
    """Returns the modules that are written in Python, as an exporter has them."""
    return [ProfileModule(), *map(ProfileModule, OPTIONAL)]


def built_in_names() -> frozenset[str]:
    """Returns the names of SOTP's own modules; no profile is read for it."""
    own = [name for path in BUILT_IN.glob("*.yml") for name in read.load(path).modules]
    return frozenset({*own, PROFILE, *OPTIONAL})


class Loader:
    """Reads module files, each once while it stays as it is."""

    def __init__(self, own: Iterable[Module] = ()) -> None:
        """Creates it; `own` are the modules written in Python."""
        self._own = {module.name: module for module in own}
        self._read: dict[str, tuple[bytes, Library]] = {}

    def load(self, patterns: Iterable[str], folder: Path = Path()) -> Registry:
        """Reads SOTP's own files and those that paths and globs name; relative ones begin in the folder.

        Raises:
            ConfigError: A file can't be read, something in it is wrong, or two define the same name.
        """
        return self.of({name: read.content(path) for name, path in read.files(patterns, folder).items()})

    def of(self, files: Mapping[str, bytes]) -> Registry:
        """Reads SOTP's own files and these, by the names that errors call them.

        Raises:
            ConfigError: Something in one of them is wrong, or two define the same name.
        """
        kept: dict[str, tuple[bytes, Library]] = {}
        built_in = self._all({str(path): read.content(path) for path in sorted(BUILT_IN.glob("*.yml"))}, kept)
        given = self._all(files, kept)
        self._read = kept
        library = Library(built_in.modules | given.modules, built_in.auths | given.auths)
        own = {name: module for name, module in self._own.items() if name not in given.modules}
        return Registry(library.auths, library, own, built_in.modules)

    def _all(self, files: Mapping[str, bytes], kept: dict[str, tuple[bytes, Library]]) -> Library:
        found = Library()
        for name, data in files.items():
            digest = hashlib.sha256(data).digest()
            known = self._read.get(name)
            kept[name] = known if known and known[0] == digest else (digest, read.parse(name, data))
            found.add(kept[name][1])
        return found
