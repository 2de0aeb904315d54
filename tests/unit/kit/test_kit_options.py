"""The command line and the program's first argument."""

import importlib.util
from pathlib import Path

import pytest

from exporters import main
from exporters.kit.options import Options, parse


def test_the_defaults() -> None:
    """HTTP is served on the table's port, on this machine alone; logs are logfmt."""
    expected = Options(Path("x.json"), False, ("127.0.0.1", 10021), False, "logfmt", "info")
    assert parse("icmp", ["--config", "x.json"]) == expected


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:0", ("127.0.0.1", 0)),
        ("[::1]:9", ("::1", 9)),
        (":9", ("", 9)),
        ("localhost:65535", ("localhost", 65535)),
    ],
)
def test_addresses(text: str, address: tuple[str, int]) -> None:
    """Names, both families, every address (:9) and port 0."""
    assert parse("icmp", ["--config", "x", "--web.listen-address", text]).listen == address


@pytest.mark.parametrize("text", ["", "9", "::1:9", "a:", "a:b", "a:65536", "a:-1", "a:٣"])
def test_a_bad_address_is_told_with_a_good_one(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1 (2 means "changes" in SOTP), one line, with what would be right."""
    with pytest.raises(SystemExit) as caught:
        parse("icmp", ["--config", "x", f"--web.listen-address={text}"])
    assert caught.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "is no HOST:PORT, such as 127.0.0.1:10021" in line


def test_an_unknown_exporter_is_told_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    """A slip is answered with the nearest name, nothing at all with the usage; --help is no error."""
    assert main.main(["fcats"]) == 1
    assert 'there is no exporter "fcats"; did you mean "facts"?' in capsys.readouterr().err
    assert main.main([]) == 1
    assert main.main(["--help"]) == 0
    assert "facts      port 10025" in capsys.readouterr().out
    assert main.main(["--version"]) == 0


def test_only_exporters_that_can_run_are_offered() -> None:
    """A package that has no app yet, codecs alone, is not among them."""
    offered = main._available()
    assert "facts" in offered
    assert all(importlib.util.find_spec(f"exporters.{name}.app") for name in offered)
