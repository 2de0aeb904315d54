"""Serving as the web configuration file says; what it names is read again when it changes.

As in exporter-toolkit, a file that turned bad refuses requests and handshakes instead of serving what no longer
holds, and only whether there is TLS at all is fixed at the start.
"""

import logging
import ssl
import time
from pathlib import Path

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from exporters.kit import web_config, web_tls
from exporters.kit.document import ConfigError
from exporters.kit.log import fields
from exporters.kit.web_auth import Users
from exporters.kit.web_config import RateLimit, WebConfig

_Stamp = tuple[tuple[int, int, int, int] | None, ...]


class Web:
    """The file in force; None for the path is plain HTTP for everybody."""

    def __init__(self, path: Path | None, name: str) -> None:
        self._path = path
        self._log = logging.getLogger(name)
        self._files: tuple[Path, ...] = ()
        self._stamp: _Stamp = ()
        self._config = WebConfig()
        self._context: ssl.SSLContext | None = None
        self._error = ""
        self._loaded = False
        self._refusing = web_tls.refusing()

    def load(self) -> None:
        """Reads the file and what it names.

        Raises:
            ConfigError: They can't be used.
        """
        if self._path is None:
            return
        self._watch(self._path)
        config = web_config.read(self._path)
        self._watch(self._path, *_named(config))
        if config == WebConfig() != self._config:
            raise ConfigError(f"{self._path}: is empty now: to serve without TLS and auth, start the exporter again")
        context = web_tls.context(config.tls) if config.tls else None
        if self._loaded and (context is None) != (self._context is None):
            raise ConfigError(
                f"{self._path}: TLS can't be switched on or off while it serves: start the exporter again"
            )
        self._config, self._context, self._loaded = config, context, True

    def ssl_context(self) -> ssl.SSLContext | None:
        """Returns what a server is started with, after `load`; None is plain HTTP."""
        if self._context is None:
            return None
        following = web_tls.Following(ssl.PROTOCOL_TLS_SERVER)
        following.current = self._current_context
        return following

    def current(self) -> WebConfig:
        """Returns what the file says now.

        Raises:
            ConfigError: It turned bad; that was logged once.
        """
        if self._path is not None and _stamp(self._files) != self._stamp:
            try:
                self.load()
            except ConfigError as error:
                self._error = str(error)
                self._log.error("the web configuration turned bad, requests are refused", extra=fields(error=error))
            else:
                self._error = ""
                self._log.info("web configuration loaded")
        if self._error:
            raise ConfigError(self._error)
        return self._config

    def _watch(self, *files: Path) -> None:
        self._files, self._stamp = files, _stamp(files)

    def _current_context(self) -> ssl.SSLContext:
        try:
            self.current()
        except ConfigError:
            return self._refusing
        return self._context or self._refusing


def guard(site: Web) -> Middleware:
    """The middleware before all others: rate limit, then basic auth; every path, unknown ones too."""
    users, limiter = Users(), _Limiter()

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            config = site.current()
        except ConfigError:
            return web.Response(text="Internal Server Error\n", status=500)
        if not limiter.allow(config.rate_limit):
            return web.Response(text="Too Many Requests\n", status=429)
        if config.users and not await users.allow(config.users, request.headers.get(hdrs.AUTHORIZATION)):
            return web.Response(text="Unauthorized\n", status=401, headers={hdrs.WWW_AUTHENTICATE: "Basic"})
        return await handler(request)

    return middleware


async def add_headers(site: Web, response: web.StreamResponse) -> None:
    """Adds the headers that the file asks for to an answer, whoever gives it."""
    try:
        response.headers.update(site.current().headers)
    except ConfigError:
        return


class _Limiter:
    """A bucket of `burst` tokens, one more each interval."""

    def __init__(self) -> None:
        self._limit: RateLimit | None = None
        self._tokens, self._at = 0.0, 0.0

    def allow(self, limit: RateLimit | None) -> bool:
        """Takes a token, if there is one."""
        if limit is None:
            return True
        now = time.monotonic()
        if limit != self._limit:
            self._limit, self._tokens, self._at = limit, limit.burst, now
        self._tokens = min(limit.burst, self._tokens + (now - self._at) / limit.interval)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


def _named(config: WebConfig) -> list[Path]:
    tls = config.tls
    return [file for file in (tls.cert_file, tls.key_file, tls.client_ca_file) if file] if tls else []


def _stamp(files: tuple[Path, ...]) -> _Stamp:
    """What changes when one of the files is written or replaced."""
    return tuple(_file_stamp(file) for file in files)


def _file_stamp(file: Path) -> tuple[int, int, int, int] | None:
    try:
        stat = file.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns
