"""Apply and rollback as lists of small steps; `sotpctl.apply.walk` walks them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import aiohttp

from sotpctl.apply import engines, secret_files, secrets, shrink
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
    """What the steps know and have changed so far.

    `before` is the release that was current, `pointed` what the link said then, right or wrong.
    """

    store: Store
    tree: Path
    environ: Mapping[str, str] = field(repr=False)
    confirm_seconds: float = CONFIRM_S
    allow_shrink: bool = False
    request_seconds: float = engines.REQUEST_S
    manifest: Manifest = field(init=False, repr=False)
    values: dict[str, bytes] = field(default_factory=dict, repr=False)
    before: str | None = None
    pointed: str | None = None
    staged: bool = False
    replaced: dict[str, Path | None] = field(default_factory=dict)
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
        """The engines that don't run it, because they don't run or must be restarted."""
        return [outcome for outcome in self.outcomes.values() if outcome.state in {"absent", "restart"}]


@dataclass(frozen=True, slots=True)
class Step:
    """A name for people, and the work."""

    name: str
    run: Callable[[Work], Awaitable[Result]]


async def outcomes(store: Store, manifest: Manifest, seconds: float = engines.LOOK_S) -> list[Outcome]:
    """Ask everything that reads the current release once what it runs, `seconds` a request; nothing is changed."""
    expected = Running(store.path(manifest.release), store.since())
    async with engines.session(seconds) as http:
        return list(
            await asyncio.gather(*(engines.look(http, engine, expected) for engine in engines.readers(manifest)))
        )


async def clear(work: Work) -> Result:
    """What an apply that was killed left is gone, and what is current now is known."""
    work.before, work.pointed = work.store.current(), work.store.pointed()
    if work.store.link.exists() and work.pointed is None:
        raise ApplyError(f"{work.store.link} is no link, so no apply made it: move it away, then apply again")
    return Result("clear", "done", _deleted(*work.store.clear(work.tree), "nothing was left over"))


async def check(work: Work) -> Result:
    """The tree is what its manifest says."""
    work.manifest = read_manifest(work.tree)
    differences = drift(work.tree, work.manifest)
    if differences:
        named = ", ".join(f"{name} ({kind})" for name, kind in list(differences.items())[:10])
        return Result("check", "failed", f"{work.tree} is not what its {NAME} says: {named}; {_instead(work)}")
    return Result("check", "done", f"{len(work.manifest.files)} files of release {work.manifest.release}")


async def resolve(work: Work) -> Result:
    """Every secret is there; nothing is written yet."""
    work.values = secrets.resolve(work.manifest.secrets, work.environ)
    warnings = secret_files.check(work.manifest.secret_files)
    return Result("secrets", "done", "\n".join([f"{len(work.values)} resolved", *warnings]))


async def compare(work: Work) -> Result:
    """Nothing to do when the release is current, whole and confirmed by whatever runs."""
    trouble = work.store.trouble()
    if trouble:
        return Result("compare", "done", trouble)
    if work.before != work.manifest.release:
        return Result("compare", "done", f"{work.before or 'nothing'} is current")
    if secrets.stale(work.store.secrets, work.values):
        return Result("compare", "done", "it is current, but its secrets are not as they should be")
    if (work.store.link / NAME).read_bytes() != (work.tree / NAME).read_bytes():
        return Result("compare", "done", f"it is current, but its {NAME} is another")
    found = await outcomes(work.store, work.manifest, min(engines.LOOK_S, work.request_seconds))
    unconfirmed = [outcome for outcome in found if outcome.state == "unconfirmed"]
    if unconfirmed:
        return Result("compare", "done", f"it is current, but not confirmed: {unconfirmed[0]}")
    work.outcomes = {outcome.name: outcome for outcome in found}
    return Result("compare", "enough", f"{work.manifest.release} is current")


async def guard(work: Work) -> Result:
    """Not much less is watched than now, unless that is meant."""
    if work.before is None or work.allow_shrink:
        return Result("shrink", "done", "allowed" if work.allow_shrink else "nothing to compare with")
    if refused := list(shrink.refusals(work.store.path(work.before), work.tree)):
        return Result(
            "shrink",
            "failed",
            f"{'; '.join(refused)}: more than {shrink.ALLOWED_PERCENT} % would no longer be watched; "
            "if that is meant: sotpctl apply --allow-shrink",
        )
    return Result("shrink", "done", f"nothing loses more than {shrink.ALLOWED_PERCENT} % of what it watches")


async def stage(work: Work) -> Result:
    """The release's folder stands, whole."""
    work.staged = not work.store.path(work.manifest.release).exists()
    repaired = work.store.stage(work.tree, work.manifest)
    path = f"releases/{work.manifest.release}"
    return Result("stage", "done", f"{path}: put back {', '.join(repaired)}" if repaired else path)


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
    async with engines.session(work.request_seconds) as http:
        for engine in work.readers:
            outcome = await engines.reload(http, engine)
            work.outcomes[engine.name] = outcome
            if outcome.state == "refused":
                return Result("reload", "failed", str(outcome))
    told = [outcome.name for outcome in work.outcomes.values() if outcome.state != "absent"]
    return Result("reload", "done", ", ".join(told) or "nothing runs")


async def confirm(work: Work) -> Result:
    """Everything that runs shows by its API that it runs the release."""
    async with engines.session(work.request_seconds) as http:
        found = await asyncio.gather(*(_confirmed(http, work, engine) for engine in work.readers))
    work.outcomes = {outcome.name: outcome for outcome in found}
    bad = [outcome for outcome in found if outcome.state == "unconfirmed"]
    if bad:
        return Result("confirm", "failed", "\n".join(str(outcome) for outcome in bad))
    run = [outcome.name for outcome in found if outcome.state == "confirmed"]
    return Result("confirm", "done", ", ".join(run) or "nothing runs")


async def prune(work: Work) -> Result:
    """Old releases are gone; what can't be deleted is said, and no reason to take back what is confirmed."""
    return Result("prune", "done", _deleted(*work.store.prune(), "nothing to remove"))


_TELL = (Step("write", write_secrets), Step("swap", swap), Step("reload", reload), Step("confirm", confirm))
APPLY = (
    Step("clear", clear),
    Step("check", check),
    Step("secrets", resolve),
    Step("compare", compare),
    Step("shrink", guard),
    Step("stage", stage),
    *_TELL,
    Step("prune", prune),
)
# `tree` is the release itself. Nothing guards a rollback against a shrink: it is asked for by name, goes to what ran
# before, and whoever needs it has no time for a discussion.
ROLLBACK = (Step("clear", clear), Step("check", check), Step("secrets", resolve), *_TELL)


async def _confirmed(http: aiohttp.ClientSession, work: Work, engine: Engine) -> Outcome:
    """Wait for one engine; one that started since the reload is told again, as it may have read before the swap."""
    told = work.outcomes[engine.name]
    if told.state == "absent":
        told = await engines.reload(http, engine)
        if told.state == "absent":
            return told
    return await engines.confirm(http, engine, work.expected, work.confirm_seconds)


def _instead(work: Work) -> str:
    return "go back to another" if work.tree == work.store.path(work.manifest.release) else "render it again"


def _deleted(gone: Sequence[str], left: Sequence[str], nothing: str) -> str:
    removed = [f"removed {', '.join(gone)}"] if gone else []
    return "; ".join([*removed, *(f"not removed: {why}" for why in left)]) or nothing
