"""One running Prometheus for all tests of a worker, with a device that broke."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sotpctl.render import data
from sotpctl.verify import tools
from tests.integration.grafana.network import Prometheus
from tests.integration.grafana.story import BAD_PORT, CUT_PORT, DOWN, POLLED


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
        running.await_answer(f'interface:oper_up:bool{{device="{POLLED}",ifName="{CUT_PORT}"}} == 1')
        running.await_answer(f'device:snmp_up:bool{{device="{DOWN}"}} == 1')
        running.break_some()
        running.await_answer(f'alert:firing:duration_seconds{{device="{DOWN}",alertname="DeviceDown"}}')
        running.await_answer("device:icmp_rtt_seconds:p99_5m and device:icmp_loss:ratio")
        running.await_answer("sum(increase(prometheus_notifications_dropped_total[1m]))")
        running.await_answer(f'interface:errors:rate{{device="{POLLED}",ifName="{BAD_PORT}"}} > 0')
        running.await_answer(f'interface:discards:rate{{device="{POLLED}",ifName="{BAD_PORT}"}} > 0')
        running.await_answer(f'interface:oper_up:bool{{device="{POLLED}",ifName="{CUT_PORT}"}} == 0')
        running.await_answer(f'alert:firing_since:timestamp_seconds{{device="{POLLED}",ifName="{BAD_PORT}"}}')
        running.await_answer(f'snmp_module_failure{{device="{DOWN}",reason="timeout"}}')
        running.await_answer("device:syslog_events:count_1m", 100)
        yield running
    finally:
        running.stop()
