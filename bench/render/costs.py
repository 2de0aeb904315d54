"""How CPU, memory and time of other processes are measured."""

import os
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_LOAD = """
import sys, time, yaml
data = open(sys.argv[1], "rb").read()
before = time.process_time()
content = yaml.load(data, Loader=yaml.CSafeLoader)
print(time.process_time() - before)
"""
_VALIDATE = """
import sys, time
from sotpctl.inventory import load
before = time.process_time()
assert load(sys.argv[1]).inventory
print(time.process_time() - before)
"""
_RENDER = """
import sys, time
from pathlib import Path
from sotpctl.inventory import load
from sotpctl.render import commit, plan, write
before = time.process_time()
path = Path(sys.argv[1])
write(plan(load(path).inventory, commit.of(path)), Path(sys.argv[2]), None)
print(time.process_time() - before)
"""


@dataclass(frozen=True)
class Cost:
    """Of one process and its children: CPU in s (user and system), peak memory in MB, what it printed."""

    cpu: float
    memory: float
    output: str


def run(*arguments: str | Path) -> Cost:
    """Runs Python with the arguments to its end.

    Raises:
        SystemExit: It failed.
    """
    with subprocess.Popen(
        [sys.executable, *map(str, arguments)], env=_environment(), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{arguments} failed")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output)


def load_alone(inventory: Path) -> Cost:
    """A process that reads the file with yaml.CSafeLoader; it prints the CPU of the loading alone."""
    return run("-c", _LOAD, inventory)


def validate(inventory: Path) -> Cost:
    """`sotpctl validate`."""
    return run("-m", "sotpctl.cli.main", "validate", "-i", inventory)


def validate_inside(inventory: Path) -> Cost:
    """What `validate` does, without the start of Python and the imports: that CPU is printed."""
    return run("-c", _VALIDATE, inventory)


def render(inventory: Path, out: Path) -> Cost:
    """`sotpctl render --no-verify`."""
    return run("-m", "sotpctl.cli.main", "render", "--no-verify", "-i", inventory, "--out", out)


def render_inside(inventory: Path, out: Path) -> Cost:
    """What `render --no-verify` does, without the start of Python and the imports: that CPU is printed."""
    return run("-c", _RENDER, inventory, out)


def median_of(runs: int, cost: Callable[[], Cost]) -> Cost:
    """The run of median CPU."""
    return sorted([cost() for _ in range(runs)], key=lambda one: one.cpu)[runs // 2]


def help_ratio(runs: int) -> tuple[float, float]:
    """CPU in s of a bare import of click, and that of `sotpctl --help`; medians of runs that take turns."""
    pairs = [
        (run("-c", "import click").cpu, run("-m", "sotpctl.cli.main", "--help").cpu) for _ in range(runs)
    ]  # the machine's moods meet both
    return statistics.median([bare for bare, _ in pairs]), statistics.median([full for _, full in pairs])


def start(exporter: str, config: Path) -> tuple[float, float]:
    """Starts an exporter, waits until `/-/ready` says 200, stops it.

    Returns:
        Seconds from its start until then, and the CPU in s that it took.

    Raises:
        SystemExit: It didn't come up.
    """
    command = [sys.executable, "-m", "exporters.main", exporter, f"--config={config}"]
    before = time.monotonic()
    process = subprocess.Popen(
        [*command, "--web.listen-address=127.0.0.1:0"], env=_environment(), stderr=subprocess.PIPE, text=True
    )
    assert process.stderr
    try:
        url = _listening(process.stderr)
        with urllib.request.urlopen(f"{url}/-/ready", timeout=30) as answer:
            assert answer.status == 200
        took = time.monotonic() - before
        ticks = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        return took, (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK")
    finally:
        process.terminate()
        process.stderr.close()
        process.wait(30)


def _listening(lines: Iterable[str]) -> str:
    seen = []
    for line in lines:
        seen.append(line)
        if 'msg="listening"' in line:
            return f"http://{line.rpartition('address=')[2].split()[0]}"
    raise SystemExit("the exporter didn't start:\n" + "".join(seen))


def _environment() -> dict[str, str]:
    """As an operator's: no variable of Python's own, so that compiled code is kept from the first run on."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    return {**kept, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
