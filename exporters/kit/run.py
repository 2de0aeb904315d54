"""Runs an exporter: command line, first load, HTTP, signals, graceful stop."""

import asyncio
import gc
import logging
import signal
import socket
import ssl
import sys
from collections.abc import Callable, Sequence
from typing import Any

from aiohttp import web
from prometheus_client import (
    CollectorRegistry,
    Gauge,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

from exporters.kit import log, options, sockets
from exporters.kit.configuration import Configuration
from exporters.kit.document import ConfigError
from exporters.kit.log import fields
from exporters.kit.options import Options
from exporters.kit.service import Service, StartError
from exporters.kit.site import application
from exporters.kit.web import Web

_GRACE_S = 4.0  # aiohttp waits so long for requests in flight, then as long again for their cancellation


def run(make_service: Callable[[CollectorRegistry], Service[Any]], argv: Sequence[str]) -> int:
    """Runs an exporter until SIGTERM or SIGINT.

    Args:
        make_service: Makes the service; it registers its self-metrics in the registry that it is given.
        argv: The command line without the program's name.

    Returns:
        The exit code: 0 after a stop that was asked for and after a good `--config.check`, else 1.
    """
    disable_created_metrics()  # type: ignore[no-untyped-call]  # one series more for every counter, read by nobody
    registry = CollectorRegistry()
    service = make_service(registry)
    chosen = options.parse(service.name, argv)
    log.setup(chosen.log_format, chosen.log_level)
    if chosen.check:
        return _check(Configuration(service, chosen.config, registry), Web(chosen.web_config, service.name))
    _self_metrics(registry)
    try:
        asyncio.run(_serve(service, chosen, registry))
    except (ConfigError, StartError) as error:
        logging.getLogger(service.name).error("can't start", extra=fields(error=error))  # noqa: TRY400  # no bug of ours
        return 1
    except Exception:
        logging.getLogger(service.name).exception("can't go on, an internal error")
        return 1
    return 0


def _check(configuration: Configuration, site: Web) -> int:
    try:
        configuration.load()
        site.load()
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("ok\n")
    return 0


def _self_metrics(registry: CollectorRegistry) -> None:
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    build = Gauge("sotp_exporter_build_info", "1; version is SOTP's.", ["version"], registry=registry)
    build.labels(options.version()).set(1)


async def _serve(service: Service[Any], chosen: Options, registry: CollectorRegistry) -> None:
    """Starts everything, waits for a signal, stops everything; the first failure to start ends it."""
    configuration = Configuration(service, chosen.config, registry)
    site = Web(chosen.web_config, service.name)
    stop = asyncio.Event()
    async with configuration.lock:
        _handle_signals(configuration, stop)
        site.load()
        gc.disable()  # what is built here stays: looking for garbage in it costs a tenth of the start
        revision = configuration.load()()
        listening = sockets.inherited() if chosen.systemd_socket else [sockets.bind(*chosen.listen)]
        await service.start()
        gc.collect()
        gc.freeze()  # what was just built lives long: full collections needn't walk through it
        gc.enable()
    secure = site.ssl_context()
    try:
        runner = await _listen(application(service, configuration, registry, site), listening, secure)
        logger = logging.getLogger(service.name)
        for one in listening:
            logger.info(
                "listening", extra=fields(address=sockets.address(one), revision=revision, tls=secure is not None)
            )
        await stop.wait()
        logger.info("stopping")
        await runner.cleanup()
    finally:
        async with configuration.lock:  # a reload on its way comes before, none after
            await service.stop()
    logger.info("stopped")


async def _listen(
    app: web.Application, listening: Sequence[socket.socket], secure: ssl.SSLContext | None
) -> web.AppRunner:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_GRACE_S)
    await runner.setup()
    for one in listening:
        await web.SockSite(runner, one, ssl_context=secure).start()
    return runner


def _handle_signals(configuration: Configuration, stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    reloads: set[asyncio.Task[None]] = set()  # a task that nobody holds may vanish

    async def reload() -> None:
        try:
            await configuration.reload()
        except ConfigError:
            return  # it has been logged and counted

    def on_hangup() -> None:
        if stop.is_set():
            return
        task = loop.create_task(reload())
        reloads.add(task)
        task.add_done_callback(reloads.discard)

    loop.add_signal_handler(signal.SIGHUP, on_hangup)
