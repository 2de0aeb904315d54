"""The shippers that are compared, as processes: SOTP's, rsyslog, syslog-ng, and the store that they send to.

Each takes syslog on a free port of 127.0.0.1, keeps it on the disk, and pushes it over HTTP in batches: stamp,
severity, facility, program, process id and the line. The peers sync nothing to the disk by themselves; ours does.
"""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.icmp.common import ROOT

PEERS = (
    "rsyslog and syslog-ng are packages of Debian: install rsyslog, rsyslog-elasticsearch, syslog-ng-core and "
    "syslog-ng-mod-http, or unpack them and what they need (`apt-get download`, `dpkg -x FILE DIR`) and give --root DIR"
)
FLUSH_S = 0.2
_START_S = 20.0
_LIBRARIES = "usr/lib/x86_64-linux-gnu"

_RSYSLOG = """
global(workDirectory="{folder}" maxMessageSize="64k")
module(load="imtcp")
module(load="omelasticsearch")
template(name="json" type="list" option.jsonf="on") {{
  property(outname="ts" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="severity" name="syslogseverity-text" format="jsonf")
  property(outname="facility" name="syslogfacility-text" format="jsonf")
  property(outname="app" name="programname" format="jsonf")
  property(outname="procid" name="procid" format="jsonf")
  property(outname="line" name="rawmsg-after-pri" format="jsonf")
}}
ruleset(name="all" queue.type="Disk" queue.filename="spool" queue.maxDiskSpace="4g" queue.size="10000000"
        queue.dequeueBatchSize="2000") {{
  action(type="omelasticsearch" server="127.0.0.1" serverport="{store}" bulkmode="on" maxbytes="1m" template="json"
         searchIndex="syslog" searchType="")
}}
input(type="imtcp" address="127.0.0.1" port="{port}" ruleset="all")
"""

_SYSLOG_NG = """
@version: 3.38
options {{ log-msg-size(65536); keep-hostname(yes); use-dns(no); stats-freq(0); }};
source s {{ network(ip("127.0.0.1") port({port}) transport("tcp") log-iw-size(100000)); }};
destination d {{
  http(url("http://127.0.0.1:{store}/push") method("POST") headers("Content-Type: application/json")
       body('$(format-json ts="$S_ISODATE" severity="$LEVEL" facility="$FACILITY" app="$PROGRAM"
                           procid="$PID" line="$MSGHDR$MSG")')
       batch-lines(4000) batch-bytes(1048576) batch-timeout(200) workers(1) timeout(30)
       disk-buffer(disk-buf-size(4294967296) mem-buf-size(67108864) reliable(yes) dir("{folder}")));
}};
log {{ source(s); destination(d); }};
"""


@dataclass(frozen=True)
class Shipper:
    """A running one: its process, the TCP port that it takes syslog on, and its UDP one (ours only)."""

    pid: int
    tcp: int
    udp: int = 0


Start = Callable[[Path, int], AbstractContextManager[Shipper]]


@contextmanager
def process(*command: str, cpu: int | None = None, environment: Mapping[str, str] | None = None) -> Iterator[
    "subprocess.Popen[str]"
]:  # fmt: skip
    """A process that is ended; its output can be read."""
    made = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**os.environ, **(environment or {})},
    )  # fmt: skip
    if cpu is not None and (os.cpu_count() or 1) > cpu:
        os.sched_setaffinity(made.pid, {cpu})
    try:
        yield made
    finally:
        made.terminate()
        try:
            made.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            made.kill()
            made.communicate()


def ours(flush_s: float = FLUSH_S) -> Start:
    """SOTP's, that syncs at an interval (seconds)."""

    @contextmanager
    def start(folder: Path, store: int) -> Iterator[Shipper]:
        config = folder / "syslog.json"
        settings = {
            "listen": {"tcp": "127.0.0.1:0", "udp": "127.0.0.1:0"},
            "loki": {"url": f"http://127.0.0.1:{store}"},
            "spool": {"directory": str(folder / "spool"), "flush": flush_s},
            "limits": {"sender_rate": 1e7, "sender_burst": 1e7},
        }
        device = {"address": "127.0.0.1", "labels": {"site": "waw", "role": "core"}, "platform": "cisco-iosxe"}
        config.write_text(json.dumps({"revision": "bench", "settings": settings, "targets": {"sw-1": device}}))
        exporter = (sys.executable, "-m", "exporters.main", "syslog", f"--config={config}")
        with process(*exporter, "--web.listen-address=127.0.0.1:0", cpu=1) as made:
            ports: dict[str, int] = {}
            for line in made.stdout or ():
                if found := re.search(r"takes syslog.* transport=(\w+) .*port=(\d+)", line):
                    ports[found[1]] = int(found[2])
                if "listening" in line:
                    break
            yield Shipper(made.pid, ports["tcp"], ports["udp"])

    return start


def rsyslog(root: Path) -> Start:
    """Gives rsyslog with a Disk queue; to HTTP by omelasticsearch, as Debian has no omhttp."""
    modules = root / _LIBRARIES / "rsyslog"
    command = (str(root / "usr/sbin/rsyslogd"), "-n", "-f", "{config}", "-i", "{folder}/pid", "-M", str(modules))
    return _peer(root, _RSYSLOG, command)


def syslog_ng(root: Path) -> Start:
    """Gives syslog-ng with its http destination and a reliable disk buffer."""
    modules = next((root / "usr/lib/syslog-ng").glob("[0-9]*"), root)
    command = (
        str(root / "usr/sbin/syslog-ng"), "-F", "-f", "{config}", "-R", "{folder}/persist", "-c", "{folder}/control",
        "-p", "{folder}/pid", f"--module-path={modules}",
    )  # fmt: skip
    return _peer(root, _SYSLOG_NG, command)


def _peer(root: Path, template: str, command: tuple[str, ...]) -> Start:
    if not Path(command[0]).exists():
        raise SystemExit(f"{command[0]} is missing; {PEERS}")
    folders = [root / _LIBRARIES, root / "lib/x86_64-linux-gnu", root / "usr/lib/syslog-ng"]
    environment = {} if root == Path("/") else {"LD_LIBRARY_PATH": ":".join(map(str, folders))}

    @contextmanager
    def start(folder: Path, store: int) -> Iterator[Shipper]:
        config, port = folder / "config", _free_port()
        config.write_text(template.format(folder=folder, store=store, port=port).lstrip())
        with process(
            *[one.format(config=config, folder=folder) for one in command], cpu=1, environment=environment
        ) as made:
            _listening(port, made)
            yield Shipper(made.pid, port)

    return start


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _listening(port: int, made: "subprocess.Popen[str]") -> None:
    """Waits until a peer takes connections."""
    end = time.monotonic() + _START_S
    while time.monotonic() < end and made.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    made.kill()
    raise SystemExit(f"{made.args!r} doesn't start:\n{made.communicate()[0]}")
