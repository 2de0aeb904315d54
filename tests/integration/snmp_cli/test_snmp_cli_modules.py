"""docs/snmp.md, "From snmp_exporter to SOTP": its inventory and its module file, from the terminal to Prometheus."""

import asyncio
import json
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
import yaml
from aiohttp.test_utils import TestServer, unused_port
from click.testing import CliRunner
from prometheus_client import CollectorRegistry

from exporters.kit.configuration import Configuration
from exporters.kit.site import application
from exporters.snmp import app
from sotpctl.apply import secrets
from sotpctl.apply.manifest import SecretSource
from sotpctl.cli.main import cli
from sotpctl.inventory import load
from sotpctl.render.plan import plan
from sotpctl.render.write import write
from sotpctl.verify import tools
from tests.integration.snmp.rates_prometheus import prometheus
from tests.integration.snmp_cli.served import SECRETS, Agents
from tests.integration.snmp_cli.test_snmp_cli_docs import PAGE, shape

SECTION = PAGE.split("## From snmp_exporter to SOTP\n")[1].split("\n## ")[0]
INVENTORY, MODULES = re.findall(r"```yaml\n(.*?)```", SECTION, re.DOTALL)
SHOWN = dict(re.findall(r"```console\n\$ ([^\n]*)\n(.*?)```", SECTION, re.DOTALL))
DEVICE = "waw-eos-1"
LIMIT_S = 60.0
_T = TypeVar("_T")


@pytest.fixture
def corp(agents: Agents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The page's inventory in a folder of its own, its device at the address that the lab's agent has."""
    device = agents.inventory.devices[DEVICE]
    assert device.snmp
    folder = tmp_path / "corp"
    (folder / "snmp").mkdir(parents=True)
    text = INVENTORY.replace("192.0.2.11,", f"{device.address}, snmp: {{port: {device.snmp.port}}},")
    (folder / "inventory.yaml").write_text(text)
    (folder / "snmp" / "corp.yml").write_text(MODULES)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("SOTP_INVENTORY", "inventory.yaml")
    return folder


def sotpctl(*words: str, code: int = 0) -> str:
    """Runs a command; returns what it says."""
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == code, result.output
    assert not [secret for secret in SECRETS.values() if secret in result.output]
    return result.output


def test_snmp_modules_page_is_what_the_commands_say(corp: Path) -> None:
    """Word by word, but for numbers that move; what a warning says to write is taken, and then there is none."""
    assert sotpctl("validate") == SHOWN["sotpctl validate"]
    entry = SHOWN["sotpctl validate"].split("inventory's auths ")[1].splitlines()[0]
    (corp / "inventory.yaml").write_text(
        (corp / "inventory.yaml").read_text().replace("auths:\n", f"auths:\n  {entry}\n")
    )
    assert sotpctl("validate") == "inventory.yaml: 1 device, no error\n"
    assert shape(sotpctl("snmp", "test", DEVICE)) == shape(SHOWN[f"sotpctl snmp test {DEVICE}"])
    explained = sotpctl("explain", DEVICE)
    assert re.search(r"^snmp\.modules\.mtu +a module of your own +snmp/corp\.yml:5$", explained, re.MULTILINE)


def test_snmp_modules_names_are_known_at_the_terminal(corp: Path) -> None:
    """`get` and `walk` take the names of the user's own modules, as they do those of ours."""
    file = corp / "snmp" / "corp.yml"
    file.write_text(MODULES[MODULES.index("modules:") :].replace("name: ifMtu", "name: corpLargestPacket"))
    assert sotpctl("snmp", "get", DEVICE, "corpLargestPacket.1") == sotpctl("snmp", "get", DEVICE, "ifMtu.1")
    assert len(sotpctl("snmp", "walk", DEVICE, "corpLargestPacket").splitlines()) > 3
    said = json.loads(sotpctl("snmp", "test", DEVICE, "--output", "json"))
    assert {one["module"]: one["failure"] for one in said["modules"]} == {"if_mib": None, "profile": None, "mtu": None}


@pytest.mark.engines
async def test_snmp_modules_series_are_in_prometheus(corp: Path) -> None:
    """From the inventory to a query: the rendered tree as it is, the exporter, the rendered job, a device's labels."""
    program = tools.find("prometheus")
    if program is None:
        pytest.skip("no prometheus: make engines")
    port = unused_port()
    text = (corp / "inventory.yaml").read_text()
    own = f"  apply: {{directory: applied}}\n  endpoints: {{snmp: 127.0.0.1:{port}}}\n"
    text = text.replace("settings:\n", f"settings:\n{own}")
    (corp / "inventory.yaml").write_text(text.replace("modules: [mtu]", "poll_interval: 5s, modules: [mtu]"))
    inventory = load(corp / "inventory.yaml").inventory
    assert inventory
    rendered = plan(inventory, "c")
    write(rendered, corp / "build", None)
    assert not [name for name, content in rendered.files.items() if b"the-community" in content]
    named = json.loads(rendered.files["manifest.json"])["secrets"]
    sources = {name: SecretSource(**reference) for name, reference in named.items() if name.startswith("snmp/")}
    (corp / "applied" / "secrets").mkdir(parents=True)
    secrets.write(corp / "applied" / "secrets", secrets.resolve(sources, os.environ))

    registry = CollectorRegistry()
    service = app.service(registry)
    configuration = Configuration(service, corp / "build" / "exporters" / "snmp.json", registry)
    configuration.load()()
    await service.start()
    server = TestServer(application(service, configuration, registry), port=port)
    await server.start_server()
    jobs = yaml.safe_load((corp / "build" / "prometheus" / "prometheus.yml").read_text())["scrape_configs"]
    config = yaml.safe_dump({"scrape_configs": [job for job in jobs if job["job_name"] == "snmp-5s"]})
    try:
        with prometheus(program, corp / "build" / "prometheus", config) as running:
            expr = f'ifMtu{{device="{DEVICE}"}}'
            found = await asyncio.to_thread(_until, lambda: running.ask(expr, time.time(), time.time(), 1))
    finally:
        await server.close()
        await service.stop()
    series = [dict(labels) for labels in found]
    assert len(series) > 3
    assert {one["ifName"] for one in series} > {"Et1", "Et2"}
    for one in series:
        assert {key: one[key] for key in ("job", "instance", "site", "role", "platform", "vendor")} == {
            "job": "snmp-5s", "instance": DEVICE, "site": "waw", "role": "core", "platform": "arista-eos",
            "vendor": "arista",
        }  # fmt: skip


def _until(read: Callable[[], _T]) -> _T:
    """Reads until there is something."""
    end = time.monotonic() + LIMIT_S
    while not (found := read()):
        assert time.monotonic() < end
        time.sleep(0.2)  # a query sees only the moment it is asked for
    return found
