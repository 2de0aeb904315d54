"""How apply asks Loki whether it reads the release's rules; the answers are those of a real one."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web

from sotpctl.apply import APPLY, Store, Work, engines, run
from sotpctl.apply.engines import Running
from sotpctl.apply.loki import Loki
from sotpctl.inventory import load
from sotpctl.inventory.assemble import default_endpoints
from sotpctl.render import plan, write

_RULE = {
    "alert": "TunnelDown",
    "expr": "# why\nvector(1) > 0\n",
    "for": "90s",
    "labels": {"severity": "critical"},
    "annotations": {"summary": "x"},
}
_CONFIG: dict[str, Any] = {
    "ruler": {"poll_interval": "10s", "external_url": "http://127.0.0.1:3000"},
    "ruler_storage": {"backend": "local", "local": {"directory": "/srv/sotp/current/loki/rules"}},
    "limits_config": {"retention_period": "720h", "ingestion_rate_mb": 64},
}
# As /config writes them, beside all else that Loki has.
_RUNNING = {
    "target": "all",
    "ruler": {"poll_interval": "10s", "external_url": "http://127.0.0.1:3000", "wal": {}},
    "ruler_storage": {"backend": "local", "local": {"directory": "/srv/sotp/current/loki/rules"}, "s3": {}},
    "limits_config": {"retention_period": "4w2d", "ingestion_rate_mb": 4},
}
_NONE = (404, "no rule groups found\n")


class Scene:
    """A release, and a server that answers as Loki does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = ""
        self.config = yaml.safe_dump(_RUNNING)
        self.rules: tuple[int, str] = _NONE
        self.asked: list[str] = []
        (folder / "loki/rules/fake").mkdir(parents=True)
        (folder / "loki/loki.yml").write_text(yaml.safe_dump(_CONFIG))
        self.release(".keep.yml")
        self.release("own.yml", _RULE)

    def release(self, name: str, *rules: dict[str, Any]) -> None:
        """Write a rule file of one group, or none, into the release."""
        groups = [{"name": "g", "rules": list(rules)}] if rules else []
        (self.folder / "loki/rules/fake" / name).write_text(yaml.safe_dump({"groups": groups}))

    def read(self, **files: dict[str, Any]) -> None:
        """Let Loki have these rules, each in a file and group of its own; durations as it writes them."""
        found = {f"{name}.yml": [{"name": "g", "rules": [rule | {"for": "1m30s"}]}] for name, rule in files.items()}
        self.rules = (200, yaml.safe_dump({".keep.yml": [], **found}))

    async def look(self, told: str = "unconfirmed") -> tuple[str, str]:
        """Ask once, after it was told."""
        async with engines.session(5) as http:
            assert (await engines.reload(http, Loki(self.address))).state == told
            outcome = await engines.look(http, Loki(self.address), Running(self.folder, 1.0))
        return outcome.state, outcome.why

    async def answer(self, request: web.Request) -> web.Response:
        """Serve the two pages; a reload is no page of Loki's."""
        self.asked.append(f"{request.method} {request.path}")
        pages = {"GET /config": (200, self.config), "GET /loki/api/v1/rules": self.rules}
        status, text = pages.get(self.asked[-1], (404, "404 page not found"))
        return web.Response(status=status, text=text)


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    """One whose Loki answers."""
    made = Scene(tmp_path)
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", made.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.address = "{}:{}".format(*runner.addresses[0][:2])
    yield made
    await runner.cleanup()


async def test_loki_rules_are_confirmed_when_loki_reads_them(scene: Scene) -> None:
    """The same rules, durations in another spelling: confirmed; and no page is asked that Loki doesn't have."""
    scene.read(own=_RULE)
    assert await scene.look() == ("confirmed", "")
    assert set(scene.asked) == {"GET /config", "GET /loki/api/v1/rules"}


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"expr": "vector(2) > 0"}, "TunnelDown of own.yml is not what it reads"),
        ({"labels": {"severity": "info"}}, "TunnelDown of own.yml is not what it reads"),
        ({"annotations": {}}, "TunnelDown of own.yml is not what it reads"),
    ],
)
async def test_loki_rules_of_another_release_are_not_confirmed(scene: Scene, changed: dict[str, Any], why: str) -> None:
    """Every text of a rule counts."""
    scene.read(own=_RULE | changed)
    assert await scene.look() == ("unconfirmed", why)


async def test_loki_rules_that_are_missing_or_left_are_named(scene: Scene) -> None:
    """None at all, a file too many, a group that is gone."""
    assert await scene.look() == ("unconfirmed", "rule group g of own.yml is not what it reads")
    scene.read(own=_RULE, old=_RULE)
    assert await scene.look() == ("unconfirmed", "it still has rules of old.yml")
    scene.release("own.yml")
    scene.read(old=_RULE)
    assert await scene.look() == ("unconfirmed", "it still has rules of old.yml")
    scene.rules = _NONE
    assert await scene.look() == ("confirmed", "")


async def test_loki_rules_that_its_parser_refuses_are_said_in_its_words(scene: Scene) -> None:
    """Known at once, in the place of a reload: which file, and what Loki says, without the way there."""
    path = "/srv/sotp/current/loki/rules/fake/own.yml"
    words = "could not parse expression for alert 'A' in group 'g': parse error at line 2, col 1"
    start = "failed to list rule group for user fake and namespace own.yml: "
    scene.rules = (400, f"{start}error parsing {path}: {path}: {words}\n")
    assert await scene.look(told="refused") == ("unconfirmed", f"it refuses own.yml: {words}")
    scene.rules = (500, "unable to read rule dir /gone")
    assert await scene.look() == ("unconfirmed", "GET /loki/api/v1/rules: 500 unable to read rule dir /gone")


@pytest.mark.parametrize(
    ("place", "value", "why"),
    [
        (("limits_config", "retention_period"), "31d", "limits_config.retention_period: it runs with '31d', rendered"),
        (("ruler", "external_url"), "http://127.0.0.1:1", "ruler.external_url: it runs with 'http://127.0.0.1:1'"),
        (("ruler_storage", "local"), {"directory": "/x"}, "ruler_storage.local.directory: it runs with '/x'"),
    ],
)
async def test_loki_rules_wait_for_a_restart(scene: Scene, place: tuple[str, str], value: Any, why: str) -> None:
    """Other settings than loki.yml's are no failure that is rolled back: only a restart helps, and it is asked for."""
    section, key = place
    scene.config = yaml.safe_dump(_RUNNING | {section: _RUNNING[section] | {key: value}})  # type: ignore[operator]
    state, said = await scene.look()
    assert state == "restart"
    assert said.startswith(f"must be restarted, as it reads loki.yml at its start only: {why}")


@pytest.mark.parametrize("text", ["", "7", "[]", '"text"', "<html>", "a: [", json.dumps({"data": {}})])
async def test_loki_rules_a_stranger_confirms_nothing(scene: Scene, text: str) -> None:
    """Rubbish on either page is unconfirmed, in a sentence."""
    scene.config = text
    state, why = await scene.look()
    assert (state, bool(why)) == ("unconfirmed", True)
    scene.config, scene.rules = yaml.safe_dump(_RUNNING), (200, text or "null: 1")
    assert (await scene.look())[0] == "unconfirmed"


async def test_loki_rules_apply_asks_for_the_restart_each_time(scene: Scene, tmp_path: Path) -> None:
    """A Loki with an older loki.yml: the release stays current, and every apply says what is left to do."""
    inventory = tmp_path / "net" / "inventory.yaml"
    (tmp_path / "net/loki/rules").mkdir(parents=True)
    (tmp_path / "net/loki/rules/own.yml").write_text(yaml.safe_dump({"groups": [{"name": "g", "rules": [_RULE]}]}))
    ports = ", ".join(f"{name}: '127.0.0.1:1'" for name in default_endpoints() if name != "loki")
    inventory.write_text(
        f"settings: {{apply: {{directory: sotp}}, endpoints: {{loki: '{scene.address}', {ports}}}}}\n"
        "devices: {fw-1: {address: 192.0.2.1}}\n"
    )
    loaded = load(inventory)
    assert loaded.inventory, loaded.problems
    planned = plan(loaded.inventory, "")
    write(planned, tmp_path / "build", None)
    store = Store(tmp_path / "net/sotp")
    for last in ("prune", "compare"):
        report = await run(Work(store, tmp_path / "build", {}), APPLY)
        assert (report.code, report.results[-1].step, store.current()) == (1, last, planned.release)
        assert f"loki ({scene.address}): must be restarted, as it reads loki.yml at its start only" in report.text
    assert report.outcomes["loki"].state == "restart"


async def test_loki_rules_where_no_loki_runs(tmp_path: Path) -> None:
    """It is absent as any engine: told so, and not rolled back."""
    async with engines.session(5) as http:
        assert (await engines.reload(http, Loki("127.0.0.1:1"))).state == "absent"
        assert (await engines.look(http, Loki("127.0.0.1:1"), Running(tmp_path, 1.0))).state == "absent"
