"""`python -m exporters.kit.web_health HOST:PORT [WEB-CONFIG-FILE]`: a container's health check of an exporter.

It asks /-/ready as the web configuration says that it is served. Whoever checks health holds no password and no client
certificate, so being asked for one counts as well: what asks is alive. Exit code 0 and a word, or 1 and why not.
"""

import http.client
import ssl
import sys
from collections.abc import Sequence
from pathlib import Path

from exporters.kit import web_config, web_tls
from exporters.kit.document import ConfigError
from exporters.kit.web_config import Tls

_TIMEOUT_S = 4.0
# Unauthorized (a password is wanted), Too Many Requests (the file's rate limit).
_ALIVE = frozenset({200, 401, 429})
_MUTUAL = "RequireAndVerifyClientCert"
# What OpenSSL says to an answer that is plain HTTP. To a client without a certificate, asyncio just hangs up.
_PLAIN = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST"})


class UnhealthyError(Exception):
    """It doesn't serve as it should; the text says how."""


def main(argv: Sequence[str]) -> int:
    """Asks once; returns the exit code."""
    address, *rest = argv
    try:
        sys.stdout.write(f"{check(address, Path(rest[0]) if rest else None)}\n")
    except (ConfigError, UnhealthyError) as error:
        sys.stdout.write(f"{error}\n")  # `docker inspect` shows standard output
        return 1
    return 0


def check(address: str, file: Path | None) -> str:
    """Asks the exporter at host:port how it is, as the file says that it serves; returns its word.

    Raises:
        ConfigError: The file can't be used, so the exporter refuses everybody too.
        UnhealthyError: It doesn't answer, or says that it isn't ready.
    """
    tls = web_config.read(file).tls if file else None
    host, _, port = address.rpartition(":")
    try:
        status, text = _ask(_connection(tls, host.strip("[]"), int(port)))
    except (ssl.SSLError, ConnectionResetError, http.client.RemoteDisconnected) as error:
        reason = getattr(error, "reason", None) or type(error).__name__
        if tls is not None and tls.client_auth_type == _MUTUAL and reason not in _PLAIN:
            return "alive: it asks for a client certificate"
        raise UnhealthyError(f"{address}: the connection ended: {reason}; was it started with this file?") from None
    except (OSError, http.client.HTTPException) as error:
        raise UnhealthyError(f"{address}: {error or type(error).__name__}") from None
    if status not in _ALIVE:
        raise UnhealthyError(f"{address}: {status} {text}")
    return text


def _connection(tls: Tls | None, host: str, port: int) -> http.client.HTTPConnection:
    """Connects as the file serves; no look at the certificate: it is for a name, and this asks by address, at home."""
    if tls is None:
        return http.client.HTTPConnection(host, port, timeout=_TIMEOUT_S)
    web_tls.context(tls)  # a certificate that turned bad is said by its file's name
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return http.client.HTTPSConnection(host, port, timeout=_TIMEOUT_S, context=context)


def _ask(connection: http.client.HTTPConnection) -> tuple[int, str]:
    try:
        connection.request("GET", "/-/ready")
        answer = connection.getresponse()
        return answer.status, answer.read(200).decode(errors="replace").strip()
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
