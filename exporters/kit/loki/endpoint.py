"""The `loki` object of an exporter's file as an `Endpoint`: secrets are resolved here, and nowhere shown.

{"url": "https://loki.example.net", "tenant": "noc", "username": "sotp", "password": {"file": "/etc/sotp/loki"},
 "token": {"env": "LOKI_TOKEN"}, "ca_file": "/etc/sotp/ca.pem", "cert_file": …, "key_file": …}
"""

import ssl
import urllib.parse
from collections.abc import Mapping
from typing import Any

from exporters.kit.document import ConfigError, member, only
from exporters.kit.loki.push import Endpoint
from exporters.kit.secret import secret

_KEYS = ("url", "tenant", "username", "password", "token", "ca_file", "cert_file", "key_file", "timeout")


def endpoint(settings: Mapping[str, Any], where: str) -> Endpoint:
    """Reads it.

    Raises:
        ConfigError: Something is missing or wrong, or a secret can't be read.
    """
    only(settings, _KEYS, where)
    url = member(settings, "url", str, where)
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ConfigError(f"{where}.url: must be http:// or https:// and a host, such as http://127.0.0.1:3100")
    if parts.username or parts.password:
        raise ConfigError(f"{where}.url: credentials don't belong there; use username and password")
    username = member(settings, "username", str, where, "")
    if bool(username) != ("password" in settings) or (username and "token" in settings):
        raise ConfigError(f"{where}: username and password go together, and exclude token")
    timeout = member(settings, "timeout", float, where, 30.0)
    if not 1 <= timeout <= 300:
        raise ConfigError(f"{where}.timeout: is {timeout:g}, must be 1 to 300 (seconds)")
    return Endpoint(
        url=url,
        tenant=member(settings, "tenant", str, where, ""),
        username=username,
        password=_in_a_header(settings, "password", where) if username else "",
        token=_in_a_header(settings, "token", where) if "token" in settings else "",
        tls=_tls(settings, where) if parts.scheme == "https" else None,
        timeout_s=timeout,
    )


def _in_a_header(settings: Mapping[str, Any], key: str, where: str) -> str:
    value = secret(settings, key, where)
    if any(c in value for c in "\r\n\0"):
        raise ConfigError(f"{where}.{key}: the secret has a line break in it; a header can't carry it")
    return value


def _tls(settings: Mapping[str, Any], where: str) -> ssl.SSLContext:
    ca, cert, key = (member(settings, name, str, where, "") for name in ("ca_file", "cert_file", "key_file"))
    try:
        made = ssl.create_default_context(cafile=ca or None)
        if cert or key:
            made.load_cert_chain(cert, key or None, password=lambda: b"")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "can't be used"
        raise ConfigError(f"{where}: ca_file, cert_file and key_file: {reason}; they must be PEM files") from None
    return made
