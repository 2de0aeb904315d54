"""The commands as a person types them, with the real renderer, engines and exporters on loopback."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ports import free_address

pytestmark = pytest.mark.engines

ROOT = Path(__file__).resolve().parents[3]
INVENTORY = """\
settings:
  apply: {{directory: sotp}}
  endpoints:
    {{prometheus: "{prometheus}", alertmanager: "{alertmanager}", icmp: "{icmp}", facts: "{facts}", syslog: "{syslog}"}}
  logs: {{listen: {{udp: "{messages}", tcp: "{messages}"}}}}
devices:
  here: {{address: {address}}}
alerting:
  receivers:
    noc: {{webhook: {{url: {{env: NOC_URL}}}}}}
  routes:
    - {{receiver: noc}}
"""

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def sotpctl(site, tmp_path: Path) -> Run:
    """Run a command in a folder whose inventory holds one device, 127.0.0.2 unless another is asked for."""
    endpoints = {**site.endpoints, "facts": free_address(), "syslog": free_address()}
    endpoints["messages"] = free_address()

    def command(
        *arguments: str,
        address: str = "127.0.0.2",
        url: str = "http://127.0.0.1:9/s3cret",
        edit: tuple[str, str] = ("", ""),
    ):
        (tmp_path / "inventory.yaml").write_text(INVENTORY.format(**endpoints, address=address).replace(*edit))
        return subprocess.run(
            [sys.executable, "-m", "sotpctl.cli.main", *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "NOC_URL": url},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return command


def test_diff_apply_and_again(sotpctl) -> None:
    """`diff` exits 2 before and 0 after `apply`; a change shows in the next one; messages stay off stdout."""
    first = sotpctl("diff", "--output", "json")
    assert first.returncode == 2
    assert ("exporters/icmp.json", "added") in {
        (row["file"], row["change"]) for row in json.loads(first.stdout)["files"]
    }
    applied = sotpctl("apply")
    assert (applied.returncode, applied.stdout) == (0, "")
    assert applied.stderr.splitlines()[-1].endswith("nothing runs yet: `sotpctl stack up` starts it")
    unchanged = sotpctl("diff")
    assert (unchanged.returncode, unchanged.stdout) == (0, "")
    changed = sotpctl("diff", address="127.0.0.3")
    assert changed.returncode == 2
    files = "".join(f"~ exporters/{name}.json (+2 -2 lines)\n" for name in ("icmp", "syslog"))
    assert changed.stdout == f"~1 device: here: address 127.0.0.2 → 127.0.0.3\n\n{files}"
    assert changed.stderr.startswith("2 files would change (against ")
    patch = sotpctl("diff", "-p", address="127.0.0.3").stdout
    assert "--- current/exporters/icmp.json\n+++ build/exporters/icmp.json\n@@ -1,7 +1,7 @@\n" in patch
    data = json.loads(sotpctl("diff", "--patch", "--output", "json", address="127.0.0.3").stdout)
    assert data["summary"] == [
        {
            "kind": "device",
            "subject": "here",
            "scope": "",
            "change": "changed",
            "file": "exporters/icmp.json",
            "before": {"address": "127.0.0.2"},
            "after": {"address": "127.0.0.3"},
        }
    ]
    assert [(row["file"], row["lines_added"], row["lines_removed"]) for row in data["files"]] == [
        ("exporters/icmp.json", 2, 2),
        ("exporters/syslog.json", 2, 2),
    ]
    assert data["files"][0]["patch"][0] == "--- current/exporters/icmp.json"


def test_a_damaged_release_is_a_change(sotpctl, tmp_path: Path) -> None:
    """What somebody did to the current release is told, with no traceback, and the next apply would put it right."""
    assert sotpctl("apply").returncode == 0
    current = tmp_path / "sotp" / "current"
    (current / "exporters" / "icmp.json").write_bytes(b"\x1b[31m{")
    (current / "prometheus" / "prometheus.yml").unlink()
    found = sotpctl("diff", "-p")
    assert found.returncode == 2, found.stderr
    assert "exporters/icmp.json: 7 lines (what is applied of it is damaged)" in found.stdout.splitlines()
    assert "+ prometheus/prometheus.yml" in found.stdout.splitlines()
    assert "-\\x1b[31m{" in found.stdout.splitlines()
    assert "Traceback" not in found.stderr


def test_names_of_the_current_release_steer_no_terminal(sotpctl, tmp_path: Path) -> None:
    """A device whose name is an escape sequence is printed as what it is, in words and in the patch."""
    assert sotpctl("apply").returncode == 0
    icmp = tmp_path / "sotp" / "current" / "exporters" / "icmp.json"
    icmp.write_text(icmp.read_text().replace('"here"', '"\\u001b[31m\x9bred\\n"'))
    found = sotpctl("diff", "-p")
    assert "-1 device: \\x1b[31m\\x9bred\\n" in found.stdout.splitlines()
    assert all(character.isprintable() or character == "\n" for character in found.stdout)


def test_what_apply_would_refuse_is_said_by_diff(sotpctl) -> None:
    """A release that loses all its devices: `diff` says so, `apply` refuses, --allow-shrink applies."""
    assert sotpctl("apply").returncode == 0
    empty = ("here: {", "here: {enabled: false, ")
    assert "apply refuses this without --allow-shrink: " in sotpctl("diff", edit=empty).stderr
    refused = sotpctl("apply", edit=empty)
    assert refused.returncode == 1
    assert "--allow-shrink" in refused.stderr
    assert sotpctl("apply", "--allow-shrink", edit=empty).returncode == 0


def test_a_missing_variable_is_named_and_nothing_is_changed(sotpctl, tmp_path: Path) -> None:
    """The message says which receiver needs which variable; exit 1."""
    result = sotpctl("apply", url="")
    assert result.returncode == 1
    assert "secret alertmanager/webhook-noc-url: the environment variable NOC_URL is not set" in result.stderr
    assert result.stderr.splitlines()[-1] == "nothing was changed: no release is current"
    assert not (tmp_path / "sotp" / "current").exists()


def test_mistakes_say_what_to_do(sotpctl) -> None:
    """Each command that comes too early, or with a wrong name, exits 1 with the way out and no traceback."""
    for arguments, hint in (
        (("status",), "nothing is applied"),
        (("rollback",), "there is no release to go back to"),
        (("stack", "up"), "run `sotpctl apply` first"),
        (("stack", "up", "--lab"), "start it with `sotpctl lab up`"),
        (("stack", "logs", "nosuch"), 'no log is called "nosuch"'),
    ):
        result = sotpctl(*arguments)
        assert result.returncode == 1, arguments
        assert hint in result.stderr, arguments
        assert "Traceback" not in result.stderr, arguments
    assert sotpctl("stack", "status", "--output", "json").stdout.strip() == "[]"
    assert sotpctl("stack", "down").returncode == 0
    sotpctl("apply")
    assert sotpctl("rollback", "0123456789ab").stderr.startswith('no release is called "0123456789ab"; there are: ')


def test_documentation_addresses_are_not_pinged_without_the_lab(sotpctl) -> None:
    """An inventory of examples only is refused, with the way to the lab; nothing is started."""
    assert sotpctl("apply", address="192.0.2.1").returncode == 0
    result = sotpctl("stack", "up", address="192.0.2.1")
    assert result.returncode == 1
    assert "sotpctl stack up --lab" in result.stderr
    rows = json.loads(sotpctl("stack", "status", "--output", "json").stdout)
    assert {row["state"] for row in rows} == {"stopped"}


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: the ICMP exporter opens a raw socket")
def test_the_whole_round(sotpctl) -> None:
    """Apply, up, a change, status, rollback, down: every state is the one that was promised."""
    assert sotpctl("apply").returncode == 0
    up = sotpctl("stack", "up")
    assert up.returncode == 0, up.stderr
    assert up.stderr.splitlines()[-1] == "started alertmanager, facts, icmp, syslog, prometheus"
    changed = sotpctl("apply", "--output", "json", address="127.0.0.3")
    assert changed.returncode == 0, changed.stderr
    report = json.loads(changed.stdout)
    assert {engine["state"] for engine in report["engines"].values()} == {"confirmed"}
    assert "s3cret" not in changed.stdout + changed.stderr
    assert sotpctl("status", address="127.0.0.3").returncode == 0
    again = sotpctl("apply", address="127.0.0.3")
    assert again.stderr.splitlines()[-1].startswith("up to date")
    back = sotpctl("rollback", "--output", "json")
    assert back.returncode == 0, back.stderr
    assert json.loads(back.stdout)["current"] != report["current"]
    assert "listening" in sotpctl("stack", "logs", "icmp").stdout
    assert sotpctl("stack", "down").stderr.splitlines() == [
        f"stopped {name}" for name in ("prometheus", "syslog", "icmp", "facts", "alertmanager")
    ]
    assert sotpctl("status").returncode == 1


def test_logs_follow(sotpctl, tmp_path: Path) -> None:
    """`logs -f` shows whole lines that are written later, with the names of their parts."""
    sotpctl("stack", "status")
    logs = tmp_path / "sotp" / "logs"
    logs.mkdir(parents=True)
    for name in ("a", "b"):
        (logs / f"{name}.log").write_text(f"old {name}\n")
    with subprocess.Popen(
        [sys.executable, "-m", "sotpctl.cli.main", "stack", "logs", "-f"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as following:
        assert following.stdout is not None
        assert [following.stdout.readline() for _ in range(2)] == ["a: old a\n", "b: old b\n"]
        with (logs / "b.log").open("a") as log:
            log.write("half")
            log.flush()
            time.sleep(0.7)  # a look at the half line must come and go: nothing tells of it
            log.write(" line\n")
        assert following.stdout.readline() == "b: half line\n"
        following.terminate()
