"""What the stack would run, from settings and manifest alone."""

import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from sotpctl.apply import Manifest
from sotpctl.inventory.log_model import Logs, LogStore
from sotpctl.inventory.model import Apply, Settings
from sotpctl.stack import StackError, parts
from sotpctl.stack.parts import _documentation, engine

ENDPOINTS = {
    "prometheus": "127.0.0.1:9090",
    "alertmanager": "127.0.0.1:9093",
    "icmp": "127.0.0.1:10021",
    "facts": "127.0.0.1:10025",
}
MANIFEST = Manifest(
    release="0123456789ab", files={}, endpoints=ENDPOINTS, exporters={"icmp": "aaaaaaaaaaaa", "facts": "bbbbbbbbbbbb"}
)
LAB = ["nsenter", "--net=/proc/7/ns/net", "--"]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings, and engines on PATH that nobody starts."""
    for name in ("prometheus", "alertmanager"):
        (tmp_path / name).write_text("")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    return Settings("90d", "30d", None, "", "", ENDPOINTS, Apply(directory=Path("/srv/sotp")))


def test_prometheus_starts_last(settings: Settings) -> None:
    """What it scrapes is started before it, so that its first round finds everything."""
    assert [part.name for part in parts(settings, MANIFEST)] == ["alertmanager", "facts", "icmp", "prometheus"]


def test_engines_run_on_the_link(settings: Settings) -> None:
    """Every file is named below `current`, so that a swapped release is what a reload reads."""
    for part in parts(settings, MANIFEST):
        assert any("/srv/sotp/current/" in word for word in part.argv), part


def test_prometheus_keeps_data_for_the_retention(settings: Settings) -> None:
    """Retention, reload over HTTP and the address come from the settings."""
    argv = parts(settings, MANIFEST)[-1].argv
    assert "--storage.tsdb.retention.time=90d" in argv
    assert "--web.enable-lifecycle" in argv
    assert "--web.listen-address=127.0.0.1:9090" in argv


def test_alertmanager_opens_no_cluster_port(settings: Settings) -> None:
    """A lone Alertmanager listens on no port but its own."""
    assert "--cluster.listen-address=" in parts(settings, MANIFEST)[0].argv


def test_only_device_facing_exporters_enter_the_lab(settings: Settings) -> None:
    """In the lab icmp runs in the lab's network with a handed-over socket; facts stays outside."""
    alone = {part.name: part for part in parts(settings, MANIFEST)}
    lab = {part.name: part for part in parts(settings, MANIFEST, LAB)}
    assert lab["icmp"].argv[:4] == (*LAB, sys.executable)
    assert lab["icmp"].argv[-1] == "--web.systemd-socket"
    assert lab["icmp"].socket
    assert lab["facts"] == alone["facts"]
    assert not alone["icmp"].socket


def test_exporters_that_devices_send_to_get_the_labs_sockets(settings: Settings) -> None:
    """They stay outside; the ports are the settings'. The command is the same for one lab, another for the next."""
    endpoints = {**ENDPOINTS, "syslog": "127.0.0.1:10024", "traps": "127.0.0.1:10027"}
    exporters = {"syslog": "cccccccccccc", "traps": "dddddddddddd"}
    manifest = Manifest(release="0123456789ab", files={}, endpoints=endpoints, exporters=exporters)
    listen = {"udp": "[::]:10514", "tcp": "127.0.0.1:10515", "tls": "[::]:16514"}
    logs = Logs(LogStore(""), listen, "[::]:10162", None, "accept", (), 2**30, "drop_oldest")
    settings = replace(settings, logs=logs)
    lab = {part.name: part for part in parts(settings, manifest, LAB)}
    assert lab["syslog"].inside == ("udp:10514", "tcp:10515")
    assert lab["traps"].inside == ("udp:10162",)
    for name in ("syslog", "traps"):
        assert lab[name].enter == tuple(LAB)
        assert not lab[name].socket
        assert lab[name].argv[-2:] == ("--web.listen-address", endpoints[name])
        assert "nsenter" not in lab[name].argv
    alone = {part.name: part for part in parts(settings, manifest)}
    assert (alone["syslog"].inside, alone["syslog"].enter) == ((), ())
    again = {part.name: part for part in parts(settings, manifest, LAB)}
    other = {part.name: part for part in parts(settings, manifest, ["nsenter", "--net=/proc/8/ns/net", "--"])}
    assert again["syslog"].argv == lab["syslog"].argv
    assert len({one["syslog"].argv for one in (alone, lab, other)}) == 3


@pytest.mark.parametrize(
    ("address", "reserved"),
    [
        ("192.0.2.1", True),
        ("198.51.100.7", True),
        ("203.0.113.255", True),
        ("2001:db8::1", True),
        ("192.0.3.1", False),
        ("10.0.0.1", False),
        ("2001:db9::1", False),
        ("router.example.net", False),
    ],
)
def test_documentation_addresses_are_known(address: str, reserved: bool) -> None:
    """The ranges of RFC 5737 and RFC 3849; a name could be anything."""
    assert _documentation(address) is reserved


def test_a_missing_engine_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message leads to `make engines`."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        StackError, match=re.escape("nosuch is neither in .engines/bin nor on PATH: run `make engines`")
    ):
        engine("nosuch")
