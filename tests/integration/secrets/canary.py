r"""Canaries: secrets that can be told in whatever was written, printed, served or logged.

A test makes one for each place where a secret can be given, runs the real thing, and lets a `Sweep` look everywhere:

    canaries = Canaries()
    environ["SNMP_COMMUNITY"] = canaries.make("the community of snmp-ro")
    …
    sweep = Sweep(canaries)
    sweep.tree(folder / "build")
    sweep.text("stderr of validate", done.stderr)
    sweep.process(pid)
    assert sweep.leaks == []

All canaries of a run hold one random mark, twice, around what makes programs escape, cut and misread a text:
`MARK 07 "\%&< 07 MARK`. Escaping for JSON, URLs, HTML, a shell, Go or Python leaves a mark of letters and digits as it
is; base64 (in each of its three alignments, as in `user:password`), hexadecimal and UTF-16 don't, so those are looked
for too. What encrypts, hashes or compresses is not seen through.

A part that comes later plants its secrets by `make` and hands what it wrote to the same sweep; nothing else changes.
"""

import base64
import itertools
import secrets
import stat
from collections.abc import Collection, Iterator
from pathlib import Path

AWKWARD = '"\\%&<'
_MARK_BYTES = 6  # 12 hexadecimal digits: found by chance once in 2^48 places


class Canaries:
    """Makes the secrets of one run, and knows them again."""

    def __init__(self) -> None:
        self.mark = f"kn{secrets.token_hex(_MARK_BYTES)}"
        self._names: list[str] = []
        self._forms = dict(_forms(self.mark))

    def make(self, name: str, around: str = AWKWARD) -> str:
        """Return a new secret; `name` is what a leak is reported as, `around` what stands between its two marks."""
        self._names.append(name)
        number = f"{len(self._names) - 1:02d}"
        return f"{self.mark}{number}{around}{number}{self.mark}"

    def also(self, name: str, part: str) -> None:
        """Look for a text as well that was not made here, such as a piece of a key."""
        self._forms |= {f"{name}, {form}": found for form, found in _forms(part)}

    def found(self, content: bytes) -> list[str]:
        """Say which canaries are in it, and how they are written; never their values."""
        return sorted({self._said(form, found, content) for form, found in self._forms.items() if found in content})

    def _said(self, form: str, found: bytes, content: bytes) -> str:
        if form != "plain":
            return form
        after = content[content.index(found) + len(found) :][:2]
        before = content[: content.index(found)][-2:]
        number = next((int(text) for text in (after, before) if text.isdigit()), -1)
        return self._names[number] if 0 <= number < len(self._names) else "one of them, plain"


class Sweep:
    """Looks for canaries everywhere; `leaks` says where one is, `looked` everything that was looked at."""

    def __init__(self, canaries: Canaries) -> None:
        self._canaries = canaries
        self.leaks: list[str] = []
        self.looked: list[str] = []

    def text(self, where: str, content: str | bytes) -> None:
        """Look at what a command printed or a server answered."""
        self.looked.append(where)
        raw = content.encode(errors="surrogateescape") if isinstance(content, str) else content
        self.leaks += [f"{where}: {found}" for found in self._canaries.found(raw)]

    def tree(self, folder: Path, private: Path | None = None) -> None:
        """Look at every name and every file below a folder.

        Args:
            folder: It must exist: a folder that isn't there was not looked at.
            private: Where secrets may stand, if the file is 0600 in folders of 0700 and belongs to us.
        """
        assert folder.is_dir(), f"{folder}: there is nothing to look at"
        for path in sorted(folder.rglob("*")):
            self.text(f"the name of {path}", str(path))
            if path.is_symlink():
                self.text(f"the link {path}", str(path.readlink()))
            elif path.is_file() and not (private and path.is_relative_to(private) and _private(path, private)):
                self.text(str(path), path.read_bytes())

    def process(self, pid: int, given: Collection[str] = ()) -> None:
        """Look at a process: its command line, and its environment but for the variables that it was given to use."""
        proc = Path("/proc", str(pid))
        name = (proc / "comm").read_text().strip()
        self.text(f"the command line of {name}", (proc / "cmdline").read_bytes())
        for variable in (proc / "environ").read_bytes().split(b"\0"):
            key = variable.partition(b"=")[0].decode(errors="replace")
            if key not in given:
                self.text(f"the environment of {name}: {key}", variable)

    def processes(self) -> None:
        """Look at the command line of every process of this machine that we may see."""
        for proc in Path("/proc").glob("[0-9]*"):
            try:
                line = (proc / "cmdline").read_bytes()
            except OSError:
                continue  # it ended
            self.text(f"the command line of process {proc.name}", line)


def _private(path: Path, top: Path) -> bool:
    folders = itertools.takewhile(lambda folder: folder != top.parent, path.parents)
    modes = {stat.S_IMODE(folder.stat().st_mode) for folder in folders}
    return stat.S_IMODE(path.stat().st_mode) == 0o600 and modes == {0o700}


def _forms(text: str) -> Iterator[tuple[str, bytes]]:
    raw = text.encode()
    yield "plain", raw
    yield "in capitals", raw.upper()
    yield "in hexadecimal", raw.hex().encode()
    yield "in hexadecimal capitals", raw.hex().upper().encode()
    yield "in UTF-16", text.encode("utf-16-le")
    for shift in range(3):
        yield f"in base64, alignment {shift}", _base64(raw, shift)


def _base64(raw: bytes, shift: int) -> bytes:
    """Return the characters of base64 that are the same whatever stands before and after; the mark has no + or /."""
    first = -(-shift * 8 // 6)
    last = (shift + len(raw)) * 8 // 6
    return base64.b64encode(bytes(shift) + raw + b"\0\0")[first:last]
