"""What is rendered is what the real promtool and amtool accept; what they refuse never gets into build/."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sotpctl import verify
from sotpctl.render import Plan, write
from sotpctl.verify import tools

pytestmark = pytest.mark.engines

Planned = Callable[[dict[str, Any]], Plan]
Tool = Callable[[str], Path]


@pytest.fixture
def build(planned: Planned, document: dict[str, Any], tool: Tool, tmp_path: Path) -> tuple[Plan, Path]:
    """A plan and the folder that it was written to, with the tools' consent."""
    tool("promtool")
    tool("amtool")
    plan = planned(document)
    assert write(plan, tmp_path / "build", verify.check).findings == ()
    return plan, tmp_path / "build"


def _broken(plan: Plan, path: str, old: str, new: str) -> Plan:
    text = plan.files[path].decode()
    assert old in text
    return replace(plan, files={**plan.files, path: text.replace(old, new, 1).encode()})


@pytest.mark.parametrize(
    ("path", "old", "new", "message"),
    [
        ("prometheus/rules/sotp.yml", "max by (job)", "max bi (job)", "promtool: prometheus/rules/sotp.yml"),
        ("prometheus/rules/sotp.yml", "for: 1m", "for: soon", 'not a valid duration string: "soon"'),
        ("prometheus/rules/sotp.yml", "severity: warning", "severity: critical", "duplicate rule"),
        ("prometheus/rules/reachability.yml", "{{ $labels.device }} is down", "{{ $labels.device is down", "template"),
        (
            "prometheus/prometheus.yml",
            "scrape_timeout: 5s",
            "scrape_timeout: 6s",
            "scrape timeout greater than scrape interval",
        ),
        ("prometheus/prometheus.yml", "honor_labels", "honour_labels", "honour_labels"),
        ("prometheus/targets/icmp.json", "[", "", "icmp.json"),
        ("alertmanager/alertmanager.yml", "receiver: chat", "receiver: cat", 'amtool: undefined receiver "cat"'),
        ("alertmanager/templates/sotp.tmpl", "{{ end }}", "", "amtool: "),
    ],
)
def test_render_tools_refuse_a_broken_file(
    build: tuple[Plan, Path], path: str, old: str, new: str, message: str
) -> None:
    """One broken file is named in a readable line, and build/ stays as it was."""
    plan, out = build
    before = {file: file.read_bytes() for file in out.rglob("*") if file.is_file()}

    written = write(_broken(plan, path, old, new), out, verify.check)

    lines = [str(finding) for finding in written.findings]
    assert any(message in line for line in lines), lines
    assert all(file.read_bytes() == content for file, content in before.items())
    assert {file for file in out.rglob("*") if file.is_file()} == set(before)


def test_render_tools_missing_are_an_error(
    build: tuple[Plan, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without promtool or amtool nothing is written, and the message names both ways out."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tools, "_CHECKOUT", tmp_path)

    lines = [str(finding) for finding in verify.check(build[1])]

    assert len(lines) == 2
    for name, line in zip(("promtool", "amtool"), lines, strict=True):
        assert line == f"{name}: isn't installed; `make engines` builds it, and --no-verify renders unchecked"


def test_render_tools_beside_the_inventory_come_first(tmp_path: Path) -> None:
    """`.engines/bin` beside the inventory goes before any other place."""
    own = tmp_path / ".engines" / "bin" / "promtool"
    own.parent.mkdir(parents=True)
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)

    assert tools.find("promtool", tmp_path / "inventory.yaml") == own
    assert tools.find("promtool", tmp_path) == own
    assert tools.find("no-such-tool", tmp_path) is None


def test_render_tools_let_loki_read_its_file(
    build: tuple[Plan, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A loki on PATH judges loki/loki.yml; a stand-in shows that it is asked and heard, and only where the file is."""
    (tmp_path / "loki").write_text('#!/bin/sh\necho "said: $*" >&2\nexit 1\n')
    (tmp_path / "loki").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    assert list(map(str, verify.check(build[1]))) == ["loki: said: -verify-config -config.file=loki/loki.yml"]
    (build[1] / "loki" / "loki.yml").unlink()
    assert verify.check(build[1]) == ()
