"""Loki, as far as it reads the release's rules: it has no reload, looks at them every 10 s, and takes all or none.

Where one of them is wrong it goes on with those that it had, and says so in its log alone. Asked for its rules, it
reads the files anew and gives its parser's words, so that a release with such a rule isn't confirmed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp

from sotpctl.apply import subset
from sotpctl.apply.access import PLAIN, Access
from sotpctl.apply.answers import ours, parsed_yaml, shape
from sotpctl.apply.client import RestartNeededError, UnansweredError, call, first_line

if TYPE_CHECKING:
    from pathlib import Path

    from sotpctl.apply.engines import Running

_TENANT = "fake"  # what Loki calls it where it knows no tenants
# Loki says on which way it came there, twice the file's path, and then what is wrong.
_REFUSED = re.compile(rf"error parsing .*/rules/{_TENANT}/([^/]+\.yml): (.+)")
_COMPARED = ("expr", "for", "labels", "annotations")


class RefusedError(UnansweredError):
    """A rule that its parser doesn't take; the text names the file and gives the parser's words."""


@dataclass(frozen=True, slots=True)
class Loki:
    """Loki: where its ruler reads, and what it reads there."""

    address: str
    name: str = "loki"
    access: Access = PLAIN

    async def told(self, http: aiohttp.ClientSession) -> None:
        """Ask for its rules in the place of a reload, so that a rule that it refuses is known at once.

        Raises:
            NotRunningError: Nothing listens there.
            RefusedError: One of the rules is wrong; with Loki's words.
        """
        try:
            with shape(self.name):
                await self._rules(http)
        except RefusedError:
            raise
        except UnansweredError:
            pass  # whatever that is, `difference` says it when there was time to get over it

    async def difference(self, http: aiohttp.ClientSession, expected: Running) -> str:
        """Compare its ruler's settings and its rules with the release's.

        Raises:
            RestartNeededError: It runs with other settings, which it reads at its start only.
        """
        folder = expected.release / "loki"
        with shape(self.name):
            running = parsed_yaml(await call(http, "GET", self.address, "/config"))
            _ = running["ruler"]  # any Loki has one
            if stale := next(subset.missing(_settings(ours(folder / "loki.yml")), running), ""):
                raise RestartNeededError(f"must be restarted, as it reads loki.yml at its start only: {stale}")
            return _compared(_rules(folder / "rules" / _TENANT), await self._rules(http))

    async def _rules(self, http: aiohttp.ClientSession) -> dict[str, Any]:
        try:
            found = parsed_yaml(await call(http, "GET", self.address, "/loki/api/v1/rules"))
        except UnansweredError as error:
            if "no rule groups found" in error.body:
                return {}
            if refused := _REFUSED.search(error.body):
                raise RefusedError(f"it refuses {refused[1]}: {first_line(refused[2])}") from None
            raise
        return {file: groups for file, groups in found.items() if groups}


def _settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of loki.yml an operator would miss."""
    retention = {"retention_period": config["limits_config"]["retention_period"]}
    return {"ruler": config["ruler"], "ruler_storage": config["ruler_storage"], "limits_config": retention}


def _rules(folder: Path) -> dict[str, Any]:
    files = {path.name: ours(path).get("groups") for path in sorted(folder.glob("*.yml"))}
    return {name: groups for name, groups in files.items() if groups}


def _compared(expected: Mapping[str, Any], running: Mapping[str, Any]) -> str:
    for file, groups in expected.items():
        has = {group["name"]: group["rules"] for group in running.get(file, ())}
        for group in groups:
            rules = has.pop(group["name"], None)
            if rules is None or len(rules) != len(group["rules"]):
                return f"rule group {group['name']} of {file} is not what it reads"
            for wanted, found in zip(group["rules"], rules, strict=True):
                name = wanted.get("alert") or wanted["record"]
                part = {key: wanted[key] for key in _COMPARED if key in wanted}
                if next(subset.missing(part, found), ""):
                    return f"{name} of {file} is not what it reads"
        if has:
            return f"it still has the rule group {min(has)} of {file}"
    return "".join(f"it still has rules of {file}" for file in sorted(running.keys() - expected.keys())[:1])
