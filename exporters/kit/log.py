r"""Log lines on stderr: one event a line, as logfmt or as JSON.

    ts=2026-01-02T03:04:05.678Z level=info logger=icmp msg="listening" address=127.0.0.1:10021

What varies goes into fields, never into the message: `log.info("listening", extra=fields(address=…))`.
An exception becomes two fields, `error` and `where`: a traceback over many lines breaks every log store.
"""

import json
import logging
import re
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

FORMATS = ("logfmt", "json")
LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warn": logging.WARNING, "error": logging.ERROR}

_LEVEL_NAMES = {logging.WARNING: "warn", logging.CRITICAL: "error"}
_PLAIN = re.compile(r"[^\s\"=\\\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_NO_KEY = re.compile(r"[\s\"=\x00-\x1f\x7f]")
_BREAKS = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff]")  # what JSON may leave as it is, and a terminal may not


def setup(format: str = "logfmt", level: str = "info") -> None:  # noqa: A002  # the option's own name
    """Sends every logger's records to stderr; a second call replaces the first.

    Args:
        format: One of `FORMATS`.
        level: One of `LEVELS`.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JSONFormatter() if format == "json" else LogfmtFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(LEVELS[level])
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    logging.raiseExceptions = False  # a closed stderr stops no exporter


def fields(**values: object) -> dict[str, Any]:
    """Returns the `extra=` of a log call; values of None are left out."""
    return {"fields": {key: value for key, value in values.items() if value is not None}}


class LogfmtFormatter(logging.Formatter):
    """`key=value` pairs, quoted where they must be, as Prometheus's own programs write them."""

    def format(self, record: logging.LogRecord) -> str:
        """Returns one line."""
        pairs = _pairs(record)
        head = f"ts={pairs.pop('ts')} level={pairs.pop('level')} logger={_logfmt(pairs.pop('logger'))}"
        message = _quoted(str(pairs.pop("msg")))
        return " ".join([head, f"msg={message}", *[f"{_key(key)}={_logfmt(value)}" for key, value in pairs.items()]])


class JSONFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Returns one line."""
        return json.dumps(_pairs(record), default=str)


def _pairs(record: logging.LogRecord) -> dict[str, object]:
    """Everything that a line says, in its order; a field called as a part of the line's head gets a "_"."""
    when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    head: dict[str, object] = {
        "ts": when.replace("+00:00", "Z"),
        "level": _LEVEL_NAMES.get(record.levelno, record.levelname.lower()),
        "logger": record.name,
        "msg": record.getMessage(),
    }
    extra = getattr(record, "fields", None)
    tail = dict(extra) if isinstance(extra, Mapping) else {}
    if record.exc_info and record.exc_info[1] is not None:
        tail |= _exception(record.exc_info[1])
    return head | {f"{key}_" if key in head else str(key): value for key, value in tail.items()}


def _exception(error: BaseException) -> dict[str, object]:
    calls = traceback.extract_tb(error.__traceback__)[-5:]
    where = " > ".join([f"{call.filename.rpartition('site-packages/')[2]}:{call.lineno}" for call in calls])
    return {"error": f"{type(error).__name__}: {error}", "where": where}


def _logfmt(value: object) -> str:
    if value is True or value is False:
        return "true" if value else "false"
    text = str(value)
    return text if _PLAIN.fullmatch(text) else _quoted(text)


def _quoted(text: str) -> str:
    return _BREAKS.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


def _key(key: object) -> str:
    return _NO_KEY.sub("_", str(key)) or "_"
