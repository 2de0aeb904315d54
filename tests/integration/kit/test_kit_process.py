"""An exporter as a process: its start, its signals, its end, its log."""

import json
import os
import re
import signal
import socket
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Fetch = Callable[..., tuple[int, str]]
Start = Callable[..., Any]

SLOW = """
    import sys
    from pathlib import Path
    from aiohttp import web
    from exporters.facts.app import FactsService
    from exporters.kit.run import run
    import asyncio
    from prometheus_client import Counter

    class Slow(FactsService):
        def routes(self):
            async def slow(request):
                print("in flight", file=sys.stderr, flush=True)
                # the test opens the other end of the pipe when it lets go
                text = await asyncio.to_thread(Path(sys.argv[1]).read_text)
                print("answered", file=sys.stderr, flush=True)
                return web.Response(text=text)
            return [web.get("/slow", slow)]

        async def stop(self):
            print("service stopped", file=sys.stderr, flush=True)

    def make(registry):
        Counter("slow_requests", "A self-metric of the service.", registry=registry)
        return Slow()

    sys.exit(run(make, sys.argv[2:]))
"""

HAND_OVER = """
    import os, sys
    os.dup2(int(sys.argv[1]), 3)
    os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}
    os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""


def test_it_serves_facts_beside_its_own_health(facts: Start, fetch: Fetch) -> None:
    """One scrape gives the facts and the self-metrics of the process."""
    status, text = fetch(facts().address(), "/metrics")
    assert status == 200
    for line in (
        'sotp_device_dependents{device="waw-core-1"} 3',
        'sotp_exporter_config_info{exporter="facts",revision="r1"} 1.0',
        "sotp_exporter_config_last_reload_successful 1.0",
    ):
        assert f"\n{line}\n" in text
    for name in ("sotp_exporter_build_info{", "process_resident_memory_bytes ", "python_gc_collections_total{"):
        assert f"\n{name}" in text


def test_hangup_reads_the_file_again(facts: Start, fetch: Fetch, rewrite: Callable[..., Path]) -> None:
    """SIGHUP takes a good file; a bad one is a log line and a metric, and the old state is served."""
    exporter = facts()
    address = exporter.address()
    rewrite(revision="r2", targets={"waw-core-1": {"dependents": 4}})
    exporter.signal(signal.SIGHUP)
    assert "revision=r2" in exporter.line('msg="configuration loaded"')
    rewrite(targets=[])
    exporter.signal(signal.SIGHUP)
    assert "targets: must be an object, not a list" in exporter.line("level=error")
    _, text = fetch(address, "/metrics")
    assert 'sotp_device_dependents{device="waw-core-1"} 4\n' in text
    assert "sotp_exporter_config_last_reload_successful 0.0\n" in text
    assert fetch(address, "/-/ready") == (200, "ready\n")


def test_posts_at_once_are_all_answered(facts: Start, fetch: Fetch) -> None:
    """Eight reloads from eight clients each get the revision."""
    address = facts().address()
    answers: list[tuple[int, str]] = []
    clients = [threading.Thread(target=lambda: answers.append(fetch(address, "/-/reload", "POST"))) for _ in range(8)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert answers == [(200, "r1\n")] * 8


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_request_in_flight_is_answered_before_the_end(
    process: Start, config: Path, tmp_path: Path, fetch: Fetch, number: signal.Signals
) -> None:
    """A stop closes the port, lets the request finish, then stops the service and exits with 0."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    argv = [str(pipe), "--config", str(config), "--web.listen-address=127.0.0.1:0"]
    exporter = process([sys.executable, "-c", textwrap.dedent(SLOW), *argv])
    address = exporter.address()
    metrics = fetch(address, "/metrics")[1]
    assert "\nslow_requests_total 0.0\n" in metrics  # the service's own self-metric, without its time of birth
    assert "_created" not in metrics
    answers: list[tuple[int, str]] = []
    client = threading.Thread(target=lambda: answers.append(fetch(address, "/slow")))
    client.start()
    exporter.line("in flight")
    exporter.signal(number)
    exporter.line('msg="stopping"')
    with pipe.open("w") as other_end:
        other_end.write("all of it")
    client.join()
    assert answers == [(200, "all of it")]
    assert exporter.end() == 0
    assert exporter.log[-3:-1] == ["answered\n", "service stopped\n"]
    assert 'msg="stopped"' in exporter.log[-1]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])))


def test_an_idle_connection_does_not_hold_up_the_end(facts: Start) -> None:
    """Prometheus keeps its connections open; a stop doesn't wait for them."""
    exporter = facts()
    host, _, port = exporter.address().rpartition(":")
    with socket.create_connection((host, int(port))) as idle:
        idle.sendall(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n")
        assert idle.recv(4096).startswith(b"HTTP/1.1 200")
        exporter.signal(signal.SIGTERM)
        exporter.line('msg="stopping"')
        idle.settimeout(2)
        assert idle.recv(4096) == b""
    assert exporter.end() == 0


def test_a_check_says_ok_or_the_error(facts: Start, rewrite: Callable[..., Path]) -> None:
    """--config.check: ok on stdout and 0, or one line on stderr and 1."""
    good = facts("--config.check")
    assert (good.end(), good.popen.stdout.read(), good.log) == (0, "ok\n", [])
    path = rewrite(settings={})
    bad = facts("--config.check")
    assert (bad.end(), bad.popen.stdout.read()) == (1, "")
    assert bad.log == [f'{path}: settings: "commit" is missing; write it again with `sotpctl render`\n']


def test_a_mistake_of_the_user_is_one_line(facts: Start, config: Path) -> None:
    """An address in use, a file that isn't there: exit code 1, one line with the fix, no traceback."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        in_use = facts(f"--web.listen-address=127.0.0.1:{taken.getsockname()[1]}")
        assert in_use.end() == 1
    config.unlink()
    unreadable = facts()
    assert unreadable.end() == 1
    assert [len(exporter.log) for exporter in (in_use, unreadable)] == [1, 1]
    assert "address already in use; see who has it with `ss -ltnp" in in_use.log[0]
    assert "can't be read: No such file or directory; write it again with `sotpctl render`" in unreadable.log[0]


def test_a_socket_handed_over_is_served(process: Start, config: Path, fetch: Fetch) -> None:
    """--web.systemd-socket serves on the socket that the parent listens on, and says where that is."""
    with socket.create_server(("127.0.0.1", 0)) as ours:
        argv = ["-m", "exporters.main", "facts", "--config", str(config), "--web.systemd-socket"]
        exporter = process(
            [sys.executable, "-c", textwrap.dedent(HAND_OVER), str(ours.fileno()), *argv], pass_fds=(ours.fileno(),)
        )
        expected = f"127.0.0.1:{ours.getsockname()[1]}"
        assert exporter.address() == expected
        assert fetch(expected, "/-/healthy") == (200, "healthy\n")


def test_no_socket_handed_over_is_told(facts: Start) -> None:
    """Without LISTEN_FDS the option is a mistake, told with what is right."""
    exporter = facts("--web.systemd-socket")
    assert exporter.end() == 1
    assert "no socket was handed over" in exporter.log[0]


def test_json_lines_are_json(facts: Start) -> None:
    """--log.format=json: every line from start to end is an object with the same four keys first."""
    exporter = facts("--log.format=json")
    first = json.loads(exporter.line('"listening"'))
    exporter.signal(signal.SIGTERM)
    assert exporter.end() == 0
    lines = [first, *map(json.loads, exporter.log[1:])]
    assert [list(line)[:4] for line in lines] == [["ts", "level", "logger", "msg"]] * len(lines)
    assert (first["logger"], first["revision"]) == ("facts", "r1")
    assert re.fullmatch(r"127\.0\.0\.1:\d+", first["address"])


def test_a_level_leaves_out_what_is_below(facts: Start) -> None:
    """--log.level=error: a clean life has no line at all."""
    exporter = facts("--log.level=error", "--config.check")
    assert (exporter.end(), exporter.log) == (0, [])


def test_ten_thousand_targets_start_at_once(facts: Start, rewrite: Callable[..., Path], fetch: Fetch) -> None:
    """10,000 devices with thresholds and links are served by one scrape (start-up is bounded by the watchdog)."""
    names = [f"device-{index}" for index in range(10_000)]
    limits = [{"ifName": "", "metric": "cpu", "severity": "warning", "value": 0.8}]
    settings = {
        "commit": "c1",
        "expected_targets": {"icmp": 1},
        "links": [[name, "Te1/0/1", "device-0", f"Gi1/0/{index}"] for index, name in enumerate(names)],
        "maintenance": [],
    }
    rewrite(settings=settings, targets={name: {"dependents": 1, "thresholds": limits} for name in names})
    status, text = fetch(facts().address(), "/metrics")
    assert status == 200
    assert text.count("\nsotp_device_dependents{") == text.count("\nsotp_threshold{") == 10_000
    assert text.count("\nsotp_link_info{") == 20_000
