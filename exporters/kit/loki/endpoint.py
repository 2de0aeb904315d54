"""The `loki` object of an exporter's file as an `Endpoint`: secrets are resolved here, and nowhere shown.

{"url": "https://loki.example.net", "tenant": "noc", "username": "sotp", "password": {"file": "/etc/sotp/loki"},
 "token": {"env": "LOKI_TOKEN"}, "ca_file": "/etc/sotp/ca.pem", "cert_file": …, "key_file": …}
"""

import os
import ssl
import urllib.parse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from exporters.kit.document import ConfigError, member, only
from exporters.kit.loki.push import Endpoint

_KEYS = ("url", "tenant", "username", "password", "token", "ca_file", "cert_file", "key_file", "timeout")
_MOST = 16 * 1024  # bytes of a secret's file


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
        password=secret(settings, "password", where) if username else "",
        token=secret(settings, "token", where) if "token" in settings else "",
        tls=_tls(settings, where) if parts.scheme == "https" else None,
        timeout_s=timeout,
    )


def secret(holder: Mapping[str, Any], key: str, where: str) -> str:
    """Returns what `{"env": NAME}` or `{"file": PATH}` names; a file's last line end doesn't count.

    Raises:
        ConfigError: There is none; the text doesn't have it.
    """
    reference = member(holder, key, dict, where)
    where = f"{where}.{key}"
    only(reference, ("env", "file"), where)
    if len(reference) != 1:
        raise ConfigError(f'{where}: must say where the secret is: {{"env": NAME}} or {{"file": PATH}}')
    if "env" in reference:
        name = member(reference, "env", str, where)
        value = os.environ.get(name, "")
        if not value:
            raise ConfigError(f"{where}: the environment variable {name} isn't set; the exporter needs it")
    else:
        value = _of_file(Path(member(reference, "file", str, where)), where)
    if any(c in value for c in "\r\n\0"):
        raise ConfigError(f"{where}: the secret has a line break in it; a header can't carry it")
    return value


def _of_file(path: Path, where: str) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_MOST + 1)
        value = data.decode().removesuffix("\n").removesuffix("\r")
    except OSError as error:
        raise ConfigError(f"{where}: {path} can't be read: {error.strerror}; the exporter needs it") from error
    except UnicodeDecodeError:
        raise ConfigError(f"{where}: {path} is no UTF-8 text") from None
    if not value or len(data) > _MOST:
        raise ConfigError(f"{where}: {path} is {'empty' if not value else 'too long for a secret'}")
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
