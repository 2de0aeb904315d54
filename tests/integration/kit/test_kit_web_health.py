"""A container's health check reaches an exporter however it serves, without a password or certificate of its own."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exporters.kit import web_health
from exporters.kit.document import ConfigError
from exporters.kit.web_health import UnhealthyError
from tests.integration.kit.web_pki import Authority

HASH = "$2b$04$2bH3KdWShg3d5vvvrQ.g.OXWLnr0Sk/2w8UBYnWbs9/1HFudVXfYW"
USERS = f'basic_auth_users: {{prometheus: "{HASH}"}}\n'
TLS = "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n"
MUTUAL = f"{TLS}  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: test-authority.pem\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The web configuration, beside a certificate for a name that nobody asks for."""
    Authority(tmp_path).sign("server", "sotp.example.net")
    return tmp_path / "web.yml"


@pytest.fixture
def serve(file: Path, facts: Any) -> Callable[[str], str]:
    """Start the facts exporter with a web configuration; give its address."""

    def start(text: str) -> str:
        file.write_text(text)
        return str(facts(f"--web.config.file={file}", "--web.listen-address=127.0.0.1:0").address())

    return start


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "ready"),
        (USERS, "Unauthorized"),
        ("rate_limit: {interval: 1h, burst: 1}\n", "ready"),
        (TLS, "ready"),
        (TLS + USERS, "Unauthorized"),
        (MUTUAL, "alive: it asks for a client certificate"),
        (f"{MUTUAL}  max_version: TLS12\n", "alive: it asks for a client certificate"),
    ],
    ids=["empty", "password", "limit", "tls", "tls+password", "certificate", "certificate by TLS 1.2"],
)
def test_it_is_healthy(text: str, word: str, file: Path, serve: Any) -> None:
    """Plain, behind TLS, a password or a client certificate: what serves as its file says is healthy."""
    assert web_health.check(serve(text), file) == word


def test_a_limited_exporter_is_alive(file: Path, serve: Any) -> None:
    """A rate limit that is used up is no sickness."""
    address = serve("rate_limit: {interval: 1h, burst: 1}\n")
    assert [web_health.check(address, file) for _ in range(2)] == ["ready", "Too Many Requests"]


@pytest.mark.parametrize("text", ["", TLS, MUTUAL])
def test_nobody_there_is_unhealthy(text: str, file: Path) -> None:
    """A closed port is said with the address."""
    file.write_text(text)
    with pytest.raises(UnhealthyError, match=r"127\.0\.0\.1:1: .*refused"):
        web_health.check("127.0.0.1:1", file)


@pytest.mark.parametrize(("before", "after"), [("", TLS), ("", MUTUAL), (TLS, "")])
def test_a_file_that_the_exporter_was_not_started_with_is_unhealthy(
    before: str, after: str, file: Path, serve: Any
) -> None:
    """TLS was switched on or off in the file alone: the exporter refuses everybody until it is started again."""
    address = serve(before)
    file.write_text(after)
    with pytest.raises(UnhealthyError, match=address):
        web_health.check(address, file)


def test_a_file_that_turned_bad_is_unhealthy(file: Path, serve: Any) -> None:
    """The check says what is wrong with the file, as `docker inspect` shows it, and no more."""
    address = serve(TLS)
    file.write_text('basic_auth_users: {prometheus: "c4n4ry"}\n')
    with pytest.raises(ConfigError, match="is no bcrypt hash"):
        web_health.check(address, file)
    file.write_text(MUTUAL.replace("server.key", "test-authority.pem"))
    with pytest.raises(ConfigError, match="they must be a PEM certificate"):
        web_health.check(address, file)


def test_the_command(file: Path, serve: Any) -> None:
    """Exit code 0 and a word, or 1 and why not, on standard output; without a file it asks in plain HTTP."""
    address = serve("")
    command = [sys.executable, "-m", "exporters.kit.web_health"]

    def run(*arguments: object) -> tuple[int, str]:
        done = subprocess.run(
            [*command, *map(str, arguments)], capture_output=True, text=True, check=False, cwd=Path(__file__).parents[3]
        )
        assert done.stderr == ""
        return done.returncode, done.stdout

    assert run(address, file) == (0, "ready\n")
    assert run(address) == (0, "ready\n")
    assert run(address, file.with_name("none")) == (
        1,
        f"{file.with_name('none')}: can't be read: No such file or directory; let the exporter's user read it\n",
    )
