"""prometheus.yml as data."""

import json
from collections.abc import Callable
from typing import Any

import yaml

from exporters.kit.ports import EXPORTERS
from sotpctl.inventory import Inventory
from sotpctl.inventory.durations import seconds
from sotpctl.render import plan

Loaded = Callable[[dict[str, Any]], Inventory]


def _config(files: Any) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(files["prometheus/prometheus.yml"])
    return content


def test_render_prometheus_jobs_follow_the_table_of_exporters(document: dict[str, Any], loaded: Loaded) -> None:
    """Interval, path and honor_labels are the table's, and no scrape may take longer than its interval."""
    jobs = {job["job_name"]: job for job in _config(plan(loaded(document), "").files)["scrape_configs"]}

    for row in (job for name in ("icmp", "facts") for job in EXPORTERS[name].jobs):
        job = jobs[row.name]
        assert (job["metrics_path"], seconds(job["scrape_interval"])) == (row.path, row.interval_s)
        assert job.get("honor_labels", False) == row.honor_labels
    assert all(seconds(job["scrape_timeout"]) <= seconds(job["scrape_interval"]) for job in jobs.values())


def test_render_prometheus_notices_a_swapped_release(document: dict[str, Any], loaded: Loaded) -> None:
    """Target files are read again every 15 s; their paths, like the rules', are relative to the configuration."""
    files = plan(loaded(document), "").files
    for job in _config(files)["scrape_configs"]:
        (sd,) = job["file_sd_configs"]
        assert sd == {"files": [f"targets/{job['job_name']}.json"], "refresh_interval": "15s"}
        assert f"prometheus/{sd['files'][0]}" in files


def test_render_prometheus_scrapes_each_exporters_health_once(document: dict[str, Any], loaded: Loaded) -> None:
    """Every exporter's /metrics is one target, which carries the exporter's name: series are there once."""
    document["settings"]["endpoints"] = {"icmp": "192.0.2.250:1", "facts": "[2001:db8::1]:2"}
    files = plan(loaded(document), "").files
    health = [
        (group["labels"].get("exporter"), group["targets"])
        for job in _config(files)["scrape_configs"]
        if job["metrics_path"] == "/metrics"
        for group in json.loads(files[f"prometheus/targets/{job['job_name']}.json"])
    ]

    assert sorted((name, targets) for name, targets in health if name) == [
        ("facts", ["[2001:db8::1]:2"]),
        ("icmp", ["192.0.2.250:1"]),
        ("snmp", ["127.0.0.1:10022"]),
        ("syslog", ["127.0.0.1:10024"]),
        ("traps", ["127.0.0.1:10027"]),
    ]


def test_render_prometheus_drops_the_replica_from_alerts(document: dict[str, Any], loaded: Loaded) -> None:
    """Two servers that watch the same send one alert."""
    alerting = _config(plan(loaded(document), "").files)["alerting"]

    assert alerting["alert_relabel_configs"] == [{"action": "labeldrop", "regex": "replica"}]
