"""The Dockerfile builds what pyproject.toml says, and only from pinned parts."""

import re
import tomllib
from pathlib import Path


def _dockerfile(root: Path) -> str:
    return (root / "Dockerfile").read_text()


def test_context_holds_all_that_the_wheel_needs(root: Path) -> None:
    """Every package, every folder of data and the readme are copied, and .dockerignore lets them through."""
    project = tomllib.loads((root / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {*wheel["packages"], *wheel["force-include"], project["project"]["readme"], "pyproject.toml"}
    copied = {word for line in re.findall(r"(?m)^COPY (?!--from)(.+) \S+$", _dockerfile(root)) for word in line.split()}
    allowed = set(re.findall(r"(?m)^!(\S+)$", (root / ".dockerignore").read_text()))
    assert needed <= copied
    assert copied == allowed
    assert all((root / name).exists() for name in copied)


def test_context_begins_with_nothing(root: Path) -> None:
    """.dockerignore shuts everything out first: a secret beside the inventory never reaches the builder."""
    lines = [line for line in (root / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*"


def test_only_pinned_parts(root: Path) -> None:
    """Base images name a version to the patch; packages come with hashes, built ones only; the wheel from no index."""
    text = _dockerfile(root)
    bases = re.findall(r"(?m)^FROM (\S+)", text)
    assert bases
    assert all(re.fullmatch(r"python:\d+\.\d+\.\d+-slim-\w+", base) for base in bases)
    assert len(set(bases)) == 1  # the environment's python is a link to the base's
    installs = re.findall(r"pip --python \S+ install (.+)", text)
    assert installs == ["--require-hashes --only-binary :all: -r requirements.txt", "--no-deps --no-index /dist/*.whl"]
    assert "apt-get" not in text


def test_runs_as_nobody(root: Path) -> None:
    """The image has a numeric user that isn't root, and starts the exporters' command."""
    last = _dockerfile(root).rpartition("\nFROM ")[2]
    assert re.search(r"(?m)^USER [1-9]\d+:[1-9]\d+$", last)
    assert 'ENTRYPOINT ["sotp-exporter"]' in last
