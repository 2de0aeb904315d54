"""Apply against real engines: what is current is what they confirm, or nothing changes."""

from pathlib import Path

import pytest
from aiohttp import web

from sotpctl.apply import APPLY, Step, run

pytestmark = pytest.mark.engines


async def test_a_second_apply_does_nothing(site) -> None:
    """When everything confirms the release, no engine is told to reload."""
    await site.apply()
    await site.up()
    assert (await site.apply()).code == 0  # the engines have just started: this one waits for their targets
    before = [await site.loaded(name) for name in ("prometheus", "alertmanager")]
    again = await site.apply()
    assert (again.code, again.text.partition(":")[0]) == (0, "up to date")
    assert [result.step for result in again.results] == ["clear", "check", "secrets", "compare"]
    assert [await site.loaded(name) for name in ("prometheus", "alertmanager")] == before


async def test_what_is_applied_is_what_the_engines_run(site) -> None:
    """A rule, a target and a receiver are changed: after apply each shows in its engine's API."""
    await site.apply()
    await site.up()
    site.rules = {"up:count": "count(up)"}
    site.targets["prometheus"].append(site.endpoints["icmp"])
    site.expected["prometheus"] = 2
    site.receiver = {"name": "somebody"}
    report = await site.apply()
    assert report.code == 0, report.results
    assert {outcome.state for outcome in report.outcomes.values()} == {"confirmed"}
    assert await site.recorded() == ["count(up)"]
    assert site.endpoints["icmp"] in await site.get("prometheus", "/api/v1/targets")
    assert "somebody" in await site.get("alertmanager", "/api/v2/status")


async def test_a_changed_template_alone_is_read_again(site) -> None:
    """Alertmanager's API doesn't show templates: when it read them decides."""
    await site.apply()
    await site.up()
    before = await site.loaded("alertmanager")
    site.templates["a.tmpl"] = '{{ define "a" }}two{{ end }}'
    assert (await site.apply()).code == 0
    assert await site.loaded("alertmanager") != before


async def test_a_refused_reload_rolls_back(site) -> None:
    """Prometheus refuses a broken rule: the release before is current, it runs that again, and the message says so."""
    await site.apply()
    await site.up()
    good = site.store.current()
    site.rules = {"up:sum": "sum(up"}
    report = await site.apply()
    assert report.code == 1
    assert report.results[-1].step == "reload"
    assert "prometheus" in report.results[-1].text
    assert report.text == f"rolled back: {good} is current again, and what runs confirms it"
    assert site.store.current() == good
    assert site.store.releases() == [good]
    assert await site.recorded() == ["sum(up)"]


async def test_an_unconfirmed_release_rolls_back(site) -> None:
    """A job that doesn't get its targets isn't confirmed: the release before holds again, in the engine too."""
    await site.apply()
    await site.up()
    good = site.store.current()
    site.rules["up:max"] = "max(up)"
    site.expected["prometheus"] = 2
    site.confirm_seconds = 12.0
    report = await site.apply()
    assert report.code == 1
    assert "job prometheus has 1 targets, rendered are 2 (waited 12 s)" in report.results[-1].text
    assert site.store.current() == good
    assert await site.recorded() == ["sum(up)"]


async def test_an_exporter_that_refuses_rolls_everything_back(site) -> None:
    """One that answers 500 to the reload is named with its words; Prometheus never sees the new release."""
    await site.apply()
    await site.up()
    good = site.store.current()
    loaded = await site.loaded("prometheus")

    async def refuse(_: web.Request) -> web.Response:
        return web.Response(status=500, text="icmp.json: targets.a.interval: 0 is too short")

    async with _Server(site.endpoints["icmp"], refuse):
        site.exporters = {"icmp": "0123456789ab"}
        site.rules = {"up:count": "count(up)"}
        report = await site.apply()
    assert report.code == 1
    assert "icmp.json: targets.a.interval: 0 is too short" in report.results[-1].text
    assert site.store.current() == good
    assert await site.recorded() == ["sum(up)"]
    assert await site.loaded("prometheus") > loaded  # it was told to read the release before again


async def test_a_stranger_on_the_port_is_no_confirmation(site) -> None:
    """A web server that answers 200 to everything is not taken for an exporter."""
    await site.apply()

    async def friendly(_: web.Request) -> web.Response:
        return web.Response(text="ok")

    async with _Server(site.endpoints["icmp"], friendly):
        site.exporters = {"icmp": "0123456789ab"}
        site.confirm_seconds = 1.0
        report = await site.apply()
    assert report.code == 1
    assert "what listens there is no exporter of SOTP's" in report.results[-1].text


async def test_a_first_apply_that_is_refused_leaves_nothing_current(site) -> None:
    """Without a release to go back to, the link is gone as before."""

    async def refuse(_: web.Request) -> web.Response:
        return web.Response(status=500)

    async with _Server(site.endpoints["icmp"], refuse):
        site.exporters = {"icmp": "0123456789ab"}
        report = await site.apply()
    assert report.text == "rolled back: no release is current, as before"
    assert site.store.current() is None


async def test_an_engine_that_does_not_run_is_named(site) -> None:
    """Prometheus confirms, Alertmanager doesn't run: applied, but exit code 1 with its name and address."""
    await site.apply()
    await site.up("prometheus")
    site.rules = {"up:count": "count(up)"}
    report = await site.apply()
    address = site.endpoints["alertmanager"]
    assert report.code == 1
    assert report.text.endswith(f"is current, but not confirmed by alertmanager ({address}): not running")
    assert await site.recorded() == ["count(up)"]


async def test_an_apply_that_was_killed_is_completed_by_the_next(site) -> None:
    """Swapped but not reloaded: the same release again isn't "up to date", the engines read it now."""
    await site.apply()
    await site.up()
    assert (await site.apply()).code == 0  # confirmed: from here on only the missed reload can be the reason
    site.rules = {"up:sum": "max(up)"}  # the same names: only when it was read shows that it is the old one
    site.write()
    until_swap: list[Step] = [step for step in APPLY if step.name in {"check", "secrets", "stage", "write", "swap"}]
    await run(site.work(), until_swap)
    assert await site.recorded() == ["sum(up)"]
    report = await site.apply()
    assert report.code == 0, report.results
    assert await site.recorded() == ["max(up)"]


async def test_a_release_changed_by_hand_is_put_right_and_read_again(site) -> None:
    """Drift in `current` is undone, with a word about it, and the engine reads what was rendered."""
    await site.apply()
    await site.up()
    _edit(site.store.link / "prometheus" / "rules" / "all.yml", "sum(up)", "min(up)")
    report = await site.apply()
    assert report.code == 0, report.results
    stage = next(result for result in report.results if result.step == "stage")
    assert stage.text.endswith("put back prometheus/rules/all.yml")
    assert await site.recorded() == ["sum(up)"]
    assert [result.step for result in report.results][-1] == "prune"


async def test_rollback_brings_the_engines_back(site) -> None:
    """Going back to the release before is confirmed like an apply; going back again returns."""
    await site.apply()
    await site.up()
    first = site.store.current()
    site.rules = {"up:count": "count(up)"}
    await site.apply()
    second = site.store.current()
    assert site.store.previous() == first
    report = await site.rollback(first)
    assert report.code == 0, report.results
    assert await site.recorded() == ["sum(up)"]
    assert (site.store.current(), site.store.previous()) == (first, second)


async def test_a_secret_reaches_alertmanager_only_through_its_file(site) -> None:
    """The URL of a receiver is resolved beside the release, the engine confirms, and no release holds it."""
    path = site.store.secrets / "alertmanager" / "webhook-noc-url"
    site.secrets = {"alertmanager/webhook-noc-url": {"env": "NOC_URL"}}
    site.receiver = {"name": "noc", "webhook_configs": [{"url_file": str(path), "send_resolved": True}]}
    await site.apply({"NOC_URL": "http://127.0.0.1:9/s3cret"})
    await site.up()
    report = await site.apply({"NOC_URL": "http://127.0.0.1:9/s3cret"})
    assert report.code == 0, report.results
    assert path.read_text() == "http://127.0.0.1:9/s3cret"
    files = [path for path in (site.store.directory / "releases").rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if b"s3cret" in path.read_bytes()]


def _edit(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new))


class _Server:
    """A web server that answers everything with one handler."""

    def __init__(self, address: str, handler) -> None:
        self.host, _, self.port = address.rpartition(":")
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handler)
        self.runner = web.AppRunner(app)

    async def __aenter__(self) -> None:
        await self.runner.setup()
        await web.TCPSite(self.runner, self.host, int(self.port)).start()

    async def __aexit__(self, *_: object) -> None:
        await self.runner.cleanup()
