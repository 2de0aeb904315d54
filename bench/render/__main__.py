"""The budgets of scale, in one run: a table, one line of JSON, exit code 1 when a must is missed."""

import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.icmp.common import Limit, report
from bench.render import costs, fleet

DEVICES = 10_000
SMALL = 1_000
RUNS = 5
HELP_RUNS = 25


def main() -> int:
    """Measures; returns the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        rows, limits = _commands(Path(folder))
        started = {name: _started(name, Path(folder)) for name in ("icmp", "facts")}
    bare, full = costs.help_ratio(HELP_RUNS)
    for name, (wall, cpu) in started.items():
        rows[f"{name}: CPU s until ready"] = round(cpu, 3)
        limits.append(Limit(f"{name}: s from start to /-/ready", round(wall, 3), 1.0))
    rows |= {"python -c 'import click', CPU s": round(bare, 4), "sotpctl --help, CPU s": round(full, 4)}
    limits.append(Limit("sotpctl --help / import click, CPU", round(full / bare, 3), 3.0))
    return report("scale", rows, limits)


def _commands(folder: Path) -> tuple[dict[str, Any], list[Limit]]:
    inventory, small = folder / "inventory.yaml", folder / "small.yaml"
    inventory.write_text(fleet.text(DEVICES))
    small.write_text(fleet.text(SMALL))
    rounds = [_round(inventory, folder / "build") for _ in range(RUNS)]  # taking turns: the machine's moods meet all
    middle = {key: statistics.median([one[key] for one in rounds]) for key in rounds[0]}
    rows: dict[str, Any] = {"devices": DEVICES, "bytes of the inventory": inventory.stat().st_size}
    rows |= {f"{key}, CPU s": round(value, 3) for key, value in middle.items() if "MB" not in key}
    rows |= {key: round(value) for key, value in middle.items() if "MB" in key}
    rows |= {
        f"validate, {SMALL} devices, CPU s": round(costs.median_of(RUNS, lambda: costs.validate(small)).cpu, 3),
        f"render, {SMALL} devices, CPU s": round(
            costs.median_of(RUNS, lambda: costs.render(small, folder / "small")).cpu, 3
        ),
    }
    alone = middle["CSafeLoader alone"]
    inside = {name: middle[f"{name}, without start and imports"] for name in ("validate", "render")}
    return rows, [
        Limit("validate / CSafeLoader alone", round(middle["validate"] / alone, 3), 1.5),
        Limit("validate / CSafeLoader, neither with start and imports", round(inside["validate"] / alone, 3), 1.5),
        Limit("render / CSafeLoader alone", round(middle["render"] / alone, 3), 3.0),
        Limit("render / CSafeLoader, neither with start and imports", round(inside["render"] / alone, 3), 3.0),
        Limit("MB of validate, peak", round(middle["MB of validate"]), 1000),
        Limit("MB of render, peak", round(middle["MB of render"]), 1000),
    ]


def _round(inventory: Path, out: Path) -> dict[str, float]:
    loader, validate, render = costs.load_alone(inventory), costs.validate(inventory), costs.render(inventory, out)
    return {
        "CSafeLoader alone": float(loader.output),
        "CSafeLoader, its whole process": loader.cpu,
        "validate": validate.cpu,
        "validate, without start and imports": float(costs.validate_inside(inventory).output),
        "render": render.cpu,
        "render, without start and imports": float(costs.render_inside(inventory, out).output),
        "MB of CSafeLoader": loader.memory,
        "MB of validate": validate.memory,
        "MB of render": render.memory,
    }


def _started(name: str, folder: Path) -> tuple[float, float]:
    """Seconds to /-/ready and CPU seconds, medians."""
    runs = [costs.start(name, folder / "build" / "exporters" / f"{name}.json") for _ in range(RUNS)]
    return statistics.median([wall for wall, _ in runs]), statistics.median([cpu for _, cpu in runs])


if __name__ == "__main__":
    sys.exit(main())
