"""One running Prometheus for all tests of a worker, with a device that broke."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sotpctl.render import data
from sotpctl.verify import tools
from tests.integration.grafana.network import DOWN, Prometheus


@pytest.fixture(scope="session")
def dashboards() -> dict[str, dict[str, Any]]:
    """Every dashboards/*.json, parsed, by name."""
    return {name.removesuffix(".json"): json.loads(text) for name, text in data.files("dashboards", ".json").items()}


@pytest.fixture(scope="session")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A Prometheus that saw every device up and then two of them fall, until the alert about the first fired."""
    program = tools.find("prometheus")
    if program is None:
        pytest.skip("no prometheus: make engines")
    running = Prometheus(program, tmp_path_factory.mktemp("prometheus"))
    try:
        running.await_answer(f'device:state_since:timestamp_seconds{{device="{DOWN}",state="up"}}')
        running.network.broken = True
        running.await_answer(f'alert:firing:duration_seconds{{device="{DOWN}",alertname="DeviceDown"}}')
        running.await_answer("device:icmp_rtt_seconds:p99_5m and device:icmp_loss:ratio")
        running.await_answer("sum(increase(prometheus_notifications_dropped_total[1m]))")
        yield running
    finally:
        running.stop()
