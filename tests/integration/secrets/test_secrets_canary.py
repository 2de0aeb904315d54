"""No secret is told, wherever it was given, whatever goes well or wrong: the whole of SOTP at work on canaries.

One test, in the order of a bad day; each step hands the sweep what it printed, and the end looks at what is left.
"""

import os
import re
import shutil
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import click
import pytest

from sotpctl.cli.main import cli
from tests.integration.secrets.asking import Asking, password_of
from tests.integration.secrets.canary import Sweep
from tests.integration.secrets.receivers import Receivers
from tests.integration.secrets.site import ENGINES, Site

pytestmark = pytest.mark.engines

_WAIT_S = 60
_TRIED = ("mail", "chat", "hook", "bad-hook", "bad-chat")


class Day:
    """The site, and what was looked at of it."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.sweep = Sweep(site.canaries)
        self.asking = Asking(site, self.sweep, password_of(site))

    def ctl(self, *arguments: str, code: int = 0, environ: dict[str, str] | None = None) -> str:
        """Run a command, look at both streams, give both."""
        return self._look(arguments, *self.site.run(*arguments, code=code, environ=environ))

    def alone(self, *arguments: str) -> None:
        """Run a command as a process of its own, and look at both streams."""
        self._look(arguments, *self.site.run_alone(*arguments))

    def _look(self, arguments: Sequence[str], stdout: str, stderr: str) -> str:
        self.sweep.text(f"stdout of {' '.join(arguments)}", stdout)
        self.sweep.text(f"stderr of {' '.join(arguments)}", stderr)
        return stdout + stderr

    def both(self, *arguments: str, code: int = 0) -> None:
        """Run a command twice: as text, and as JSON."""
        self.ctl(*arguments, code=code)
        self.ctl(*arguments, "--output", "json", code=code)

    def logs(self) -> dict[str, str]:
        """The logs so far, by name."""
        return {path.stem: path.read_text() for path in (self.site.directory / "logs").iterdir()}


def test_no_secret_is_told(site: Site, receivers: Receivers) -> None:
    """Files, releases, streams, logs, pages, command lines and environments: no canary is in any of them."""
    day = Day(site)
    _first_apply(day)
    _notify(day, receivers)
    day.asking.everything()
    _mistakes(day)
    _broken_files(day)
    _refused(day)
    _unreadable(day)
    _back_and_forth(day)
    day.asking.everything()
    running = [*ENGINES, *site.exporters()]
    _look_at_the_rest(day)
    assert not day.sweep.leaks, "\n".join(day.sweep.leaks)
    _was_looked_at(day, running)


def _first_apply(day: Day) -> None:
    day.both("validate")
    day.ctl("validate", "--output", "github")
    day.both("explain", "loop-2")
    day.both("device", "list")
    day.both("device", "show", "loop-2")
    day.both("render")
    day.both("diff", code=2)
    day.both("apply")
    day.alone("stack", "up")
    day.alone("apply")
    day.both("apply")
    day.ctl("diff")
    day.both("status")
    day.both("stack", "status")
    for command in cli.list_commands(click.Context(cli)):
        day.ctl(command, "--help")
    day.sweep.tree(day.site.directory, private=day.site.directory / "secrets")


def _notify(day: Day, receivers: Receivers) -> None:
    """Every receiver is tried, with the secret as it was given, and fails; Alertmanager writes down why."""
    day.asking.alert()

    def failed() -> bool:
        return all(re.search(rf"Notify .*receiver={name} ", day.logs()["alertmanager"]) for name in _TRIED)

    _until(failed, "Alertmanager has tried every receiver")
    assert any(line.startswith("AUTH PLAIN") for line in receivers.came)
    assert sum(day.site.canaries.mark in line for line in receivers.came) >= 2  # the URLs of slack and the webhook


def _mistakes(day: Day) -> None:
    """Secrets written into the inventory itself, beside the references that are right."""
    good = day.site.inventory.read_text()
    canary = day.site.canaries.make("a secret in the inventory")
    for auth in (
        {"type": "snmp", "version": "2c", "community": canary},
        {"type": "snmp", "version": "2c", "community": {"env": canary}},
        {"type": "ssh", "username": "a", "password": [canary]},
    ):
        day.site.document["auths"]["wrong"] = auth
        day.site.save()
        day.both("validate", code=1)
        day.ctl("validate", "--output", "github", code=1)
        for command in (("render",), ("diff",), ("apply",), ("status",), ("explain", "loop-2")):
            day.ctl(*command, code=1)
    del day.site.document["auths"]["wrong"]
    day.site.inventory.write_text(good.replace("auths:", f"auths:\n  open: {{community: '{canary}"))
    day.both("validate", code=1)
    day.site.save()


def _broken_files(day: Day) -> None:
    """Files of the release that were spoilt by hand, each read again; then apply puts them right."""
    release = (day.site.directory / "current").resolve()
    files = {name: f"{name}/{name}.yml" for name in ENGINES}
    files |= {name: f"exporters/{name}.json" for name in day.site.exporters()}
    for name, file in files.items():
        path = release / file
        path.write_text(f"{path.read_text()}\nnonsense: 1\n")
        status, text = day.asking.reload(name)
        assert status == 500, (name, text)
    day.both("status", code=1)
    day.both("stack", "status")
    day.both("apply")


def _refused(day: Day) -> None:
    """The exporters' web.yml gets a plain password for a hash: they refuse everybody, and apply is rolled back."""
    web = day.site.folder / "web.yml"
    good = web.read_text()
    canary = day.site.canaries.make("a password in web.yml", "")
    day.site.document["devices"]["loop-4"] = {"address": "127.0.0.4"}
    day.site.save()
    for text in (
        re.sub(r"(?m)^(  prometheus: ).*$", rf"\1{canary}", good),
        f"{good}\n{canary}: {canary}\n",
        f"&{canary}",
    ):
        web.write_text(text)
        day.both("status", code=1)
    day.ctl("apply", code=1)
    web.write_text(good)
    day.both("apply")
    pid = day.site.pids()["facts"]
    os.kill(pid, signal.SIGKILL)  # one that doesn't run
    _until(lambda: not Path(f"/proc/{pid}/cwd").exists(), "the exporter has ended")
    day.both("apply", code=1)
    day.both("stack", "status")
    day.ctl("stack", "up")


def _unreadable(day: Day) -> None:
    """A secret that isn't there, or that others can read."""
    if day.site.given == "env":
        for name in ("THE_URL_OF_SLACK", "THE_PASSWORD_OF_SETTINGS_WEB"):
            text = day.ctl("apply", environ={**day.site.environ, name: ""}, code=1)
            assert f"the environment variable {name} is not set" in text
        return
    path = day.site.folder / day.site.document["alerting"]["receivers"]["chat"]["slack"]["url"]["file"]
    path.chmod(0o644)
    text = day.ctl("apply")
    assert f"secret alertmanager/slack-chat-url: {path}: others can read it (mode 0644)" in text
    path.chmod(0o600)
    aside = path.rename(path.with_suffix(".aside"))
    for make in (lambda: None, path.touch, lambda: (path.unlink(), path.mkdir())):
        make()
        assert f"secret alertmanager/slack-chat-url: {path}: " in day.ctl("apply", code=1)
    path.rmdir()
    aside.rename(path)
    day.both("apply")


def _back_and_forth(day: Day) -> None:
    day.both("rollback")
    day.ctl("rollback", "no-such-release", code=1)
    day.both("apply")
    for name in (*ENGINES, *day.site.exporters(), "no-such-part"):
        day.ctl("stack", "logs", name, code=1 if name == "no-such-part" else 0)


def _look_at_the_rest(day: Day) -> None:
    """What is on the disk, what runs, and how the tools were called; then everything ends."""
    site, sweep = day.site, day.sweep
    for child in site.children():
        sweep.text(f"the command line of {Path(child['argv'][0]).name}", " ".join(child["argv"]))
    sweep.processes()
    for pid in site.pids().values():
        sweep.process(pid)
    sweep.tree(site.directory / "run")
    day.ctl("stack", "down")
    sweep.tree(site.folder / "build")
    sweep.tree(site.directory, private=site.directory / "secrets")
    # The files of the user's that hold secrets; all else beside the inventory must be clean.
    for path in ("secrets", ".engines", "build", ".sotp"):
        shutil.rmtree(site.folder / path, ignore_errors=True)
    for path in ("web.yml", "client.key", "children.jsonl"):
        (site.folder / path).unlink()
    sweep.tree(site.folder)


def _was_looked_at(day: Day, running: Sequence[str]) -> None:
    """The sweep has seen what it says that it has seen: an empty search proves nothing."""
    looked = "\n".join(day.sweep.looked)
    folder, directory = re.escape(str(day.site.folder)), re.escape(str(day.site.directory))
    for place in (
        rf"{folder}/build/alertmanager/alertmanager\.yml", rf"{folder}/build/manifest\.json",
        rf"{directory}/releases/\w+/prometheus/prometheus\.yml", rf"{directory}/data/prometheus/wal/\d+",
        rf"{directory}/run/prometheus\.json", rf"{directory}/\.lock",
        *(rf"{directory}/logs/{name}\.log" for name in running),
        *(rf"the command line of {name}" for name in ("promtool", "amtool", *ENGINES)),
        "the environment of prometheus: PATH", r"the command line of process \d+",
        r"GET prometheus /api/v1/status/config \(200\)", r"GET alertmanager /api/v2/status \(200\)",
        *(rf"GET {name} /metrics \(200\)" for name in running),
        r"GET facts /metrics \(401\)", *(rf"POST {name} /-/reload \(500\)" for name in running),
        "stderr of apply --output json", "stdout of rollback", "stdout of stack logs alertmanager",
        "stdout of stack --help",
    ):  # fmt: skip
        assert re.search(rf"(?m)^{place}$", looked), place


def _until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + _WAIT_S
    while not condition():
        assert time.monotonic() < end, f"not within {_WAIT_S} s: {what}"
        time.sleep(0.1)
