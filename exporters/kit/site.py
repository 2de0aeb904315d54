"""The HTTP side of an exporter: the paths that all of them have, and how failures are answered."""

import html
import logging
from collections.abc import Sequence
from typing import Any

from aiohttp import hdrs, web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import CollectorRegistry, generate_latest

from exporters.kit.configuration import Configuration
from exporters.kit.document import ConfigError
from exporters.kit.exposition import CONTENT_TYPE
from exporters.kit.log import fields
from exporters.kit.service import OnMetrics, Service
from exporters.kit.web import Web, add_headers, guard


def application(
    service: Service[Any], configuration: Configuration, registry: CollectorRegistry, secured: Web | None = None
) -> web.Application:
    """Returns the exporter's web application: the kit's paths and the service's, guarded as `secured` says."""
    secured = secured or Web(None, service.name)
    more_text = service.metrics_text if isinstance(service, OnMetrics) else str

    async def metrics(_: web.Request) -> web.Response:
        body = generate_latest(registry) + more_text().encode()
        return web.Response(body=body, headers={hdrs.CONTENT_TYPE: CONTENT_TYPE})

    async def healthy(_: web.Request) -> web.Response:
        return web.Response(text="healthy\n")

    async def ready(_: web.Request) -> web.Response:
        reason = service.ready()
        return web.Response(text=f"not ready: {reason}\n", status=503) if reason else web.Response(text="ready\n")

    async def reload(_: web.Request) -> web.Response:
        try:
            return web.Response(text=f"{await configuration.reload()}\n")
        except ConfigError as error:
            text = f"{error}\n".encode(errors="backslashreplace")  # it may quote a lone surrogate of the file
            return web.Response(body=text, status=500, content_type="text/plain", charset="utf-8")

    routes = [
        web.get("/metrics", metrics),
        web.get("/-/healthy", healthy),
        web.get("/-/ready", ready),
        web.post("/-/reload", reload),
        *service.routes(),
    ]
    page = _landing_page(service.name, routes)

    async def landing(_: web.Request) -> web.Response:
        return web.Response(text=page, content_type="text/html")

    logging.getLogger("aiohttp.server").addFilter(_is_ours)

    async def prepare(_: web.Request, response: web.StreamResponse) -> None:
        await add_headers(secured, response)

    app = web.Application(middlewares=[guard(secured), _failures(service.name)])
    app.on_response_prepare.append(prepare)
    app.add_routes([web.get("/", landing), *routes])
    return app


def _failures(name: str) -> Middleware:
    """A handler that fails is one log line and a 500 that tells the client nothing of our insides."""
    log = logging.getLogger(name)

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException:
            raise
        except Exception:
            # The path only: a query may hold what a user typed into the wrong field.
            log.exception("request failed", extra=fields(method=request.method, path=request.path))
            return web.Response(text="internal error, see the exporter's log\n", status=500)

    return middleware


def _is_ours(record: logging.LogRecord) -> bool:
    """Tells a failure of ours from a request that is no HTTP.

    The latter's sender is told by a 400; the exception's text quotes what was sent, perhaps a header with a password.
    """
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


def _landing_page(name: str, routes: Sequence[web.RouteDef]) -> str:
    paths = [route.path for route in routes if route.method == hdrs.METH_GET and "{" not in route.path]
    links = "\n".join([f'<li><a href="{html.escape(path)}">{html.escape(path)}</a></li>' for path in paths])
    title = html.escape(f"SOTP {name} exporter")
    return (
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{title}</title></head>\n'
        f"<body>\n<h1>{title}</h1>\n<ul>\n{links}\n</ul>\n</body>\n</html>\n"
    )
