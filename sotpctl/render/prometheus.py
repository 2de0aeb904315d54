"""prometheus.yml and its target files."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exporters.kit.ports import EXPORTERS
from sotpctl.inventory import Inventory
from sotpctl.inventory.durations import text as duration
from sotpctl.render.emit import to_json, to_yaml

_HEALTH = "/metrics"
_INTERVAL_S = 30.0
_TIMEOUT_S = 10.0
# Unless set, file_sd looks every 5 min, and it doesn't notice that the link to the release was swapped.
_REFRESH_S = 15.0


@dataclass(frozen=True, slots=True)
class Target:
    """One address that a job scrapes, with the labels that go onto its samples."""

    address: str
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ScrapeJob:
    """One scrape job with its targets; times in seconds.

    Attributes:
        exporters: Whether its targets are exporters of SOTP's own, or devices that one of them is asked about.
        probe: host:port of the exporter that is asked about the targets, which are devices then; "" for none.
        timeout: What a scrape may take, its interval at most.
    """

    name: str
    path: str
    interval: float
    targets: tuple[Target, ...]
    honor_labels: bool = False
    exporters: bool = True
    probe: str = ""
    timeout: float = _TIMEOUT_S


def scrape_jobs(
    endpoints: Mapping[str, str], exporters: Sequence[str], polls: Sequence[ScrapeJob] = ()
) -> tuple[ScrapeJob, ...]:
    """Return every job, in the order of their names: those of the rendered exporters, of polls, and the suite's own.

    Each exporter's health, /metrics, is scraped once and carries the label `exporter`: by the exporter's own job where
    that reads /metrics anyway, else by the job `sotp`. Scraped twice, its series would be there twice, and joins fail.
    """
    health = {name: Target(endpoints[name], (("exporter", name),)) for name in sorted(exporters)}
    jobs = list(polls)
    for name in exporters:
        for job in EXPORTERS[name].jobs:
            target = health.pop(name) if job.path == _HEALTH else Target(endpoints[name])
            jobs.append(ScrapeJob(job.name, job.path, job.interval_s, (target,), job.honor_labels))
    # honor_labels: the exporters' own metrics say `exporter` too.
    jobs.append(ScrapeJob("sotp", _HEALTH, _INTERVAL_S, tuple(health.values()), honor_labels=True))
    jobs += [
        ScrapeJob(name, _HEALTH, _INTERVAL_S, (Target(endpoints[name]),), exporters=False)
        for name in ("alertmanager", "prometheus")
    ]
    return tuple(sorted(jobs, key=lambda job: job.name))


def build(inventory: Inventory, jobs: tuple[ScrapeJob, ...], access: Mapping[str, Any]) -> dict[str, bytes]:
    """Return prometheus.yml and targets/<job>.json, by path; `access` is how exporters are reached."""
    files = {"prometheus.yml": to_yaml(_configuration(inventory.settings.endpoints["alertmanager"], jobs, access))}
    for job in jobs:
        files[f"targets/{job.name}.json"] = to_json(
            [{"targets": [target.address], "labels": dict(target.labels)} for target in job.targets]
        )
    return files


def _configuration(alertmanager: str, jobs: tuple[ScrapeJob, ...], access: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "global": {"scrape_interval": duration(_INTERVAL_S), "evaluation_interval": duration(_INTERVAL_S)},
        "rule_files": ["rules/*.yml"],
        "alerting": {
            # Of two Prometheus servers that watch the same, Alertmanager must see one alert.
            "alert_relabel_configs": [{"action": "labeldrop", "regex": "replica"}],
            "alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}],
        },
        "scrape_configs": [_scrape_config(job, access if job.exporters else {}) for job in jobs],
    }


def _scrape_config(job: ScrapeJob, access: Mapping[str, Any]) -> dict[str, Any]:
    config: dict[str, Any] = {
        "job_name": job.name,
        "scrape_interval": duration(job.interval),
        "scrape_timeout": duration(min(job.interval, job.timeout)),
        "metrics_path": job.path,
        **copy.deepcopy(dict(access)),  # a YAML of its own for each job, no anchors
    }
    if job.honor_labels:
        config["honor_labels"] = True
    config["file_sd_configs"] = [{"files": [f"targets/{job.name}.json"], "refresh_interval": duration(_REFRESH_S)}]
    if job.probe:
        # Samples may bring the time of their poll; without this, what is gone would stay for 5 minutes then.
        config["track_timestamps_staleness"] = True
        config["relabel_configs"] = [
            {"source_labels": ["__address__"], "target_label": "__param_target"},
            {"source_labels": ["__param_target"], "target_label": "instance"},
            {"target_label": "__address__", "replacement": job.probe},
        ]
    return config
