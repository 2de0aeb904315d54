"""An exporter's configuration in force: read, prepared, then swapped once, or not at all."""

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Gauge

from exporters.kit import document
from exporters.kit.document import ConfigError
from exporters.kit.log import fields
from exporters.kit.service import Service


class Configuration:
    """Loads the file for a service, tells how that went as metrics, and keeps the old state when it fails."""

    def __init__(self, service: Service[Any], path: Path, registry: CollectorRegistry) -> None:
        self.lock = asyncio.Lock()  # held while the service starts, too: no swap happens in the middle
        self._service = service
        self._path = path
        self._log = logging.getLogger(service.name)
        self._info = Gauge(
            "sotp_exporter_config_info",
            "The configuration in force; revision is the fingerprint that sotpctl render wrote into the file.",
            ["exporter", "revision"],
            registry=registry,
        )
        self._successful = Gauge(
            "sotp_exporter_config_last_reload_successful",
            "1 when the file was taken the last time it was read; 0 when an older one is still in force.",
            registry=registry,
        )
        self._succeeded_at = Gauge(
            "sotp_exporter_config_last_reload_success_timestamp_seconds",
            "When the configuration in force was loaded, in seconds since 1970.",
            registry=registry,
        )

    def load(self) -> Callable[[], str]:
        """Reads the file and builds everything it asks for; what is returned puts it into force.

        Raises:
            ConfigError: The file can't be used.
        """
        content = document.read(self._path)
        try:
            config = self._service.prepare(content)
        except ConfigError as error:
            raise ConfigError(f"{self._path}: {error}") from error

        def commit() -> str:
            self._service.swap(config)
            self._info.clear()
            self._info.labels(self._service.name, content.revision).set(1)
            self._successful.set(1)
            self._succeeded_at.set(time.time())
            return content.revision

        return commit

    async def reload(self) -> str:
        """Loads the file again and returns its revision; one reload at a time.

        Raises:
            ConfigError: The file can't be used; what was in force still is, and a metric and a log line say so.
        """
        async with self.lock:
            started = time.monotonic()
            try:
                commit = await asyncio.to_thread(self.load)
                revision = commit()
            except ConfigError as error:
                self._successful.set(0)
                self._log.error("reload failed, the old configuration stays", extra=fields(error=error))
                raise
            except Exception as error:
                self._successful.set(0)
                self._log.exception("reload failed, the old configuration stays")
                raise ConfigError(f"{self._path}: internal error, {type(error).__name__}: see the log") from error
            took = round(time.monotonic() - started, 3)
            self._log.info("configuration loaded", extra=fields(revision=revision, seconds=took))
            return revision
