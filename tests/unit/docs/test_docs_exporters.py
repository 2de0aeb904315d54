"""docs/exporters.md is true: a real run of each exporter serves exactly the metrics, types and labels of its tables."""

import os
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatch
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from exporters.kit.ports import EXPORTERS
from sotpctl.inventory import load
from sotpctl.render import plan
from tests.unit.docs.commands import ROOT

TEXT = (ROOT / "docs" / "exporters.md").read_text(encoding="utf-8")
DEVICES = {"device", "site", "role", "platform", "vendor", "team", "rack"}  # "the device's", of the inventory below
NO_SAMPLE = {"icmp_unreachable_total", "sotp_icmp_send_errors_total"}  # born with the first error
INVENTORY = """\
sites: {main: {timezone: UTC}}
roles: {core: {}}
defaults: {icmp: {interval: 1s, timeout: 500ms}, thresholds: {icmp_loss: {warning: 5%}}}
devices:
  a: {address: 127.0.0.1, site: main, role: core, platform: linux, team: noc, labels: {rack: a1}}
  b: {address: 127.0.0.2, site: main, role: core, platform: linux, team: noc, labels: {rack: a1}, parents: [a]}
links: ["a:eth0 - b:eth0"]
alerting:
  receivers: {noc: {webhook: {url: "http://127.0.0.1:9/"}}}
  routes: [{receiver: noc}]
  maintenance: [{name: now, match: {site: main}, start: STARTED, end: 2099-01-01T00:00}]
"""
Table = dict[str, tuple[set[str], set[str]]]  # name → types, labels


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exporters' files, rendered from an inventory of this host alone."""
    folder: Path = tmp_path_factory.mktemp("exporters")
    started = (datetime.now(UTC) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    (folder / "inventory.yaml").write_text(INVENTORY.replace("STARTED", started), encoding="utf-8")
    inventory = load(folder / "inventory.yaml").inventory
    assert inventory is not None
    for name, content in plan(inventory, "c1").files.items():
        if name.startswith("exporters/"):
            (folder / Path(name).name).write_bytes(content)
    return folder


@pytest.fixture(scope="module")
def icmp(folder: Path) -> Iterator[str]:
    """A running ICMP exporter that has had answers."""
    yield from _running("icmp", folder)


@pytest.fixture(scope="module")
def facts(folder: Path) -> Iterator[str]:
    """A running facts exporter."""
    yield from _running("facts", folder)


@pytest.mark.parametrize("page", ["/reachability", "/devices", "/probe?target=NAME&module=icmp"])
def test_the_icmp_pages_are_as_documented(icmp: str, page: str) -> None:
    """Every family with its type and labels, and none that the tables don't name."""
    _compare(_table(f"`{page}`"), icmp, page.replace("NAME", "a"))


def test_icmp_metrics_are_as_documented(icmp: str) -> None:
    """Its own health, and what all exporters have."""
    _compare(_table("On each `/metrics`") | _table("icmp's `/metrics`"), icmp, "/metrics")


def test_facts_metrics_are_as_documented(facts: str) -> None:
    """All facts, and what all exporters have."""
    _compare(_table("On each `/metrics`") | _table("facts' `/metrics`"), facts, "/metrics")


def test_each_path_is_served(icmp: str) -> None:
    """The paths of the table answer as it says: a reload with the revision, a target of nobody with 403."""
    section = TEXT.split("## What all of them have")[1].split("| flag")[0]
    paths = re.findall(r"^\| `(POST )?(/\S*)`", section, re.MULTILINE)
    assert len(paths) == 5
    for method, path in paths:
        assert _get(icmp, path, b"" if method else None)
    assert _get(icmp, "/-/reload", b"").strip() in _get(icmp, "/metrics")
    for target, status in (("192.0.2.99", 403), ("", 400)):
        with pytest.raises(urllib.error.HTTPError) as refused:
            _get(icmp, f"/probe?target={target}")
        assert refused.value.code == status
        refused.value.close()


def test_the_flags_are_the_ones_there_are() -> None:
    """The table names every flag of --help with all of its choices, and no other."""
    command = [sys.executable, "-m", "exporters.main", "icmp", "--help"]
    help_text = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    section = TEXT.split("| flag")[1].split("```")[0]
    for choices in re.findall(r"\{([a-z,]+)\}", help_text):
        assert {*choices.split(",")} <= set(re.findall(r"`([a-z]+)`", section)), choices
    assert set(re.findall(r"`(--[a-z.-]+)", section)) == set(re.findall(r"(?<![\w.])--[a-z][a-z.-]+[a-z]", help_text))


def test_ports_and_jobs_are_those_of_the_table() -> None:
    """Addresses, jobs, paths and intervals."""
    for name in ("icmp", "facts"):
        assert f"| `{name}` | 127.0.0.1:{EXPORTERS[name].port} |" in TEXT
        for job in EXPORTERS[name].jobs:
            assert f"| `{job.name}` | `{job.path}` | {job.interval_s:g} s |" in TEXT


def _running(name: str, folder: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "exporters.main", name, "--config", str(folder / f"{name}.json")]
    process = subprocess.Popen(
        [*command, "--web.listen-address", "127.0.0.1:0"], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    watchdog = threading.Timer(60, process.kill)
    watchdog.start()
    try:
        assert process.stderr is not None
        log = ""
        for line in process.stderr:
            log += line
            if found := re.search(r'msg="?listening"? address=(\S+)', line):
                break
        else:
            if "ping_group_range" in log:
                pytest.skip("needs a ping socket or CAP_NET_RAW")
            pytest.fail(f"{name} doesn't start: {log}")
        if name == "icmp":
            _wait_for(found[1], "/devices", r'icmp_jitter_seconds\{device="b"')
        yield found[1]
    finally:
        watchdog.cancel()
        process.terminate()
        process.communicate()


def _wait_for(address: str, path: str, pattern: str) -> None:
    end = time.monotonic() + 20
    while not re.search(pattern, _get(address, path)):
        assert time.monotonic() < end, f"no {pattern} on {path}"
        time.sleep(0.05)


def _get(address: str, path: str, body: bytes | None = None) -> str:
    with urllib.request.urlopen(urllib.request.Request(f"http://{address}{path}", data=body), timeout=10) as answer:
        return str(answer.read().decode())


def _table(heading: str) -> Table:
    """Read the table of metrics under a heading."""
    section = re.split(r"^##", TEXT.split(f"### {heading}\n")[1], maxsplit=1, flags=re.MULTILINE)[0]
    found: Table = {}
    for line in section.splitlines():
        name, *cells = [cell.strip() for cell in line.split("|")[1:-1]] or [""]
        if name.startswith("`"):
            kinds, labels, _unit, _meaning = cells
            own = DEVICES if "the device's" in labels else set()
            found[name.strip("`")] = ({*kinds.split(", ")}, own | set(re.findall(r"`(\w+)`", labels)))
    assert found, heading
    return found


def _compare(table: Table, address: str, path: str) -> None:
    """Hold what is served against the table, both ways."""
    served: Table = {}
    for family in text_string_to_metric_families(_get(address, path)):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        served[name] = ({family.type}, {label for sample in family.samples for label in sample.labels})
    for name, (kinds, labels) in served.items():
        (row,) = [key for key in table if fnmatch(name, key)] or [""]
        assert row, f"{name} is served on {path}, and no table names it"
        assert kinds <= table[row][0], name
        if "*" in row or name in NO_SAMPLE:
            assert labels <= table[row][1], name
        else:
            assert labels == table[row][1], name
    missing = [key for key in table if not any(fnmatch(name, key) for name in served)]
    assert missing == [], f"named in a table, and not served on {path}"
