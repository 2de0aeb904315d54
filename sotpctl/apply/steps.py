"""Apply and rollback as lists of small steps, and the walk over them.

A step that fails ends the walk; what earlier steps changed is undone: secrets, the link, and the engines' state by a
reload of the release before. A process killed between two steps leaves a whole release or none, and the next apply
goes on from there, because nothing counts as done that an engine doesn't confirm.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sotpctl.apply import engines, secrets
from sotpctl.apply.engines import Engine, Outcome, Running
from sotpctl.apply.manifest import NAME, ApplyError, Manifest, drift, read_manifest
from sotpctl.apply.release import Store

CONFIRM_S = 30.0  # file_sd looks at its files every 15 s


@dataclass(frozen=True, slots=True)
class Result:
    """How a step ended. `done` goes on, `enough` ends well (there is nothing left to do), `failed` undoes."""

    step: str
    state: Literal["done", "enough", "failed"]
    text: str


@dataclass(slots=True)
class Work:
    """What the steps know and have changed so far."""

    store: Store
    tree: Path
    environ: Mapping[str, str] = field(repr=False)
    confirm_seconds: float = CONFIRM_S
    manifest: Manifest = field(init=False, repr=False)
    values: dict[str, bytes] = field(default_factory=dict, repr=False)
    before: str | None = None
    staged: bool = False
    repaired: list[str] = field(default_factory=list)
    replaced: dict[str, bytes | None] = field(default_factory=dict, repr=False)
    swapped: bool = False
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    @property
    def readers(self) -> list[Engine]:
        """What reads the release."""
        return engines.readers(self.manifest)

    @property
    def expected(self) -> Running:
        """What the engines must show, once the link is swapped."""
        return Running(self.store.path(self.manifest.release), self.store.since())

    def missing(self) -> list[Outcome]:
        """The engines that run nothing of it, because they don't run."""
        return [outcome for outcome in self.outcomes.values() if outcome.state == "absent"]


@dataclass(frozen=True, slots=True)
class Step:
    """A name for people, and the work."""

    name: str
    run: Callable[[Work], Awaitable[Result]]


@dataclass(frozen=True, slots=True)
class Report:
    """How it all ended: `code` is the exit code, `text` one sentence that says which state holds."""

    results: tuple[Result, ...]
    outcomes: Mapping[str, Outcome]
    code: int
    text: str


async def run(work: Work, steps: Sequence[Step], notice: Callable[[Step, Result | None], None] | None = None) -> Report:
    """Walk the steps; `notice` is called before a step with None and after it with its result."""
    results: list[Result] = []
    for step in steps:
        if notice:
            notice(step, None)
        result = await _attempt(step, work)
        results.append(result)
        if notice:
            notice(step, result)
        if result.state == "failed":
            return Report(tuple(results), work.outcomes, 1, await _undo(work))
        if result.state == "enough":
            break
    return Report(tuple(results), work.outcomes, *_ending(work, results))


async def outcomes(store: Store, manifest: Manifest) -> list[Outcome]:
    """Ask everything that reads the current release once what it runs; nothing is changed."""
    expected = Running(store.path(manifest.release), store.since())
    async with engines.session() as http:
        return list(
            await asyncio.gather(*(engines.look(http, engine, expected) for engine in engines.readers(manifest)))
        )


async def check(work: Work) -> Result:
    """The tree is what its manifest says."""
    work.manifest = read_manifest(work.tree)
    work.before = work.store.current()
    differences = drift(work.tree, work.manifest)
    if differences:
        named = ", ".join(f"{name} ({kind})" for name, kind in list(differences.items())[:10])
        return Result("check", "failed", f"{work.tree} is not what its {NAME} says: {named}; render it again")
    return Result("check", "done", f"{len(work.manifest.files)} files of release {work.manifest.release}")


async def resolve(work: Work) -> Result:
    """Every secret is there; nothing is written yet."""
    work.values = secrets.resolve(work.manifest.secrets, work.environ)
    return Result("secrets", "done", f"{len(work.values)} resolved")


async def compare(work: Work) -> Result:
    """Nothing to do when the release is current, whole and confirmed by whatever runs."""
    release = work.store.path(work.manifest.release)
    if work.before != work.manifest.release or secrets.stale(work.store.secrets, work.values):
        return Result("compare", "done", f"{work.before or 'nothing'} is current")
    if drift(release, work.manifest) or (release / NAME).read_bytes() != (work.tree / NAME).read_bytes():
        return Result("compare", "done", f"{release} was changed by hand")
    found = await outcomes(work.store, work.manifest)
    unconfirmed = [outcome for outcome in found if outcome.state == "unconfirmed"]
    if unconfirmed:
        return Result("compare", "done", f"it is current, but not confirmed: {unconfirmed[0]}")
    work.outcomes = {outcome.name: outcome for outcome in found}
    return Result("compare", "enough", f"{work.manifest.release} is current")


async def stage(work: Work) -> Result:
    """The release's folder stands, whole."""
    work.staged = not work.store.path(work.manifest.release).exists()
    work.repaired = work.store.stage(work.tree, work.manifest)
    path = f"releases/{work.manifest.release}"
    return Result("stage", "done", f"{path}: put back {', '.join(work.repaired)}" if work.repaired else path)


async def write_secrets(work: Work) -> Result:
    """Secrets stand beside it."""
    work.replaced = secrets.write(work.store.secrets, work.values)
    return Result("write", "done", f"{len(work.replaced)} secrets written")


async def swap(work: Work) -> Result:
    """`current` is the release."""
    work.swapped = True
    work.store.swap(work.manifest.release)
    return Result("swap", "done", f"current is {work.manifest.release}, was {work.before or 'nothing'}")


async def reload(work: Work) -> Result:
    """Everything that runs was told."""
    async with engines.session() as http:
        for engine in work.readers:
            outcome = await engines.reload(http, engine)
            work.outcomes[engine.name] = outcome
            if outcome.state == "refused":
                return Result("reload", "failed", str(outcome))
    told = [outcome.name for outcome in work.outcomes.values() if outcome.state != "absent"]
    return Result("reload", "done", ", ".join(told) or "nothing runs")


async def confirm(work: Work) -> Result:
    """Everything that runs shows by its API that it runs the release."""
    waiting = [engine for engine in work.readers if work.outcomes[engine.name].state != "absent"]
    async with engines.session() as http:
        found = await asyncio.gather(
            *(engines.confirm(http, engine, work.expected, work.confirm_seconds) for engine in waiting)
        )
    work.outcomes |= {outcome.name: outcome for outcome in found}
    bad = [outcome for outcome in found if outcome.state != "confirmed"]
    if bad:
        return Result("confirm", "failed", "; ".join(str(outcome) for outcome in bad))
    return Result("confirm", "done", ", ".join(outcome.name for outcome in found) or "nothing runs")


async def prune(work: Work) -> Result:
    """Old releases are gone."""
    gone = work.store.prune()
    return Result("prune", "done", f"removed {', '.join(gone)}" if gone else "nothing to remove")


_TELL = (Step("write", write_secrets), Step("swap", swap), Step("reload", reload), Step("confirm", confirm))
APPLY = (
    Step("check", check),
    Step("secrets", resolve),
    Step("compare", compare),
    Step("stage", stage),
    *_TELL,
    Step("prune", prune),
)
# `tree` is the release itself.
ROLLBACK = (Step("check", check), Step("secrets", resolve), *_TELL)


async def _attempt(step: Step, work: Work) -> Result:
    try:
        return await step.run(work)
    except ApplyError as error:
        return Result(step.name, "failed", str(error))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return Result(step.name, "failed", f"{where}{error.strerror or error}")


async def _undo(work: Work) -> str:
    """Put back what was changed; say which state holds."""
    secrets.restore(work.store.secrets, work.replaced)
    if not work.swapped:
        if work.staged and work.store.path(work.manifest.release).exists():
            work.store.remove(work.manifest.release)
        return f"nothing was changed: {work.before or 'no release'} is current"
    if work.before is None:
        work.store.unlink()
        _forget(work)
        return "rolled back: no release is current, as before"
    work.store.swap(work.before)
    _forget(work)
    bad = await _return(work, work.before)
    state = f"{work.before} is current" + (" as before" if work.before == work.manifest.release else " again")
    return f"rolled back: {state}, but {bad}" if bad else f"rolled back: {state}, and what runs confirms it"


def _forget(work: Work) -> None:
    """A release that an engine refused is no place to roll back to."""
    if work.staged:
        work.store.remove(work.manifest.release)


async def _return(work: Work, release: str) -> str:
    """Bring the engines back to a release; "" when all that run confirm it."""
    back = Work(work.store, work.store.path(release), work.environ, work.confirm_seconds)
    back.manifest = read_manifest(back.tree)
    result = await _attempt(Step("reload", reload), back)
    if result.state == "done":
        result = await _attempt(Step("confirm", confirm), back)
    work.outcomes = back.outcomes
    return result.text if result.state == "failed" else ""


def _ending(work: Work, results: Sequence[Result]) -> tuple[int, str]:
    release, missing = work.manifest.release, work.missing()
    state = f"{release} is current"
    if len(missing) == len(work.outcomes):
        return 0, f"{state}; nothing runs yet: `sotpctl stack up` starts it"
    if missing:
        return 1, f"{state}, but not confirmed by {'; '.join(str(outcome) for outcome in missing)}"
    if results[-1].state == "enough":
        return 0, f"up to date: {state}, and everything confirms it"
    return 0, f"applied: {state}, and everything confirms it"
