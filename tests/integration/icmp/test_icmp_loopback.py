"""The exporter on loopback, which answers for all of 127.0.0.0/8, and as a process."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from exporters.icmp.socket import open_socket
from exporters.kit.service import StartError
from tests.integration.icmp.icmp_exporter import parse, running

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _icmp() -> None:
    """Skips where this process may open no ICMP socket."""
    try:
        open_socket(2, bytes(8)).close()
    except StartError as error:
        pytest.skip(str(error))


async def test_a_whole_page_of_each():
    """Both pages parse, hold each device once, and carry the inventory's labels."""
    labels = {"site": "waw", "role": "core", "rack": 'a"1\\'}
    targets: dict[str, dict[str, Any]] = {
        "a": {"address": "127.1.0.1", "labels": labels},
        "six": {"address": "::1", "parents": ["a"]},
        "name": {"address": "localhost", "family": 4, "parents": ["a", "six"]},
    }
    async with running(targets) as exporter:
        await exporter.until(
            lambda page: sum(page.get(("icmp_up", key), 0) for key in ('a waw core a"1\\', "six", "name")) == 3,
            "/reachability",
        )
        page = await exporter.samples("/reachability")
        parents = [key for metric, key in page if metric == "icmp_parent_info"]
        assert parents == ["six a", "name a", "name six"]
        page = await exporter.samples("/devices")
        assert page["icmp_rtt_seconds_count", "six"] == page["icmp_replies_total", "six"]
        assert 0 < page["icmp_rtt_last_seconds", 'a waw core a"1\\'] < 0.05
        assert len([key for metric, key in page if metric == "icmp_rtt_seconds_bucket" and key.startswith("six")]) == 13


async def test_a_reload_keeps_counters_and_removed_devices_vanish():
    """Counters go on where they were; a new device is new."""
    async with running({"a": {"address": "127.1.0.1"}, "b": {"address": "127.1.0.2"}}) as exporter:
        before = await exporter.until(lambda page: page["icmp_replies_total", "a"] >= 2)
        exporter.load({"a": {"address": "127.1.0.9", "interval": 0.2}, "c": {"address": "::1"}})
        page = await exporter.samples("/devices")
        assert page["icmp_replies_total", "a"] >= before["icmp_replies_total", "a"]
        assert ("icmp_replies_total", "b") not in page
        page = await exporter.until(lambda page: page["icmp_replies_total", "c"] >= 1)
        assert page["icmp_requests_total", "a"] - page["icmp_replies_total", "a"] <= 1


async def test_the_sequence_wraps_on_real_sockets():
    """From 65,530 over 65,535 to 0 and on, without a loss."""
    async with running({"a": {"address": "127.1.0.1", "interval": 0.1}}, first_sequence=65530) as exporter:
        page = await exporter.until(lambda page: page["icmp_replies_total", "a"] >= 12)
        assert page["icmp_requests_total", "a"] - page["icmp_replies_total", "a"] <= 1
        assert exporter.service.engine.pinger.unmatched == 0


async def test_a_fleet_is_read_by_the_tick():
    """Hundreds of requests a second: all answered, none lost, none unmatched."""
    targets = {f"d{number}": {"address": f"127.1.1.{number % 250}", "interval": 0.5} for number in range(400)}
    async with running(targets) as exporter:
        await exporter.until(lambda page: sum(page.values()) == 400, "/reachability")
        await asyncio.sleep(1)
        page = await exporter.samples("/devices")
        lost = [page["icmp_requests_total", name] - page["icmp_replies_total", name] for name in targets]
        assert max(lost) <= 1
        assert exporter.service.engine.pinger.unmatched == 0


async def test_names_follow_the_resolver_and_survive_it():
    """A name that never resolves goes down; one that did keeps its address while the resolver hangs."""
    hang = threading.Event()

    def lookup(name: str, family: int) -> list[str]:
        if name == "never.example.net":
            raise OSError("no such name")
        if name == "hangs.example.net" or calls.count(name):
            hang.wait(20)
        calls.append(name)
        return ["::1", "127.1.0.7"] if family != 2 else ["127.1.0.7"]

    calls: list[str] = []
    targets: dict[str, dict[str, Any]] = {
        "never": {"address": "never.example.net", "interval": 0.5},
        "hangs": {"address": "hangs.example.net", "interval": 0.5},
        "four": {"address": "four.example.net", "family": 4},
        "any": {"address": "any.example.net"},
    }
    started = time.monotonic()
    async with running(targets, lookup=lookup) as exporter:
        up = await exporter.until(
            lambda page: len([1 for metric, _ in page if metric == "icmp_up"]) == 4, "/reachability"
        )
        assert [up["icmp_up", name] for name in targets] == [0, 0, 1, 1]
        hosts = {
            name: target.destination.host
            for name, target in exporter.service.engine.pinger.targets.items()
            if target.destination
        }
        assert hosts == {"four": "127.1.0.7", "any": "::1"}
        exporter.service.resolver.hurry(exporter.service.engine.pinger.targets["four"])
        _, text = await exporter.get("/probe?target=hangs", X_Prometheus_Scrape_Timeout_Seconds="1")
        assert "probe_success 0\n" in text
        before = await exporter.samples("/devices")
        await exporter.until(lambda page: page["icmp_replies_total", "four"] > before["icmp_replies_total", "four"])
        assert exporter.service.resolver.failures >= 1
    assert time.monotonic() - started < 15  # stopping waits for no lookup
    hang.set()


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("", "target: is missing; give a device's name or address: /probe?target=NAME&module=icmp\n"),
        ("?target=", "target: is missing; give a device's name or address: /probe?target=NAME&module=icmp\n"),
        ("?target=a&target=a", "target: is given more than once\n"),
        ("?target=a&module=http_2xx", 'module: "http_2xx" is not a module of this exporter; there is only "icmp"\n'),
        ("?target=a&debug=true", "debug: is no parameter of this exporter; there are target and module\n"),
    ],
)
async def test_a_bad_request_is_told_why(query, text):
    """400 with the reason."""
    async with running({"a": {"address": "127.1.0.1", "interval": 3600.0}}) as exporter:
        assert await exporter.get(f"/probe{query}") == (400, text)


async def test_a_bad_timeout_is_told_why():
    """The header is the client's too."""
    async with running({"a": {"address": "127.1.0.1", "interval": 3600.0}}) as exporter:
        status, text = await exporter.get("/probe?target=a", X_Prometheus_Scrape_Timeout_Seconds="soon")
        assert (status, text) == (400, 'X-Prometheus-Scrape-Timeout-Seconds: "soon" is no number of seconds above 0\n')


def write(path: Path, revision: str, **targets: str) -> None:
    """Writes the exporter's file."""
    rows = {name: {"address": address, "interval": 0.5, "timeout": 0.5} for name, address in targets.items()}
    path.write_text(json.dumps({"revision": revision, "settings": {}, "targets": rows}))


def command(config: Path) -> list[str]:
    """The exporter's command line, on a port of the kernel's choice."""
    return [sys.executable, "-m", "exporters.main", "icmp", "--config", str(config), "--web.listen-address=127.0.0.1:0"]


def test_without_privileges_it_says_the_fix(tmp_path: Path):
    """One line that names the sysctl and the capability, exit code 1, no traceback."""
    if os.geteuid() != 0:
        pytest.skip("needs root to give up capabilities")
    write(tmp_path / "icmp.json", "r1", a="127.1.0.1")
    bare = ["unshare", "--net", "setpriv", "--bounding-set=-all", "--inh-caps=-all", *command(tmp_path / "icmp.json")]
    done = subprocess.run(bare, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1
    assert "net.ipv4.ping_group_range" in done.stderr
    assert "CAP_NET_RAW" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_process_from_start_to_stop(tmp_path: Path):
    """Start, scrape, reload by signal with counters kept, self-metrics, stop by signal with exit code 0."""
    config = tmp_path / "icmp.json"
    write(config, "r1", a="127.1.0.1", b="127.1.0.2")
    process = subprocess.Popen(command(config), cwd=ROOT, stderr=subprocess.PIPE, text=True)
    assert process.stderr
    try:
        address = next(line.rpartition("address=")[2].split()[0] for line in process.stderr if "listening" in line)

        def get(path: str) -> str:
            with urllib.request.urlopen(f"http://{address}{path}", timeout=5) as answer:
                return str(answer.read().decode())

        def wait(path: str, text: str) -> None:
            end = time.monotonic() + 8
            while text not in get(path):
                assert time.monotonic() < end
                time.sleep(0.05)

        wait("/reachability", 'icmp_up{device="b"} 1\n')
        assert get("/-/ready") == "ready\n"
        before = parse(get("/devices"))["icmp_requests_total", "a"]
        write(config, "r2", a="127.1.0.1", c="::1")
        process.send_signal(signal.SIGHUP)
        wait("/reachability", 'icmp_up{device="c"} 1\n')
        page = parse(get("/devices"))
        assert page["icmp_requests_total", "a"] >= before
        assert ("icmp_requests_total", "b") not in page
        own = get("/metrics")
        assert 'sotp_exporter_config_info{exporter="icmp",revision="r2"} 1.0\n' in own
        assert "sotp_icmp_targets 2.0\n" in own
        assert 'sotp_icmp_packets_sent_total{family="ipv6"}' in own
    finally:
        process.terminate()
        process.stderr.read()
        assert process.wait(10) == 0
