"""Every LogQL query of the dashboards, answered by a real Loki that got a few messages as the shipper sends them."""

import json
import re
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from sotpctl.inventory import load
from sotpctl.render import data
from sotpctl.render import loki as rendering
from sotpctl.render.grafana.queries import queries
from sotpctl.verify import tools
from tests.ports import free_ports

pytestmark = pytest.mark.loki

Dashboards = dict[str, dict[str, Any]]
_LINES: tuple[tuple[str, str, str, dict[str, str]], ...] = (  # device, site, line, metadata
    ("core-1", "waw", r"%OSPF-5-ADJCHG: Nbr 192.0.2.2 on C:\x", {"severity": "notice", "mnemonic": "OSPF-5-ADJCHG"}),
    ("core-1", "waw", "Configured by admin", {"severity": "info", "event": "config_changed"}),
    ("edge-1", "krk", "No metadata at all", {}),
    ("edge-2", "", 'It says "no site"', {"severity": "error", "mnemonic": "X-3-Y"}),
)


@pytest.fixture(scope="module")
def loki(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Loki as render configures it, with the messages."""
    program = tools.find("loki")
    if program is None:
        pytest.skip("no loki on PATH: SOTP runs it as it comes and builds none")
    folder = tmp_path_factory.mktemp("loki")
    path = folder / "inventory.yaml"
    path.write_text(f"settings: {{apply: {{directory: {folder}/sotp}}}}\ndevices: {{sw: {{address: 192.0.2.1}}}}\n")
    inventory = load(path).inventory
    assert inventory
    (folder / "loki.yml").write_bytes(rendering.build(inventory, data.files("loki", ".yml")["loki.yml"]))
    (folder / "sotp/data").mkdir(parents=True)
    http, grpc = free_ports(2)
    process = subprocess.Popen(
        [program, "-config.file=loki.yml", f"-server.http-listen-port={http}", f"-server.grpc-listen-port={grpc}"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=(folder / "loki.log").open("w"),
    )
    try:
        url = f"http://127.0.0.1:{http}"
        _await_ready(url)
        _push(url)
        yield url
    finally:
        process.terminate()
        process.wait(60)


def test_grafana_every_log_query_answers(loki: str, dashboards: Dashboards) -> None:
    """Nothing is chosen or typed: each panel that asks Loki has an answer."""
    asked = [(page, query) for page in dashboards for query in queries(dashboards[page]) if query.source == "loki"]
    assert {page for page, _ in asked} == {"device", "logs"}
    for page, query in asked:
        assert _ask(loki, query.expr, instant=query.instant), f"{page}: {query.panel}"


@pytest.mark.parametrize(
    ("chosen", "lines"),
    [
        ({}, [0, 1, 2, 3]),  # All is also what has no site, severity, mnemonic or event
        ({"site": "waw"}, [0, 1]),
        ({"device": "edge-1|edge-2"}, [2, 3]),
        ({"severity": "notice|error"}, [0, 3]),
        ({"event": "config_changed"}, [1]),
        ({"mnemonic": "ospf"}, [0]),
        ({"search": "configured"}, [1]),
        ({"search": r'"no \w+"'}, [3]),  # quotes and backslashes as they are typed
        ({"search": r"C:\\x"}, [0]),
        ({"search": "admin", "site": "krk"}, []),
    ],
)
def test_grafana_logs_are_found_by_what_is_chosen(
    loki: str, dashboards: Dashboards, chosen: dict[str, Any], lines: list[int]
) -> None:
    """Each choice narrows, and together they narrow more."""
    (query,) = (one for one in queries(dashboards["logs"], **chosen) if one.panel == "Log")
    found = {line for stream in _ask(loki, query.expr, instant=False) for _, line, *_ in stream["values"]}
    assert found == {_LINES[number][2] for number in lines}


def test_grafana_new_mnemonics_are_those_of_this_range(loki: str, dashboards: Dashboards) -> None:
    """What the day before the range had isn't new: of ten minutes all are; of a second later, none."""
    (query,) = (one for one in queries(dashboards["logs"], range_s=600) if one.panel == "New mnemonics")
    found = {row["metric"]["mnemonic"] for row in _ask(loki, query.expr, instant=True)}
    assert found == {"OSPF-5-ADJCHG", "X-3-Y"}
    later = re.sub(r"\[600s\]", "[1s]", query.expr)
    assert _ask(loki, later.replace("offset 600s", "offset 1s"), instant=True, after_s=5) == []


def _await_ready(url: str) -> None:
    end = time.monotonic() + 90
    while True:
        try:
            with urllib.request.urlopen(f"{url}/ready", timeout=5):
                return
        except OSError:
            assert time.monotonic() < end, "loki isn't ready after 90 s"
            time.sleep(0.2)


def _push(url: str) -> None:
    streams = []
    now = time.time_ns()
    for number, (device, site, line, metadata) in enumerate(_LINES):
        labels = {"job": "syslog", "device": device} | ({"site": site} if site else {})
        streams.append({"stream": labels, "values": [[str(now + number), line, metadata]]})
    body = json.dumps({"streams": streams}).encode()
    request = urllib.request.Request(f"{url}/loki/api/v1/push", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 204


def _ask(url: str, expr: str, *, instant: bool, after_s: int = 1) -> list[dict[str, Any]]:
    at = int(time.time()) + after_s
    path, when = ("query", {"time": at}) if instant else ("query_range", {"start": at - 3600, "end": at})
    asked = urllib.parse.urlencode({"query": expr, **when})
    try:
        with urllib.request.urlopen(f"{url}/loki/api/v1/{path}?{asked}", timeout=60) as answer:
            found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
    except urllib.error.HTTPError as error:
        raise AssertionError(f"{expr}\n{error.read().decode()}") from None
    return found
