"""Secrets: resolved from where the manifest says they are, into files that only their owner reads.

Alertmanager expands no variables, so what it needs must stand in a file: beside the releases, never in them.
"""

from collections.abc import Mapping
from pathlib import Path

from sotpctl.apply import files
from sotpctl.apply.manifest import ApplyError, SecretSource


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


def write(folder: Path, values: Mapping[str, bytes]) -> dict[str, bytes | None]:
    """Write what differs, 0600 in folders of 0700; give what stood there before, for `restore`."""
    before: dict[str, bytes | None] = {}
    try:
        for name, value in values.items():
            path = folder / name
            old = path.read_bytes() if path.exists() else None
            if old == value and path.stat().st_mode & 0o777 == 0o600:
                continue
            _private(path.parent, folder)
            before[name] = old
            files.replace(path, value, 0o600)
    except OSError:
        restore(folder, before)
        raise
    return before


def restore(folder: Path, before: Mapping[str, bytes | None]) -> None:
    """Put back what `write` replaced."""
    for name, value in before.items():
        if value is None:
            (folder / name).unlink(missing_ok=True)
        else:
            files.replace(folder / name, value, 0o600)


def stale(folder: Path, values: Mapping[str, bytes]) -> bool:
    """Whether a file is missing, differs, or can be read by others."""
    return any(not _holds(folder / name, value) for name, value in values.items())


def _holds(path: Path, value: bytes) -> bool:
    return path.exists() and path.read_bytes() == value and path.stat().st_mode & 0o077 == 0


def _private(folder: Path, top: Path) -> None:
    if folder != top:
        _private(folder.parent, top)
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)


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
