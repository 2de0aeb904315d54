"""SOTP as pip installs it: a wheel in an environment of its own, which doesn't see the checkout."""

import os
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Installed:
    """An environment that holds the wheel, and a folder to work in that holds nothing but an inventory."""

    wheel: Path
    environment: Path
    folder: Path

    def variables(self) -> dict[str, str]:
        """Without PYTHONPATH; on PATH the real tools, as an operator has them."""
        path = [str(self.environment / "bin"), str(ROOT / ".engines" / "bin"), os.environ["PATH"]]
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "SOTP", "VIRTUAL"))}
        return kept | {"PATH": os.pathsep.join(path)}

    def run(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the environment in the folder; it must succeed."""
        done = subprocess.run(
            [self.environment / "bin" / command, *arguments],
            cwd=self.folder, env=self.variables(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Build the wheel and install it, without network: its dependencies are those of the environment of the tests."""
    made = tmp_path_factory.mktemp("wheel")
    _python(["-m", "hatchling", "build", "-t", "wheel", "-d", str(made / "dist")])
    (wheel,) = (made / "dist").glob("*.whl")
    environment = made / "environment"
    _python(["-m", "venv", "--without-pip", str(environment)])
    (libraries,) = environment.glob("lib/python*/site-packages")
    # A folder that a .pth file names is searched, but .pth files in it are not read: not the one that leads to the
    # checkout.
    (libraries / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    quiet = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-index"]
    _python(["-m", "pip", "--python", str(environment), "install", *quiet, "--ignore-installed", str(wheel)])
    folder = made / "operator"
    folder.mkdir()
    (folder / "inventory.yaml").write_bytes((ROOT / "inventory.yaml").read_bytes())
    return Installed(wheel, environment, folder)


def _python(arguments: Sequence[str]) -> None:
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
