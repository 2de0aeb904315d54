"""The apply directory: releases, the link `current`, and what may be deleted."""

import os
import shutil
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sotpctl.apply import files
from sotpctl.apply.manifest import NAME, ApplyError, Manifest, drift, read_manifest

KEPT = 5
_GOING = ".going.json"  # the manifest of a release that is being deleted: no release any more
_NEVER_NS = 0


@dataclass(frozen=True, slots=True)
class Store:
    """`<apply.directory>`: `releases/<hash>/`, `current`, `secrets/`.

    A release's modification time is when it was last left for another: the order to roll back in. One that never
    became current has the time 0 and is no place to go back to.
    """

    directory: Path

    @property
    def link(self) -> Path:
        """The path that every engine is started on."""
        return self.directory / "current"

    @property
    def secrets(self) -> Path:
        """The folder of resolved secrets."""
        return self.directory / "secrets"

    def path(self, release: str) -> Path:
        """Where a release stands."""
        return self.directory / "releases" / release

    def current(self) -> str | None:
        """The release that `current` names; None before the first apply, or when it points elsewhere or nowhere."""
        try:
            name = self.link.readlink().name
            return name if self.path(name).is_dir() and self.link.samefile(self.path(name)) else None
        except OSError:
            return None

    def pointed(self) -> str | None:
        """What the link `current` says, right or wrong; None where there is no link."""
        return str(self.link.readlink()) if self.link.is_symlink() else None

    def trouble(self) -> str:
        """Say what is wrong with `current` or the release that it names; "" when it is whole, or before all."""
        release, pointed = self.current(), self.pointed()
        if release is None:
            if pointed is not None:
                return f"{self.link} points to {pointed}, which is no release here"
            return f"{self.link} is missing" if self.releases() else ""
        try:
            differences = drift(self.path(release), read_manifest(self.path(release)))
        except ApplyError:
            return f"{self.path(release)} is not as it was applied: its {NAME} can't be read"
        named = ", ".join(f"{name} ({kind})" for name, kind in differences.items())
        return f"{self.path(release)} is not as it was applied: {named}" if named else ""

    def since(self) -> float:
        """When `current` was last pointed at something (Unix seconds): what an engine read earlier isn't it."""
        return self.link.lstat().st_mtime

    def releases(self) -> list[str]:
        """Every release that is or was current: the current one first, then the one that was left last."""
        current = self.current()
        used = [path for path in self._folders() if path.name == current or not _never(path)]
        return [path.name for path in sorted(used, key=lambda path: (path.name != current, -_left(path), path.name))]

    def previous(self) -> str | None:
        """The release that was current before this one."""
        return next((name for name in self.releases() if name != self.current()), None)

    def stage(self, tree: Path, manifest: Manifest) -> list[str]:
        """Make `releases/<hash>/` equal to the tree.

        Returns:
            The files that had to be put right in a release that already stood: somebody changed it by hand.
        """
        target = self.path(manifest.release)
        if not target.exists():
            self._copy(tree, manifest, target)
            return []
        return self._repair(tree, manifest, target)

    def swap(self, release: str) -> None:
        """Leave the current release for another, in one step."""
        left = self.current()
        if left is not None and left != release:
            now = time.time_ns()  # the kernel's own "now" is the same for two quick swaps
            os.utime(self.path(left), ns=(now, now))
        self.point(f"releases/{release}")

    def point(self, target: str | None) -> None:
        """Make `current` say what it said before; None takes it away."""
        if target is None:
            self.link.unlink(missing_ok=True)
            files.sync(self.directory)
        else:
            files.relink(self.link, target)

    def remove(self, release: str) -> None:
        """Delete the files that a release's manifest names, then folders that this leaves empty."""
        target = self.path(release)
        going = target / _GOING
        if not going.exists():
            read_manifest(target)  # an unreadable one says nothing of what is ours
            (target / NAME).rename(going)
        for name in read_manifest(target, _GOING).files:
            (target / name).unlink(missing_ok=True)
        for folder in sorted((path for path in target.rglob("*") if path.is_dir()), reverse=True):
            files.rmdirs(folder, folder)
        going.unlink()
        files.rmdirs(target, target)

    def clear(self, tree: Path) -> tuple[list[str], list[str]]:
        """Delete what an apply that was killed has left: files aside, half copies, releases that it never got to.

        Args:
            tree: What is to be applied: it stays, also where it is such a release.

        Returns:
            What was deleted, relative to the directory, and in words what could not be.
        """
        gone = [*self._asides()]
        for path in gone:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        half = [path.parent for path in self.directory.glob(f"releases/*/{_GOING}")]
        for path in half:
            self.remove(path.name)
        for path in self.directory.glob("releases/[0-9a-f]*"):
            files.rmdirs(path, path)  # the last thing of a deletion
        never = [path for path in self._folders() if _never(path) and path.absolute() != tree.absolute()]
        dropped, left = self._drop_all(path.name for path in never if path.name != self.current())
        names = [str(path.relative_to(self.directory)) for path in gone + half]
        return [*names, *(f"releases/{release}" for release in dropped)], left

    def prune(self) -> tuple[list[str], list[str]]:
        """Delete all but the last releases, and secrets that only those named.

        Returns:
            The deleted releases, and in words what could not be deleted.
        """
        return self._drop_all(self.releases()[KEPT:])

    def _drop_all(self, releases: Iterable[str]) -> tuple[list[str], list[str]]:
        gone, left = [], []
        for release in releases:
            try:
                self._drop(release)
                gone.append(release)
            except ApplyError as error:
                left.append(str(error))
            except OSError as error:
                left.append(f"{error.filename or self.path(release)}: {error.strerror}")
        return gone, left

    def _drop(self, release: str) -> None:
        """Delete a release, and the secrets that no other one names."""
        unneeded = set(_manifest(self.path(release)).secrets)
        for path in self._folders():
            if unneeded and path.name != release:
                unneeded -= _manifest(path).secrets.keys()
        for name in sorted(unneeded):
            (self.secrets / name).unlink(missing_ok=True)
            files.rmdirs((self.secrets / name).parent, self.secrets)
        self.remove(release)

    def _folders(self) -> list[Path]:
        return [path.parent for path in sorted(self.directory.glob(f"releases/[0-9a-f]*/{NAME}"))]

    def _asides(self) -> Iterator[Path]:
        yield from files.leftovers(self.directory, ".*")
        yield from files.leftovers(self.directory, "releases/.*")
        yield from files.leftovers(self.directory, "releases/[0-9a-f]*/**/.*")
        yield from files.leftovers(self.directory, "secrets/**/.*")

    def _copy(self, tree: Path, manifest: Manifest, target: Path) -> None:
        aside = files.beside(target)
        shutil.rmtree(aside, ignore_errors=True)
        try:
            for name in [*manifest.files, NAME]:
                (aside / name).parent.mkdir(parents=True, exist_ok=True)
                files.prepare(aside / name, (tree / name).read_bytes(), 0o644).rename(aside / name)
            _flush(aside, manifest.files)
            os.utime(aside, ns=(_NEVER_NS, _NEVER_NS))
            aside.rename(target)
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise
        files.sync(target.parent)
        files.sync(self.directory)

    def _repair(self, tree: Path, manifest: Manifest, target: Path) -> list[str]:
        differences = drift(target, manifest)
        foreign = [name for name, kind in differences.items() if kind == "extra"]
        if foreign:
            raise ApplyError(
                f"{target} holds files that no apply wrote: {', '.join(foreign)}; move them away, then apply again"
            )
        for name in differences:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            files.replace(target / name, (tree / name).read_bytes(), 0o644)
        if not (target / NAME).exists() or (target / NAME).read_bytes() != (tree / NAME).read_bytes():
            files.replace(target / NAME, (tree / NAME).read_bytes(), 0o644)
            differences[NAME] = "changed"
        return list(differences)


def _never(release: Path) -> bool:
    return _left(release) == _NEVER_NS


def _left(release: Path) -> int:
    return release.stat().st_mtime_ns


def _manifest(release: Path) -> Manifest:
    try:
        return read_manifest(release)
    except ApplyError:
        raise ApplyError(f"{release}: its {NAME} can't be read to know what is ours: delete it by hand") from None


def _flush(tree: Path, names: Iterable[str]) -> None:
    """Flush the entries of every folder on the way to the files; their contents were flushed one by one."""
    for folder in sorted({above for name in names for above in (tree / name).parents if above.is_relative_to(tree)}):
        files.sync(folder)
