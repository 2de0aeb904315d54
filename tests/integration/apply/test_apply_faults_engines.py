"""Engines that misbehave: what was current before is served and confirmed again, or the report says who doesn't."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from sotpctl.apply import APPLY, Report, Result, Step, Store, Work, run
from tests.integration.apply import faults
from tests.integration.apply.bad_engine import BadEngine
from tests.integration.apply.scene import Exporter, clean, make_tree, whole

REASONS = {
    "reload_500": "POST /-/reload: 500 icmp.json: targets.a: too short",
    "reload_hangs": "POST /-/reload got no answer: time-out",
    "reload_cut": "POST /-/reload got no answer: Server disconnected",
    "reload_redirects": "POST /-/reload: 302",
    "reload_dies": "got no answer",
    "reload_fills": "the answer has no end",
    "reload_keeps": "it runs revision",
}


class Two:
    """`old` is current, in the real exporter of facts and in one of icmp that can misbehave; `new` is to come."""

    def __init__(self, base: Path, store: Store, facts: Exporter, icmp: BadEngine) -> None:
        self.base, self.store, self.icmp = base, store, icmp
        self.endpoints = {"facts": facts.address, "icmp": icmp.address}
        self.old = make_tree(base / "old", self.endpoints, "old", {})
        self.new = make_tree(base / "new", self.endpoints, "new", {})

    async def apply(self, what: str, between: Step | None = None) -> Report:
        """Apply `old` or `new`, with something between reload and confirm; nothing waits long."""
        steps = [*APPLY]
        if between:
            steps.insert([step.name for step in steps].index("confirm"), between)
        return await run(Work(self.store, self.base / what, {}, confirm_seconds=3.0, request_seconds=1.5), steps)

    async def start(self, _: Work) -> Result:
        """Start it at last."""
        await self.icmp.start()
        return Result("start", "done", "")


@pytest_asyncio.fixture
async def two(scene, tmp_path: Path) -> AsyncIterator[Two]:
    """Both run `old`."""
    shutil.rmtree(scene.store.directory)
    icmp = BadEngine(scene.store.link)
    await icmp.start()
    made = Two(tmp_path, scene.store, scene.exporter, icmp)
    report = await made.apply("old")
    assert report.code == 0, report
    yield made
    await icmp.stop()


@pytest.mark.parametrize("case", faults.ENGINES, ids=str)
async def test_an_engine_that_misbehaves(two: Two, case: faults.Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """The report says which state holds, the other engine runs that, and with a sound engine all is well again."""
    monkeypatch.setattr("sotpctl.apply.client._BODY_BYTES", 1 << 20)
    two.icmp.fault = case.key
    if case.key in {"down", "late"}:
        await two.icmp.stop()
    report = await two.apply("new", Step("start", two.start) if case.key == "late" else None)
    text = report.text.replace(two.old, "OLD").replace(two.new, "NEW").replace(two.icmp.address, "ADDRESS")
    assert text.startswith(case.says), report
    assert report.code == (0 if case.says == faults.DONE else 1)
    assert REASONS.get(case.key, "") in "".join(result.text for result in report.results), report
    assert whole(two.store) == (two.new if case.holds == "new" else two.old)
    assert report.outcomes["facts"].state == "confirmed"
    clean(two.store)
    two.icmp.fault = ""
    await two.icmp.stop()
    await two.icmp.start()
    again = await two.apply("new")
    assert again.text.endswith(f"{two.new} is current, and everything confirms it"), again
