"""docs/snmp.md: its examples load, and it names every module, reason and metric that there is."""

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from exporters.kit.document import Document
from exporters.snmp.collect import failed
from exporters.snmp.errors import Failure, Reason
from exporters.snmp.exposition import health, page
from exporters.snmp.modules import read
from exporters.snmp.profile import ProfileModule
from exporters.snmp.registry import BUILT_IN, Loader
from exporters.snmp.targets import prepare
from sotpctl.inventory import load

PAGE = (Path(__file__).parents[3] / "docs" / "snmp.md").read_text()


def block(language: str) -> str:
    """Returns the page's block in a language."""
    return str(re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)[0])


def test_the_module_of_the_page_is_one():
    """The format that the page shows is the one that is read."""
    assert read.parse("page", block("yaml").encode()).modules["clock"].metrics[0].name == "hrSystemDate"


def test_the_document_of_the_page_is_one(monkeypatch, tmp_path):
    """With its secrets where it says."""
    monkeypatch.setenv("SNMP_COMMUNITY", "public")
    content = block("json")
    for name in ("auth", "priv"):
        (tmp_path / name).write_text("long enough")
        content = content.replace(f"/etc/sotp/{name}", str(tmp_path / name))
    (tmp_path / "snmp").mkdir()
    (tmp_path / "snmp" / "corp.yml").write_text(block("yaml"))
    config = prepare(Document(**json.loads(content), folder=tmp_path), Loader([ProfileModule()]))
    assert "clock" in config.registry


def test_the_interfaces_of_the_page_are_ignored(tmp_path):
    """The inventory that shows it loads, and its devices ignore what the page says."""
    (example,) = (each for each in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) if "ignore_interfaces" in each)
    file = tmp_path / "inventory.yaml"
    file.write_text(example)
    found = load(file)
    assert found.inventory, found.problems
    ignored = {name: device.snmp.ignore_interfaces for name, device in found.inventory.devices.items() if device.snmp}
    assert ignored == {
        "waw-bng-1": {"names": ("Vi*", "Te0/1/0.[0-9]*"), "types": ("ppp", "softwareLoopback")},
        "waw-acc-1": {
            "names": ("Nu0", "Vi*"),
            "types": ("ppp", "softwareLoopback"),
            "states": ("adminDown", "notPresent"),
        },
        "waw-core-1": None,
    }


def test_the_page_names_everything():
    """Modules, reasons, and the metrics of a poll."""
    modules = [name for path in BUILT_IN.glob("*.yml") for name in read.load(path).modules]
    poll = failed([ProfileModule()], Failure("timeout", ""))
    metrics = re.findall(r"# TYPE (\S+)", health(page(poll)[0]).decode())
    assert len(metrics) > 5
    for name in (*modules, "profile", "bgp", "ospf", *get_args(Reason), *metrics):
        assert f"`{name}`" in PAGE or f"`{name}{{" in PAGE, name


@pytest.mark.parametrize("name", ["if_mib", "if_mib_32"])
def test_our_modules_are_read_whole(name):
    """Every column that is walked becomes a metric or a label, and the other way round."""
    module = read.load(BUILT_IN / "if_mib.yml").modules[name]
    used = {metric.oid for metric in module.metrics} | {look.oid for one in module.metrics for look in one.lookups}
    assert used - {(1, 3, 6, 1, 2, 1, 1, 3)} == set(module.walk)
    if name == "if_mib":
        assert sum(1 for metric in module.metrics if metric.indexes) == 14
