"""The plan: every file that an inventory becomes, as bytes, before anything is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TypeVar

from sotpctl.inventory import Inventory, Problem
from sotpctl.inventory.rule_source import RuleSource
from sotpctl.render import (
    alertmanager,
    data,
    exporters,
    grafana,
    loki,
    own_rules,
    prometheus,
    rules,
    snmp,
    syslog,
    systemd,
    traps,
    web,
)
from sotpctl.render.emit import digest, short_digest, to_json

MANIFEST = "manifest.json"
_RULES = "prometheus/rules"

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Plan:
    """What `render` would write.

    Attributes:
        release: 12 hex digits: a fingerprint of all names and contents.
        files: Contents by path relative to the output folder, the manifest among them.
        warnings: What the user should know.
        own_rules: Where rules of the user's own come from, by the path that they are rendered to.
    """

    release: str
    files: Mapping[str, bytes]
    warnings: tuple[Problem, ...] = ()
    own_rules: Mapping[str, RuleSource] = field(default_factory=dict)


def plan(inventory: Inventory, commit: str) -> Plan:
    """Turn an inventory into files: the same inventory and commit always give the same bytes.

    Args:
        inventory: The resolved inventory.
        commit: Its commit, see `sotpctl.render.commit.of`.
    """
    polled = snmp.build(inventory)
    others = {"snmp": polled, "syslog": syslog.build(inventory), "traps": traps.build(inventory)}
    documents = {name: (found.revision, found.content) for name, found in others.items() if found}
    documents["icmp"] = exporters.icmp(inventory)
    names = sorted({*documents, "facts"})
    jobs = prometheus.scrape_jobs(inventory.settings.endpoints, names, polled.jobs if polled else ())
    expected = {job.name: len(job.targets) for job in jobs}
    documents["facts"] = exporters.facts(inventory, commit, expected)
    alerting = alertmanager.build(inventory)
    access = web.build(inventory)
    places = [found.places for found in (alerting, access, *others.values()) if found]
    files = {
        **_under("prometheus", prometheus.build(inventory, jobs, access.scrape)),
        **_under(_RULES, rules.build(inventory, data.files("rules", ".yml"))),
        **_under(_RULES, own_rules.build(inventory)),
        "alertmanager/alertmanager.yml": alerting.content,
        **_under(
            "alertmanager/templates",
            {name: text.encode() for name, text in data.files("alertmanager", ".tmpl").items()},
        ),
        **_under("grafana", grafana.build(inventory, data.files("dashboards", ".json"))),
        "loki/loki.yml": loki.build(inventory, data.files("loki", ".yml")["loki.yml"]),
        **_under("loki/rules", loki.rules(inventory)),
        **_under("systemd", systemd.build(inventory.settings, names)),
        **{f"exporters/{name}.json": content for name, (_, content) in sorted(documents.items())},
        **_under("exporters", polled.files if polled else {}),
    }
    hashes = {path: digest(files[path]) for path in sorted(files)}
    release = short_digest(to_json(hashes))
    manifest: dict[str, object] = {
        "release": release,
        "files": hashes,
        "secrets": {name: reference for one in places for name, reference in one.to_resolve.items()},
        "secret_files": {name: path for one in places for name, path in one.in_place.items()},
        "endpoints": dict(inventory.settings.endpoints),
        "targets": expected,
        "exporters": {name: revision for name, (revision, _) in sorted(documents.items())},
    }
    if access.access:
        manifest["web"] = access.access
    if loki.evaluated(inventory):
        manifest["loki_rules"] = True
    files[MANIFEST] = to_json(manifest)
    own = _under(_RULES, own_rules.sources(inventory))
    return Plan(release, dict(sorted(files.items())), alerting.warnings, own)


def _under(folder: str, files: Mapping[str, _Value]) -> dict[str, _Value]:
    return {str(PurePosixPath(folder, name)): content for name, content in files.items()}
