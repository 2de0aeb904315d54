"""What rules read of each port, counted in a real Prometheus: a count is the same on any machine, a time is not.

Reading a series is most of what a rule costs; `python -m bench.rules` measures the time.
"""

import json
import time
from pathlib import Path

import pytest
import yaml

from bench.prometheus import server
from bench.prometheus.recorded import PORTS
from bench.rules import evaluation, filling, network
from exporters.kit.document import Document
from sotpctl.inventory.durations import seconds
from sotpctl.render.plan import plan
from sotpctl.verify import tools

pytestmark = pytest.mark.engines

DEVICES = 3
READS = 18  # of each port, a minute, all rules; each of a port's series that a rule names is one


def test_scale_of_rules(tmp_path: Path):
    """All rules together read at most READS series of each port a minute."""
    if tools.find("prometheus") is None:
        pytest.skip("no prometheus: make engines")
    with server.running(tmp_path) as prometheus:
        files = plan(network.inventory(DEVICES, tmp_path), "test").files
        filling.fill(prometheus, DEVICES, Document(**json.loads(files["exporters/facts.json"])))
        now = time.time()
        rules = [yaml.safe_load(text) for path, text in files.items() if path.startswith("prometheus/rules/")]
        reads = sum(
            60 / seconds(group.get("interval", "30s")) * evaluation.reads(prometheus, rule["expr"], now, 'ifName!=""')
            for file in rules
            for group in file["groups"]
            for rule in group["rules"]
        )

    assert reads / DEVICES / PORTS < READS
