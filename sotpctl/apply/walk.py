"""The walk over the steps of apply and rollback.

A step that fails ends the walk; what earlier steps changed is undone: secrets, the link, and the engines' state by a
reload of the release before. A process killed between two steps leaves a whole release or none, and the next apply
goes on from there, because nothing counts as done that an engine doesn't confirm.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sotpctl.apply import engines, secrets
from sotpctl.apply.engines import Outcome
from sotpctl.apply.manifest import ApplyError, read_manifest
from sotpctl.apply.steps import Result, Step, Work, confirm


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
            text = await _undo(work)  # which asks the engines again
            return Report(tuple(results), work.outcomes, 1, text)
        if result.state == "enough":
            break
    with contextlib.suppress(OSError):  # what stays is cleared away by the next apply
        secrets.settle(work.replaced)
    return Report(tuple(results), work.outcomes, *_ending(work, results))


async def _attempt(step: Step, work: Work) -> Result:
    """Take one step. Ctrl-C in it is a failure like others, to be undone; a second one ends the process at once."""
    try:
        return await step.run(work)
    except asyncio.CancelledError:
        return Result(step.name, "failed", "interrupted")
    except ApplyError as error:
        return Result(step.name, "failed", str(error))
    except OSError as error:
        return Result(step.name, "failed", _words(error))


async def _undo(work: Work) -> str:
    """Put back what was changed; say which state holds, also where not all of it came back."""
    try:
        secrets.restore(work.store.secrets, work.replaced)
        if _swapped(work):
            return await _swap_back(work)
        _forget(work)
    except ApplyError as error:
        why = str(error)
    except OSError as error:
        why = _words(error)
    else:
        return f"nothing was changed: {_state(work)}"
    return f"not everything could be put back: {why}; {_state(work)}: mend that, then apply again"


def _swapped(work: Work) -> bool:
    """Whether the link was made anew; where it says the same as before, an engine may have read it since."""
    return work.swapped and (work.store.pointed() != work.pointed or work.before == work.manifest.release)


async def _swap_back(work: Work) -> str:
    if work.store.pointed() != work.pointed:
        work.store.point(work.pointed)
    _forget(work)
    if work.before is None:
        return f"rolled back: {_state(work)}, as before"
    bad = await _return(work, work.before)
    state = _state(work) + (" as before" if work.before == work.manifest.release else " again")
    return f"rolled back: {state}, but {bad}" if bad else f"rolled back: {state}, and what runs confirms it"


def _state(work: Work) -> str:
    return f"{work.store.current() or 'no release'} is current"


def _forget(work: Work) -> None:
    """A release that wasn't there before, or that an engine refused, is no place to go back to."""
    if work.staged and work.store.path(work.manifest.release).exists():
        work.store.remove(work.manifest.release)


async def _return(work: Work, release: str) -> str:
    """Bring all the engines back to a release, whatever one of them answers; "" when those that ran confirm it."""
    back = replace(work, tree=work.store.path(release), outcomes={})
    back.manifest = read_manifest(back.tree)
    async with engines.session(work.request_seconds) as http:
        told = await asyncio.gather(*(engines.reload(http, engine) for engine in back.readers))
    back.outcomes = {outcome.name: outcome for outcome in told}
    result = await _attempt(Step("confirm", confirm), back)
    ran = {name for name, outcome in work.outcomes.items() if outcome.state != "absent"}
    lost = [str(outcome) for outcome in back.missing() if outcome.name in ran]
    work.outcomes = back.outcomes
    return "; ".join(result.text.split("\n") * (result.state == "failed") + lost)


def _words(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}"


def _ending(work: Work, results: Sequence[Result]) -> tuple[int, str]:
    release, missing = work.manifest.release, work.missing()
    state = f"{release} is current"
    if all(outcome.state == "absent" for outcome in work.outcomes.values()):
        return 0, f"{state}; nothing runs yet: `sotpctl stack up` starts it"
    if missing:
        return 1, f"{state}, but not confirmed by {'; '.join(str(outcome) for outcome in missing)}"
    if results[-1].state == "enough":
        return 0, f"up to date: {state}, and everything confirms it"
    return 0, f"applied: {state}, and everything confirms it"
