"""An exporter behind TLS and basic auth, as a process, asked by a real client."""

import http.client
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.integration.kit.web_pki import Authority

PASSWORD = "c4n4ry-password"
HASH = "$2b$04$2bH3KdWShg3d5vvvrQ.g.OXWLnr0Sk/2w8UBYnWbs9/1HFudVXfYW"  # of PASSWORD, at the least cost
USERS = f'basic_auth_users: {{prometheus: "{HASH}"}}\n'
BASIC = {"Authorization": "Basic cHJvbWV0aGV1czpjNG40cnktcGFzc3dvcmQ="}


@pytest.fixture
def pki(tmp_path: Path) -> Authority:
    """An authority that has signed server.pem for 127.0.0.1."""
    made = Authority(tmp_path)
    made.sign("server", "127.0.0.1", "sotp.example.net")
    return made


@pytest.fixture
def serve(tmp_path: Path, facts: Any) -> Callable[..., tuple[Any, str]]:
    """Write web.yml and start the facts exporter with it: the process and its address."""

    def start(text: str) -> tuple[Any, str]:
        (tmp_path / "web.yml").write_text(text)
        process = facts(f"--web.config.file={tmp_path}/web.yml")
        return process, process.address()

    return start


def _tls(*more: str) -> str:
    return "\n".join(["tls_server_config:", "  cert_file: server.pem", "  key_file: server.key", *more, ""])


def _client(pki: Authority, certificate: tuple[Path, Path] | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=pki.file)
    if certificate:
        context.load_cert_chain(*certificate)
    return context


def _ask(
    address: str, path: str = "/-/healthy", context: ssl.SSLContext | None = None, headers: dict[str, str] | None = None
) -> tuple[int, http.client.HTTPMessage]:
    host, _, port = address.rpartition(":")
    if context is None:
        connection = http.client.HTTPConnection(host, int(port), timeout=20)
    else:
        connection = http.client.HTTPSConnection(host, int(port), timeout=20, context=context)
    try:
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers
    finally:
        connection.close()


@contextmanager
def _secure(address: str, context: ssl.SSLContext) -> Iterator[ssl.SSLSocket]:
    host, _, port = address.rpartition(":")
    with (
        socket.create_connection((host, int(port)), 20) as plain,
        context.wrap_socket(plain, server_hostname=host) as secure,
    ):
        yield secure


def _serial(address: str, context: ssl.SSLContext) -> str:
    with _secure(address, context) as secure:
        return str((secure.getpeercert() or {})["serialNumber"])


def test_every_path_wants_tls_and_a_password(serve: Any, pki: Authority) -> None:
    """Health, metrics and unknown paths alike; headers stand on refusals too; nothing secret is logged."""
    header = "http_server_config: {headers: {X-Content-Type-Options: nosniff}}\n"
    process, address = serve(_tls() + USERS + header)
    context = _client(pki)
    for path in ("/-/healthy", "/-/ready", "/metrics", "/", "/none"):
        status, headers = _ask(address, path, context)
        assert (status, headers["WWW-Authenticate"], headers["X-Content-Type-Options"]) == (401, "Basic", "nosniff")
    assert _ask(address, "/-/healthy", context, BASIC)[0] == 200
    assert _ask(address, "/none", context, BASIC)[1]["X-Content-Type-Options"] == "nosniff"
    assert _ask(address, "/none", context, BASIC)[0] == 404
    with pytest.raises((OSError, http.client.HTTPException)):
        _ask(address)
    process.signal(15)
    assert process.end() == 0
    said = "".join(process.log)
    assert "tls=true" in said
    assert not re.search(rf"{PASSWORD}|{re.escape(HASH)}|{BASIC['Authorization'][6:]}|PRIVATE", said)


def test_broken_handshakes_leave_no_line(serve: Any, pki: Authority) -> None:
    """A port scan, plain HTTP, and a client that doesn't trust us write nothing."""
    process, address = serve(_tls())
    host, _, port = address.rpartition(":")
    for junk in (b"", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x00\x05hello", b"\0" * 999):
        with socket.create_connection((host, int(port)), 20) as plain:
            plain.sendall(junk)
            plain.shutdown(socket.SHUT_WR)
            try:
                while plain.recv(4096):
                    pass
            except ConnectionResetError:
                pass
    with pytest.raises(ssl.SSLCertVerificationError):
        _ask(address, context=ssl.create_default_context())
    assert _ask(address, context=_client(pki))[0] == 200
    lines = len(process.log)
    process.signal(15)
    assert process.end() == 0
    assert [re.findall(r'msg=(".*?")', line)[0] for line in process.log[lines:]] == ['"stopping"', '"stopped"']


def test_a_new_certificate_is_served_at_the_next_handshake(serve: Any, pki: Authority) -> None:
    """Without a reload, as exporter-toolkit does it."""
    _, address = serve(_tls())
    context = _client(pki)
    before = _serial(address, context)
    assert _serial(address, context) == before
    pki.sign("server", "127.0.0.1")
    assert _serial(address, context) != before


def test_new_users_count_at_the_next_request(serve: Any, tmp_path: Path) -> None:
    """Without TLS, too: a user who is gone is refused although the cache knew the password."""
    _, address = serve(USERS)
    assert _ask(address, headers=BASIC)[0] == 200
    (tmp_path / "web.yml").write_text(USERS.replace("prometheus", "somebody"))
    assert _ask(address, headers=BASIC)[0] == 401


@pytest.mark.parametrize(
    "broken",
    ["tls_server_config: [", "", _tls().replace("server.key", "nosuch.key"), USERS],
    ids=["no YAML", "empty", "no key", "no TLS"],
)
def test_a_file_that_turns_bad_refuses_and_recovers(serve: Any, pki: Authority, tmp_path: Path, broken: str) -> None:
    """No handshake succeeds (nothing falls open), one line says why, and the repaired file counts at once."""
    process, address = serve(_tls() + USERS)
    context = _client(pki)
    assert _ask(address, context=context, headers=BASIC)[0] == 200
    (tmp_path / "web.yml").write_text(broken)
    for _ in range(3):
        with pytest.raises((OSError, http.client.HTTPException)):
            _ask(address, context=context, headers=BASIC)
    (tmp_path / "web.yml").write_text(_tls() + USERS)
    assert _ask(address, context=context, headers=BASIC)[0] == 200
    process.line('msg="web configuration loaded"')
    assert sum("turned bad" in line for line in process.log) == 1


def test_a_missing_key_that_comes_later_is_seen(serve: Any, pki: Authority, tmp_path: Path) -> None:
    """What the bad file names is watched as well."""
    _, address = serve(_tls())
    (tmp_path / "web.yml").write_text(_tls().replace("server.", "later."))
    with pytest.raises((OSError, http.client.HTTPException)):
        _ask(address, context=_client(pki))
    pki.sign("later", "127.0.0.1")
    assert _ask(address, context=_client(pki))[0] == 200


@pytest.mark.parametrize("broken", ["basic_auth_users: {a: b}", "", "basic_auth_users:"])
def test_users_alone_that_turn_bad_are_a_500(serve: Any, tmp_path: Path, broken: str) -> None:
    """Plain HTTP answers, tells nobody what is in the file, and opens to nobody when the file is empty."""
    _, address = serve(USERS)
    (tmp_path / "web.yml").write_text(broken)
    assert _ask(address, headers=BASIC)[0] == 500


def test_only_certificates_of_the_authority_get_in(serve: Any, pki: Authority, tmp_path: Path) -> None:
    """RequireAndVerifyClientCert: none, and one that another authority signed, are refused."""
    more = f"  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: {pki.file.name}"
    _, address = serve(_tls(more))
    assert _ask(address, context=_client(pki, pki.sign("client")))[0] == 200
    stranger = Authority(tmp_path, "another authority").sign("stranger")
    for certificate in (None, stranger):
        with pytest.raises((OSError, http.client.HTTPException)):
            _ask(address, context=_client(pki, certificate))


@pytest.mark.parametrize(
    ("names", "allowed"),
    [(["prom.example.net"], True), (["::1"], True), (["other.example.net", "127.0.0.1"], False), ([], False)],
)
def test_only_allowed_names_get_in(serve: Any, pki: Authority, names: list[str], allowed: bool) -> None:
    """client_allowed_sans: names and addresses, exactly; a certificate without any is refused."""
    more = f"  client_auth_type: VerifyClientCertIfGiven\n  client_ca_file: {pki.file.name}\n"
    _, address = serve(_tls(more + '  client_allowed_sans: [prom.example.net, "::1"]'))
    context = _client(pki, pki.sign("client", *names))
    if allowed:
        assert _ask(address, context=context)[0] == 200
    else:
        with pytest.raises((OSError, http.client.HTTPException)):
            _ask(address, context=context)
    assert _ask(address, context=_client(pki))[0] == 200  # "if given"


def test_pem_may_stand_in_the_file(serve: Any, pki: Authority, tmp_path: Path) -> None:
    """`cert`, `key` and `client_ca` inline, as text."""
    indented = {
        name: (tmp_path / name).read_text().replace("\n", "\n    ")
        for name in ("server.pem", "server.key", pki.file.name)
    }
    _, address = serve(
        f"tls_server_config:\n  cert: |\n    {indented['server.pem']}\n  key: |\n    {indented['server.key']}\n"
        f"  client_auth_type: RequireAndVerifyClientCert\n  client_ca: |\n    {indented[pki.file.name]}\n"
    )
    assert _ask(address, context=_client(pki, pki.sign("client")))[0] == 200


def test_versions_and_suites_are_what_the_file_says(serve: Any, pki: Authority) -> None:
    """TLS 1.2 with the one suite that is named; a client of TLS 1.3 alone is refused."""
    suite = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
    _, address = serve(_tls("  max_version: TLS12", f"  cipher_suites: [{suite}]", "  curve_preferences: [CurveP384]"))
    context = _client(pki)
    with _secure(address, context) as secure:
        assert (secure.version(), (secure.cipher() or ("",))[0]) == ("TLSv1.2", "ECDHE-ECDSA-AES128-GCM-SHA256")
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    with pytest.raises(ssl.SSLError):
        _ask(address, context=context)


def test_requests_beyond_the_rate_are_refused(serve: Any) -> None:
    """Two at once, then one an hour: 429, before any password is looked at."""
    _, address = serve("rate_limit: {interval: 1h, burst: 2}\n" + USERS)
    assert [_ask(address)[0] for _ in range(3)] == [401, 401, 429]


def test_config_check_reads_certificates_too(facts: Any, tmp_path: Path, pki: Authority) -> None:
    """A pair that doesn't belong together is found without starting; the key's text isn't shown."""
    pki.sign("other", "127.0.0.1")
    (tmp_path / "web.yml").write_text(_tls().replace("server.key", "other.key"))
    process = facts("--config.check", f"--web.config.file={tmp_path}/web.yml")
    assert process.end() == 1
    assert "key values mismatch; they must be a PEM certificate" in "".join(process.log)
