"""The apply directory: releases, the link `current`, and what may be deleted."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from sotpctl.apply import files
from sotpctl.apply.manifest import NAME, ApplyError, Manifest, drift, read_manifest

KEPT = 5


@dataclass(frozen=True, slots=True)
class Store:
    """`<apply.directory>`: `releases/<hash>/`, `current`, `secrets/`.

    A release's modification time is when it last became current: the order to roll back in.
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
        """The release that `current` names; None before the first apply."""
        try:
            name = self.link.readlink().name
        except OSError:
            return None
        return name if self.path(name).is_dir() else None

    def since(self) -> float:
        """When `current` was last pointed at something (Unix seconds): what an engine read earlier isn't it."""
        return self.link.lstat().st_mtime

    def releases(self) -> list[str]:
        """Every whole release, the one that was current last first."""
        folder = self.directory / "releases"
        found = [path for path in folder.glob("[0-9a-f]*") if (path / NAME).is_file()] if folder.is_dir() else []
        return [path.name for path in sorted(found, key=lambda path: (-path.stat().st_mtime_ns, path.name))]

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
        """Make a release the current one, in one step."""
        os.utime(self.path(release))
        files.relink(self.link, f"releases/{release}")

    def unlink(self) -> None:
        """Take `current` away: the state before the first apply."""
        self.link.unlink(missing_ok=True)
        files.sync(self.directory)

    def remove(self, release: str) -> None:
        """Delete the files that a release's manifest names, then folders that this leaves empty."""
        target = self.path(release)
        for name in [*read_manifest(target).files, NAME]:
            (target / name).unlink(missing_ok=True)
        for folder in sorted((path for path in target.rglob("*") if path.is_dir()), reverse=True):
            _rmdir(folder)
        _rmdir(target)

    def prune(self) -> list[str]:
        """Delete all but the last releases, and secrets that only those named. Gives the releases' names."""
        for aside in (self.directory / "releases").glob(".*"):
            shutil.rmtree(aside)  # what an apply that was killed had begun
        kept, gone = self.releases()[:KEPT], self.releases()[KEPT:]
        needed = {name for release in kept for name in read_manifest(self.path(release)).secrets}
        for release in gone:
            for name in read_manifest(self.path(release)).secrets.keys() - needed:
                (self.secrets / name).unlink(missing_ok=True)
            self.remove(release)
        return gone

    def _copy(self, tree: Path, manifest: Manifest, target: Path) -> None:
        aside = target.with_name(f".{target.name}.{os.getpid()}")
        shutil.rmtree(aside, ignore_errors=True)
        try:
            for name in [*manifest.files, NAME]:
                (aside / name).parent.mkdir(parents=True, exist_ok=True)
                files.replace(aside / name, (tree / name).read_bytes(), 0o644)
            aside.rename(target)
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise
        files.sync(target.parent)

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
        return list(differences)


def _rmdir(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        return  # not empty: something in it isn't ours
