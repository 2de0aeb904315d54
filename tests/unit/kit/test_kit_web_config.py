"""The web configuration file: exporter-toolkit's format, strictly; every mistake with its place."""

from pathlib import Path

import pytest

from exporters.kit.document import ConfigError
from exporters.kit.web_config import CIPHERS, CIPHERS_13, CURVES, RateLimit, Tls, WebConfig, read

HASH = "$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi"
PAIR = "tls_server_config: {cert_file: a.pem, key_file: a.key"


def _read(folder: Path, text: str) -> WebConfig:
    file = folder / "web.yml"
    file.write_text(text)
    return read(file)


def test_the_whole_format(tmp_path: Path) -> None:
    """Every key has its place; relative paths are relative to the file."""
    text = f"""
tls_server_config:
  cert_file: certs/a.pem
  key_file: /abs/a.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.pem
  client_allowed_sans: [prometheus.example.net, "192.0.2.9"]
  min_version: TLS13
  max_version: TLS13
  cipher_suites: [TLS_AES_128_GCM_SHA256]
  prefer_server_cipher_suites: false
  curve_preferences: [X25519]
http_server_config:
  http2: false
  headers: {{X-Frame-Options: deny, Content-Security-Policy: ""}}
basic_auth_users: {{prometheus: "{HASH}"}}
rate_limit: {{interval: 1m0.5s, burst: 3}}
"""
    found = _read(tmp_path, text)
    assert found.tls == Tls(
        cert_file=tmp_path / "certs/a.pem",
        key_file=Path("/abs/a.key"),
        client_ca_file=tmp_path / "ca.pem",
        client_auth_type="RequireAndVerifyClientCert",
        client_allowed_sans=("prometheus.example.net", "192.0.2.9"),
        min_version="TLS13",
        cipher_suites=("TLS_AES_128_GCM_SHA256",),
        prefer_server_cipher_suites=False,
        curve_preferences=("X25519",),
    )
    assert (found.users, found.headers) == ({"prometheus": HASH}, {"X-Frame-Options": "deny"})
    assert found.rate_limit == RateLimit(60.5, 3)
    assert HASH not in repr(found)


@pytest.mark.parametrize("text", ["", "# nothing\n", "tls_server_config:\nbasic_auth_users:\n", "{}"])
def test_an_empty_file_asks_for_nothing(tmp_path: Path, text: str) -> None:
    """As in exporter-toolkit: neither TLS nor users."""
    assert _read(tmp_path, text) == WebConfig()


@pytest.mark.parametrize("name", [*CIPHERS, *CIPHERS_13])
def test_every_cipher_suite_of_go_is_known(tmp_path: Path, name: str) -> None:
    """By Go's name."""
    tls = _read(tmp_path, f"{PAIR}, cipher_suites: [{name}]}}").tls
    assert tls is not None
    assert tls.cipher_suites == (name,)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tls_servr_config: {}", '1:1: "tls_servr_config" is no key; known are basic_auth_users, http_server_config'),
        (f"{PAIR}, cert_fil: x}}", '1:56: "cert_fil" is no key of tls_server_config; known are cert, cert_file'),
        (f"{PAIR}, key_file: b}}", '1:56: "key_file" stands here twice: keep one'),
        ("tls_server_config: {key_file: a}", "1:20: tls_server_config: cert_file (or cert) is missing"),
        ("tls_server_config: {cert_file: a}", "1:20: tls_server_config: key_file (or key) is missing"),
        ("tls_server_config: {client_auth_type: NoClientCert}", "cert_file (or cert) is missing"),
        (f"{PAIR}, key: b}}", "1:20: tls_server_config: give either key or key_file"),
        (f"{PAIR}, client_ca_file: b}}", "a client CA has no effect without client_auth_type"),
        (f"{PAIR}, client_auth_type: VerifyClientCertIfGiven}}", "needs client_ca_file: without it every public CA"),
        (f"{PAIR}, client_allowed_sans: [a]}}", "client_allowed_sans has no effect without client_auth_type"),
        (f"{PAIR}, client_auth_type: RequestClientCert}}", "1:74: client_auth_type: RequestClientCert takes cert"),
        (f"{PAIR}, client_auth_type: RequireAnyClientCert}}", "which Python's ssl doesn't do; write VerifyClientCert"),
        (f"{PAIR}, client_auth_type: Yes please}}", '"Yes please" is no client_auth_type; known are NoClientCert, '),
        (f"{PAIR}, min_version: TLS10}}", "1:69: TLS10 is not served, it is broken (RFC 8996): write TLS12 or TLS13"),
        (f"{PAIR}, min_version: 1.2}}", "1:69: must be text: quote it"),
        (f"{PAIR}, min_version: SSL3}}", '"SSL3" is no TLS version; known are TLS12, TLS13'),
        (f"{PAIR}, min_version: TLS13, max_version: TLS12}}", "min_version TLS13 is above max_version TLS12"),
        (f"{PAIR}, cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]}}", '"TLS_RSA_WITH_RC4_128_SHA" is no cipher suite'),
        (f"{PAIR}, max_version: TLS12, cipher_suites: [TLS_AES_128_GCM_SHA256]}}", "needs a suite of TLS 1.2"),
        (f"{PAIR}, curve_preferences: [CurveP256, X25519]}}", "Python's ssl takes one curve: name one"),
        (f"{PAIR}, curve_preferences: [P-256]}}", f'"P-256" is no curve; known are {", ".join(CURVES)}'),
        (f"{PAIR}, prefer_server_cipher_suites: 1}}", "1:85: must be true or false"),
        ("http_server_config: {http2: true}", "1:29: http2: this server speaks HTTP/1.1 only"),
        ("http_server_config: {headers: {X-Frame-Options: no}}", "must be text: quote it"),
        ("http_server_config: {headers: {X-Frame-Options: x}}", '"x" is no value of X-Frame-Options; known are deny, '),
        ("http_server_config: {headers: {Server: x}}", '1:32: "Server" is no key of headers; known are Content-Sec'),
        ('http_server_config: {headers: {X-XSS-Protection: "1\\nA: b"}}', "a header is one line"),
        ("basic_auth_users: {a: s3cr3t}", '1:23: basic_auth_users: what stands for "a" is no bcrypt hash: make one'),
        (f"basic_auth_users: {{a: {HASH[:-1]}}}", "is no bcrypt hash"),
        (f"basic_auth_users: {{a: {HASH.replace('$10$', '$99$')}}}", "is no bcrypt hash"),
        ("basic_auth_users: [a]", "1:19: basic_auth_users must be a mapping, key: value"),
        ("rate_limit: {interval: 1s}", "1:13: rate_limit: burst must be at least 1"),
        ("rate_limit: {interval: 1}", "1:24: must be a duration like 500ms or 1s, or 0"),
        ("- a", "1:1: the file must be a mapping, key: value"),
        ("a: [b", "2:1: not YAML: did not find expected ',' or ']'"),
        ("a: \x01", "not YAML: it holds a character that YAML doesn't allow"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    """File, line, column, what is wrong, what would be right; never a value that may be a secret."""
    with pytest.raises(ConfigError) as caught:
        _read(tmp_path, text)
    said = str(caught.value)
    assert said.startswith(f"{tmp_path}/web.yml:")
    assert message in said
    assert "s3cr3t" not in said
    assert HASH[7:] not in said


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """With its name."""
    with pytest.raises(ConfigError, match=r"none\.yml: can't be read: No such file or directory"):
        read(tmp_path / "none.yml")
