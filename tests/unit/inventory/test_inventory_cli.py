"""`sotpctl validate` and `sotpctl explain`: data on stdout, messages on stderr, exit codes."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from sotpctl.cli.explain import explain
from sotpctl.cli.validate import validate

_EXAMPLE = str(Path(__file__).parents[3] / "inventory.yaml")
_BAD = "auths: {}\ndevices:\n  a:\n    address: 192.0.2.1\n    snmp: {auth: none}\n"


@pytest.fixture
def bad(tmp_path: Path) -> str:
    """An inventory with one mistake."""
    file = tmp_path / "inventory.yaml"
    file.write_text(_BAD, encoding="utf-8")
    return str(file)


def test_validate_says_that_all_is_well() -> None:
    """A good inventory: exit code 0, one line on stderr, nothing on stdout."""
    result = CliRunner().invoke(validate, ["-i", _EXAMPLE])
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"{_EXAMPLE}: 24 devices, no error\n"


def test_validate_says_every_problem(bad: str) -> None:
    """A bad inventory: exit code 1, the problems and their number on stderr."""
    result = CliRunner().invoke(validate, ["-i", bad])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f'{bad}:5:18: devices.a.snmp.auth: no auth is called "none"\n{bad}: 1 error\n'


def test_validate_gives_scripts_a_list(bad: str) -> None:
    """`--output json` puts the problems on stdout."""
    result = CliRunner().invoke(validate, ["-i", bad, "--output", "json"])
    assert result.exit_code == 1
    (problem,) = json.loads(result.stdout)
    assert (problem["file"], problem["line"], problem["column"]) == (bad, 5, 18)
    assert (problem["path"], problem["severity"]) == ("devices.a.snmp.auth", "error")


def test_explain_shows_value_and_place() -> None:
    """Each effective setting stands on a line with its value and the file, line and layer it comes from."""
    result = CliRunner().invoke(explain, ["waw-core-1", "-i", _EXAMPLE])
    assert result.exit_code == 0
    lines = {line.split()[0]: line.split(maxsplit=2)[1:] for line in result.stdout.splitlines()}
    value, source = lines["icmp.interval"]
    assert value == "2s"
    written = Path(_EXAMPLE).read_text(encoding="utf-8").splitlines()
    number = int(source.removeprefix(f"{_EXAMPLE}:").split()[0])
    assert "interval: 2s" in written[number - 1]
    assert source.endswith("(roles.core)")


def test_explain_gives_scripts_an_object() -> None:
    """`--output json` is one object, by path."""
    result = CliRunner().invoke(explain, ["waw-fw-2", "-i", _EXAMPLE, "--output", "json"])
    assert json.loads(result.stdout)["parents"]["value"] == "waw-fw-1"


def test_explain_helps_with_a_wrong_name(bad: str) -> None:
    """An unknown device is an error with the nearest name; a bad inventory is reported first."""
    result = CliRunner().invoke(explain, ["waw-cor-1", "-i", _EXAMPLE])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == 'no device is called "waw-cor-1"; did you mean "waw-core-1"?\n'
    broken = CliRunner().invoke(explain, ["a", "-i", bad])
    assert broken.exit_code == 1
    assert "1 problem; nothing to explain" in broken.stderr
