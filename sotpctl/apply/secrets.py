"""Secrets: resolved from where the manifest says they are, into files that only their owner reads.

Alertmanager expands no variables, so what it needs must stand in a file: beside the releases, never in them.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from sotpctl.apply import files
from sotpctl.apply.manifest import ApplyError, SecretSource

_OTHERS = 0o077


def resolve(sources: Mapping[str, SecretSource], environ: Mapping[str, str]) -> dict[str, bytes]:
    """Read every secret; ApplyError that names each one that isn't there, and what needs it."""
    values: dict[str, bytes] = {}
    problems: list[str] = []
    for name, source in sorted(sources.items()):
        value = _read(source, environ)
        if isinstance(value, str):
            problems.append(f"secret {name}: {value}")
        else:
            values[name] = value
    if problems:
        raise ApplyError("\n".join(problems))
    return values


def write(folder: Path, values: Mapping[str, bytes]) -> dict[str, Path | None]:
    """Write what differs, 0600 in folders of 0700.

    Everything that needs room on the disk is written aside first, the old ones' copies too: a full disk changes
    nothing, and what was replaced can come back on a disk that is full by then.

    Returns:
        Where the old ones stand, by name (None where there was none), for `restore` and `settle`.
    """
    ready: dict[str, Path] = {}
    copies: dict[str, Path | None] = {}
    before: dict[str, Path | None] = {}
    try:
        for name, value in values.items():
            _private((folder / name).parent, folder)
            if not _holds(folder / name, value):
                copies[name] = _copy(folder / name)
                ready[name] = files.prepare(folder / name, value, 0o600)
        for name, made in ready.items():
            before[name] = copies[name]
            made.rename(folder / name)
        _sync(folder / name for name in ready)
    except OSError:
        restore(folder, before)
        for path in (*ready.values(), *copies.values()):
            if path:
                path.unlink(missing_ok=True)
        for name in values:
            files.rmdirs((folder / name).parent, folder)
        raise
    return before


def restore(folder: Path, before: Mapping[str, Path | None]) -> None:
    """Put back what `write` replaced."""
    for name, copy in before.items():
        if copy is None:
            (folder / name).unlink(missing_ok=True)
            files.rmdirs((folder / name).parent, folder)
        elif copy.exists():
            copy.rename(folder / name)
    _sync(folder / name for name in before)


def settle(before: Mapping[str, Path | None]) -> None:
    """Forget what `write` replaced: it won't come back."""
    for copy in before.values():
        if copy:
            copy.unlink(missing_ok=True)


def stale(folder: Path, values: Mapping[str, bytes]) -> bool:
    """Whether a file is missing, differs, or can be reached by others."""
    return any(
        not _holds(folder / name, value) or any(_open(above) for above in _folders(folder / name, folder))
        for name, value in values.items()
    )


def _holds(path: Path, value: bytes) -> bool:
    return path.exists() and not _open(path) and path.read_bytes() == value


def _open(path: Path) -> bool:
    return bool(path.stat().st_mode & _OTHERS)


def _copy(path: Path) -> Path | None:
    if not path.exists():
        return None
    return files.prepare(path, path.read_bytes(), path.stat().st_mode & 0o777, "before")


def _folders(path: Path, top: Path) -> Iterator[Path]:
    """Give the folders down to a secret, `top` last."""
    while path != top:
        path = path.parent
        yield path


def _private(folder: Path, top: Path) -> None:
    if folder != top:
        _private(folder.parent, top)
    if not folder.is_dir():
        folder.mkdir(mode=0o700)
        files.sync(folder.parent)
    if _open(folder):
        folder.chmod(0o700)


def _sync(paths: Iterable[Path]) -> None:
    for folder in {path.parent for path in paths}:
        if folder.is_dir():
            files.sync(folder)


def _read(source: SecretSource, environ: Mapping[str, str]) -> bytes | str:
    """Give the value, or in words why there is none. A file's last line feed is the editor's, not the secret's."""
    if source.env is not None:
        value = environ.get(source.env, "")
        return value.encode() if value else f"the environment variable {source.env} is not set: export {source.env}=…"
    path = source.file or Path()
    try:
        content = path.read_bytes().rstrip(b"\r\n")
    except OSError as error:
        return f"{path}: {error.strerror}: write the secret there, readable only by you"
    return content or f"{path}: the file is empty: write the secret there"
