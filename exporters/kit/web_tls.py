"""TLS as a web configuration asks for it, by Python's ssl."""

import ipaddress
import os
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from exporters.kit.document import ConfigError
from exporters.kit.web_config import CIPHERS, CURVES, Tls

_VERSIONS = {"TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3}
_VERIFY = {
    "NoClientCert": ssl.CERT_NONE,
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}


def context(tls: Tls) -> ssl.SSLContext:
    """Builds the context for one state of the files.

    Raises:
        ConfigError: A file is missing, is no certificate or key, or they don't belong together.
    """
    made = _Context(ssl.PROTOCOL_TLS_SERVER)
    made.allowed_sans = frozenset(tls.client_allowed_sans)
    made.minimum_version, made.maximum_version = _VERSIONS[tls.min_version], _VERSIONS[tls.max_version]
    _suites(made, tls)
    if tls.curve_preferences:
        made.set_ecdh_curve(CURVES[tls.curve_preferences[0]])
    _certificate(made, tls)
    made.verify_mode = _VERIFY[tls.client_auth_type]
    if made.verify_mode != ssl.CERT_NONE:
        _client_ca(made, tls)
    return made


class Following(ssl.SSLContext):
    """A context whose every connection is made by the context that is current then: new certificates, new rules.

    OpenSSL's own hook for that (the callback for server names) changes the certificate alone, not who may connect.
    """

    current: Callable[[], ssl.SSLContext]

    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:  # noqa: ANN401 - SSLContext's
        """Hands the connection to the current context."""
        return self.current().wrap_bio(*args, **kwargs)


def refusing() -> ssl.SSLContext:
    """A context without a certificate: no handshake succeeds."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)


class _Object(ssl.SSLObject):
    """A connection that ends when its client's certificate has none of the names that are allowed."""

    def do_handshake(self) -> None:
        """Shakes hands, then looks at the names; a client without a certificate passes where it may."""
        super().do_handshake()
        allowed: frozenset[str] = getattr(self.context, "allowed_sans", frozenset())
        certificate = self.getpeercert() if allowed else None
        if certificate and not allowed & set(_names(certificate)):
            raise ssl.SSLCertVerificationError("the client's certificate has no allowed subject alternative name")


class _Context(ssl.SSLContext):
    allowed_sans: frozenset[str] = frozenset()
    sslobject_class = _Object


def _names(certificate: Any) -> Iterator[str]:  # noqa: ANN401 - a nested dict of ssl's
    """The names of a certificate as Go writes them: addresses in their short form."""
    for kind, value in certificate.get("subjectAltName", ()):
        yield str(ipaddress.ip_address(value.strip())) if kind == "IP Address" else value


def _suites(made: ssl.SSLContext, tls: Tls) -> None:
    if tls.prefer_server_cipher_suites:
        made.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
    else:
        made.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    suites = [CIPHERS[name] for name in tls.cipher_suites if name in CIPHERS]
    if suites:
        made.set_ciphers(":".join(suites))
    elif tls.cipher_suites:  # of TLS 1.3 alone: nothing is left for 1.2
        made.minimum_version = ssl.TLSVersion.TLSv1_3


def _certificate(made: ssl.SSLContext, tls: Tls) -> None:
    with _file(tls.cert_file, tls.cert) as cert, _file(tls.key_file, tls.key) as key:
        for name, path in ((tls.cert_file, cert), (tls.key_file, key)):
            _readable(path, name)
        try:
            made.load_cert_chain(cert, key, password=lambda: b"")  # never ask on the terminal
        except (ssl.SSLError, OSError, ValueError) as error:
            raise ConfigError(
                f"{tls.cert_file or 'cert'} and {tls.key_file or 'key'}: {_reason(error)}; they must be a PEM "
                "certificate (with its chain) and its key, without a passphrase"
            ) from None


def _client_ca(made: ssl.SSLContext, tls: Tls) -> None:
    with _file(tls.client_ca_file, tls.client_ca) as path:
        _readable(path, tls.client_ca_file)
        try:
            made.load_verify_locations(path)
        except (ssl.SSLError, OSError) as error:
            shown = tls.client_ca_file or "client_ca"
            raise ConfigError(f"{shown}: {_reason(error)}; it must hold PEM certificates") from None


def _readable(path: Path, shown: Path | None) -> None:
    try:
        path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{shown}: can't be read: {error.strerror}; let the exporter's user read it") from None


def _reason(error: Exception) -> str:
    reason = getattr(error, "reason", None)  # such as KEY_VALUES_MISMATCH
    return str(reason).replace("_", " ").lower() if reason else "can't be used"


@contextmanager
def _file(path: Path | None, text: str) -> Iterator[Path]:
    """The path of what OpenSSL takes from files only; text goes into memory that has a path, never onto a disk."""
    if path is not None:
        yield path
        return
    descriptor = os.memfd_create("pem")
    try:
        os.write(descriptor, text.encode())
        yield Path(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)
