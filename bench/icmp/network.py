"""A network namespace for a benchmark: only our own packets in it, and ping sockets allowed to us and the peer."""

import os
import subprocess
import sys
from collections.abc import Sequence

from bench.icmp.common import ROOT

_INSIDE = "SOTP_BENCH_INSIDE"
_PREPARE = 'ip link set lo up && echo "0 2147483647" > /proc/sys/net/ipv4/ping_group_range && exec "$@"'


def inside(module: str, arguments: Sequence[str]) -> int | None:
    """Runs the module again in a namespace of its own and returns its exit code; None: this is the run inside."""
    if _INSIDE in os.environ:
        return None
    if os.geteuid() != 0:
        raise SystemExit("needs root: it makes a network namespace, in which ping sockets are allowed")
    command = ["unshare", "--net", "sh", "-c", _PREPARE, "sh", sys.executable, "-m", module, *arguments]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, _INSIDE: "1"}, check=False).returncode
