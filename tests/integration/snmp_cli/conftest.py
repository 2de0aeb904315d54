"""Every platform that the lab plays, and some devices that don't behave."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lab.snmp.contents import PLATFORMS
from sotpctl.cli.snmp import snmp
from tests.integration.snmp_cli.served import SECRETS, Agents, serving
from tests.ports import free_port

NAMES = {
    "waw-core-1": ("cisco-iosxe", "snmp-v3"),
    "waw-eos-1": ("arista-eos", "snmp-ro"),
    **{f"{platform}-1": (platform, "snmp-ro") for platform in PLATFORMS},
}
Run = Callable[..., Result]


@pytest.fixture
def agents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Agents]:
    """The devices, their inventory as the one that commands take, and its secrets."""
    made = Agents(tmp_path, NAMES)
    monkeypatch.setenv("SOTP_INVENTORY", str(made.path))
    monkeypatch.setenv("COLUMNS", "80")
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    made.add("hung-v2", lambda _: None)
    made.add("hung-v3", lambda _: None, auth="snmp-v3")
    made.entry("closed", "127.5.9.1", free_port(), auth="snmp-ro")
    made.entry("nowhere", "no-such-host.invalid", 161, auth="snmp-ro")
    with serving(made):
        yield made


@pytest.fixture
def run(agents: Agents) -> Run:  # noqa: ARG001 - it must be there
    """Runs `sotpctl snmp`; no secret may be in what it says, whatever comes of it."""

    def command(*words: str, code: int = 0, timeout: str = "1") -> Result:
        waits = [] if "--timeout" in words or "--help" in words else ["--timeout", timeout]
        result = CliRunner().invoke(snmp, [*words, *waits])
        assert result.exit_code == code, f"exit {result.exit_code}: {result.output}\n{result.exception!r}"
        assert result.exception is None or isinstance(result.exception, SystemExit)
        assert not [secret for secret in SECRETS.values() if secret in result.output]
        return result

    return command
