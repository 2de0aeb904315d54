"""`--web.config.file`: TLS and basic auth, in the format of exporter-toolkit (docs/web-configuration.md there).

Strict: an unknown key, and what this server can't do (HTTP/2, several curves, a client certificate that nobody
verifies), is refused with file, line and column. No message quotes a value that may be a secret.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from exporters.kit.document import ConfigError

_Read = Callable[[yaml.Node], Any]

CIPHERS: Mapping[str, str] = {  # Go's name → OpenSSL's; those of TLS 1.3 can't be chosen, there as here
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": "ECDHE-ECDSA-AES128-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA": "ECDHE-ECDSA-AES256-SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": "ECDHE-RSA-AES128-SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA": "ECDHE-RSA-AES256-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "ECDHE-ECDSA-AES128-GCM-SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "ECDHE-ECDSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": "ECDHE-RSA-AES128-GCM-SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": "ECDHE-RSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-RSA-CHACHA20-POLY1305",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-ECDSA-CHACHA20-POLY1305",
}
CIPHERS_13 = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")
CURVES: Mapping[str, str] = {
    "CurveP256": "prime256v1",
    "CurveP384": "secp384r1",
    "CurveP521": "secp521r1",
    "X25519": "X25519",
}
_HEADERS: Mapping[str, tuple[str, ...]] = {  # with the values that each takes; none: any
    "Content-Security-Policy": (),
    "Strict-Transport-Security": (),
    "X-Content-Type-Options": ("nosniff",),
    "X-Frame-Options": ("deny", "sameorigin"),
    "X-XSS-Protection": (),
}
_CLIENT_AUTH = ("NoClientCert", "VerifyClientCertIfGiven", "RequireAndVerifyClientCert")
_UNVERIFIED = ("RequestClientCert", "RequireAnyClientCert", "RequireClientCert")
_VERSIONS = ("TLS12", "TLS13")
_BCRYPT = re.compile(r"\$2[aby]\$(0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{53}")
_WORD = re.compile(r"[A-Za-z_-]{1,30}")
_UNIT_S = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ns|us|ms|s|m|h)")


@dataclass(frozen=True, slots=True)
class Tls:
    """How TLS is served. Of certificate, key and client CA each is a file or text (PEM)."""

    cert_file: Path | None = None
    key_file: Path | None = None
    client_ca_file: Path | None = None
    cert: str = field(default="", repr=False)
    key: str = field(default="", repr=False)
    client_ca: str = field(default="", repr=False)
    client_auth_type: str = "NoClientCert"
    client_allowed_sans: tuple[str, ...] = ()
    min_version: str = "TLS12"
    max_version: str = "TLS13"
    cipher_suites: tuple[str, ...] = ()
    prefer_server_cipher_suites: bool = True
    curve_preferences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RateLimit:
    """One request each `interval` seconds, `burst` at once."""

    interval: float
    burst: int


@dataclass(frozen=True, slots=True)
class WebConfig:
    """What the file says: `users` are bcrypt hashes by name, `tls` is None where plain HTTP is served."""

    tls: Tls | None = None
    users: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    rate_limit: RateLimit | None = None


def read(path: Path) -> WebConfig:
    """Reads a web configuration file; relative paths in it are relative to its folder. An empty file asks for nothing.

    Raises:
        ConfigError: It can't be read or used: file:line:column, what is wrong, what would be right.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: can't be read: {error.strerror}; let the exporter's user read it") from error
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not UTF-8: save it as UTF-8") from None
    try:
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
        return WebConfig() if root is None else _web_config(root, path.parent)
    except _MistakeError as error:
        mark = error.node.start_mark
        raise ConfigError(f"{path}:{mark.line + 1}:{mark.column + 1}: {error}") from None
    except yaml.MarkedYAMLError as error:
        found = error.problem_mark or error.context_mark
        place = f":{found.line + 1}:{found.column + 1}" if found else ""
        raise ConfigError(f"{path}{place}: not YAML: {error.problem}") from None
    except yaml.YAMLError:
        raise ConfigError(f"{path}: not YAML: it holds a character that YAML doesn't allow") from None


class _MistakeError(Exception):
    """What is wrong at a node."""

    def __init__(self, node: yaml.Node, text: str) -> None:
        super().__init__(text)
        self.node = node


def _web_config(root: yaml.Node, folder: Path) -> WebConfig:
    found = _section(root, "", {
        "tls_server_config": lambda node: _tls(node, folder),
        "http_server_config": _http,
        "basic_auth_users": _users,
        "rate_limit": _rate_limit,
    })  # fmt: skip
    return WebConfig(
        tls=found.get("tls_server_config"),
        users=found.get("basic_auth_users", {}),
        headers=found.get("http_server_config", {}),
        rate_limit=found.get("rate_limit"),
    )


def _tls(node: yaml.Node, folder: Path) -> Tls | None:
    def path(value: yaml.Node) -> Path | None:
        text = _text(value)
        return folder / text if text else None

    found = _section(node, "tls_server_config", {
        "cert": _text,
        "key": _text,
        "client_ca": _text,
        "cert_file": path,
        "key_file": path,
        "client_ca_file": path,
        "client_auth_type": _client_auth,
        "client_allowed_sans": _list,
        "min_version": _version,
        "max_version": _version,
        "cipher_suites": lambda value: _list(value, (*CIPHERS, *CIPHERS_13), "cipher suite"),
        "prefer_server_cipher_suites": _flag,
        "curve_preferences": _curves,
    })  # fmt: skip
    if not found:
        return None
    tls = Tls(**found)
    problem = _contradiction(tls)
    if problem:
        raise _MistakeError(node, f"tls_server_config: {problem}")
    return tls


def _contradiction(tls: Tls) -> str:
    """Says what the settings lack or where they disagree; "" when they don't."""
    for name in ("cert", "key"):
        given = bool(getattr(tls, name)) + bool(getattr(tls, f"{name}_file"))
        if given != 1:
            return f"{name}_file (or {name}) is missing" if not given else f"give either {name} or {name}_file"
    has_ca, asks = bool(tls.client_ca or tls.client_ca_file), tls.client_auth_type != "NoClientCert"
    suites_12 = not tls.cipher_suites or set(tls.cipher_suites) & set(CIPHERS)
    remedy = "has no effect without client_auth_type: RequireAndVerifyClientCert"
    needs = f"client_auth_type {tls.client_auth_type} needs client_ca_file: without it every public CA would do"
    checks = (
        (tls.client_ca and tls.client_ca_file, "give either client_ca or client_ca_file"),
        (has_ca and not asks, f"a client CA {remedy}"),
        (asks and not has_ca, needs),
        (tls.client_allowed_sans and not asks, f"client_allowed_sans {remedy}"),
        (tls.min_version > tls.max_version, f"min_version {tls.min_version} is above max_version {tls.max_version}"),
        (tls.max_version == "TLS12" and not suites_12, "max_version TLS12 needs a suite of TLS 1.2 in cipher_suites"),
    )
    return next((text for wrong, text in checks if wrong), "")


def _client_auth(node: yaml.Node) -> str:
    text = _text(node)
    if text in _UNVERIFIED:
        raise _MistakeError(
            node,
            f"client_auth_type: {text} takes certificates that nobody verified, which Python's ssl doesn't do; "
            "write VerifyClientCertIfGiven or RequireAndVerifyClientCert",
        )
    return _choice(node, text, _CLIENT_AUTH, "client_auth_type") if text else "NoClientCert"


def _version(node: yaml.Node) -> str:
    text = _text(node)
    if text in {"TLS10", "TLS11"}:
        raise _MistakeError(node, f"{text} is not served, it is broken (RFC 8996): write TLS12 or TLS13")
    return _choice(node, text, _VERSIONS, "TLS version")


def _curves(node: yaml.Node) -> tuple[str, ...]:
    curves = _list(node, tuple(CURVES), "curve")
    if len(curves) > 1:
        raise _MistakeError(node, "curve_preferences: Python's ssl takes one curve: name one, or leave the key out")
    return curves


def _http(node: yaml.Node) -> dict[str, str]:
    found = _section(node, "http_server_config", {"http2": _http2, "headers": _headers})
    return found.get("headers") or {}


def _http2(node: yaml.Node) -> bool:
    if _flag(node):
        raise _MistakeError(node, "http2: this server speaks HTTP/1.1 only: write false, or leave the key out")
    return False


def _headers(node: yaml.Node) -> dict[str, str]:
    found = _section(node, "headers", dict.fromkeys(_HEADERS, lambda value: (value, _text(value))))
    for name, (value, text) in found.items():
        if _HEADERS[name]:
            _choice(value, text, _HEADERS[name], f"value of {name}")
        if not text.isprintable():
            raise _MistakeError(value, f"{name}: a header is one line of printable characters")
    return {name: text for name, (_, text) in found.items() if text}


def _users(node: yaml.Node) -> dict[str, str]:
    users: dict[str, str] = {}
    for key, value in _pairs(node, "basic_auth_users"):
        hashed = _text(value)
        if not _BCRYPT.fullmatch(hashed):
            raise _MistakeError(
                value,
                f'basic_auth_users: what stands for "{key.value}" is no bcrypt hash: '
                "make one with `htpasswd -nBC 10 USER`, and quote it",
            )
        users[key.value] = hashed
    return users


def _rate_limit(node: yaml.Node) -> RateLimit | None:
    found = _section(node, "rate_limit", {"interval": _duration, "burst": _whole})
    interval, burst = found.get("interval", 0.0), found.get("burst", 0)
    if interval and burst < 1:
        raise _MistakeError(node, "rate_limit: burst must be at least 1: with 0 every request is refused")
    return RateLimit(interval, burst) if interval else None


def _section(node: yaml.Node, name: str, readers: Mapping[str, _Read]) -> dict[str, Any]:
    """Reads a mapping whose keys are known; keys without a value are left out."""
    found: dict[str, Any] = {}
    for key, value in _pairs(node, name):
        read_value = readers.get(key.value)
        if read_value is None:
            where = f" of {name}" if name else ""
            # A word of letters is a key misspelt; what else stands there may be a secret in the wrong place.
            said = f'"{key.value}"' if _WORD.fullmatch(key.value) else "this"
            raise _MistakeError(key, f"{said} is no key{where}; known are {', '.join(sorted(readers))}")
        if not _empty(value):
            found[key.value] = read_value(value)
    return found


def _pairs(node: yaml.Node, name: str) -> list[tuple[yaml.ScalarNode, yaml.Node]]:
    if _empty(node):
        return []
    if not isinstance(node, yaml.MappingNode):
        raise _MistakeError(node, f"{name or 'the file'} must be a mapping, key: value")
    seen: set[str] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _MistakeError(key, "a key is one word")
        if key.value in seen:
            raise _MistakeError(key, f'"{key.value}" stands here twice: keep one')
        seen.add(key.value)
    return list(node.value)


def _empty(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag.endswith(":null")


def _text(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode) or not node.tag.endswith(":str"):
        raise _MistakeError(node, "must be text: quote it")
    return str(node.value)


def _flag(node: yaml.Node) -> bool:
    if not isinstance(node, yaml.ScalarNode) or not node.tag.endswith(":bool"):
        raise _MistakeError(node, "must be true or false")
    return node.value.lower() in {"true", "yes", "on"}


def _whole(node: yaml.Node) -> int:
    if not isinstance(node, yaml.ScalarNode) or not re.fullmatch(r"[0-9]{1,9}", node.value):
        raise _MistakeError(node, "must be a whole number")
    return int(node.value)


def _duration(node: yaml.Node) -> float:
    text = node.value if isinstance(node, yaml.ScalarNode) else ""
    parts = _DURATION.findall(text)
    if text != "0" and (not parts or "".join(map("".join, parts)) != text):
        raise _MistakeError(node, "must be a duration like 500ms or 1s, or 0")
    return float(sum(float(number) * _UNIT_S[unit] for number, unit in parts))


def _list(node: yaml.Node, known: tuple[str, ...] = (), what: str = "") -> tuple[str, ...]:
    if not isinstance(node, yaml.SequenceNode):
        raise _MistakeError(node, "must be a list, like [a, b]")
    texts = [(item, _text(item)) for item in node.value]
    return tuple(_choice(item, text, known, what) if known else text for item, text in texts)


def _choice(node: yaml.Node, text: str, known: tuple[str, ...], what: str) -> str:
    if text not in known:
        raise _MistakeError(node, f'"{text}" is no {what}; known are {", ".join(known)}')
    return text
