"""The budgets of `python -m bench.render`, held as ratios of CPU within one run, with room for a busy machine.

Other tests may run beside these: two processes on one core's two threads cost each of them up to twice its CPU. So the
pairs that are compared run in turns, and the best of each counts.
"""

from pathlib import Path

import pytest

from bench.render import costs, fleet

DEVICES = 10_000
ROUNDS = 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the inventory of a large network."""
    made = tmp_path_factory.mktemp("scale")
    (made / "inventory.yaml").write_text(fleet.text(DEVICES))
    return made


def test_scale_of_commands(folder: Path):
    """`validate` costs at most 1.5 and `render` 3 times the CPU of CSafeLoader alone; both stay below 1 GB."""
    inventory, build = folder / "inventory.yaml", folder / "build"
    alone, validate, render = [], [], []
    for _ in range(ROUNDS):
        alone.append(float(costs.load_alone(inventory).output))
        validate.append(costs.validate(inventory))
        render.append(costs.render(inventory, build))

    assert min(one.cpu for one in validate) <= 1.5 * min(alone)
    assert min(one.cpu for one in render) <= 3 * min(alone)
    assert max(one.memory for one in validate + render) < 1000


@pytest.mark.parametrize("exporter", ["icmp", "facts"])
def test_scale_of_starts(folder: Path, exporter: str):
    """An exporter is ready for 0.75 of the CPU that CSafeLoader takes for the same 10,000 devices: 1 s, with room."""
    costs.render(folder / "inventory.yaml", folder / exporter)
    config = folder / exporter / "exporters" / f"{exporter}.json"

    pairs = [
        (float(costs.load_alone(folder / "inventory.yaml").output), costs.start(exporter, config)[1])
        for _ in range(ROUNDS)
    ]

    assert min(cpu for _, cpu in pairs) <= 0.75 * min(alone for alone, _ in pairs)


def test_scale_of_help():
    """`sotpctl --help` costs at most three times a bare import of click: no command is imported for it."""
    bare, full = costs.help_ratio(7)

    assert full <= 3 * bare


def test_scale_of_growth(tmp_path: Path):
    """Five times the devices cost less than eight times the CPU: nothing grows with their square."""
    sizes = {}
    for count in (1000, 5000):
        path = tmp_path / f"{count}.yaml"
        path.write_text(fleet.text(count))
        sizes[count] = min(float(costs.render_inside(path, tmp_path / f"build-{count}").output) for _ in range(ROUNDS))

    assert sizes[5000] < 8 * sizes[1000]
