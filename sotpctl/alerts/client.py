"""Alertmanager's API v2: the few calls that people's commands need."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import aiohttp

from sotpctl.alerts import model
from sotpctl.alerts.matchers import Matcher
from sotpctl.alerts.model import Alert, Silence

_REQUEST_S = 20.0
_LONGEST = 300


class AlertmanagerError(Exception):
    """Alertmanager can't be asked, or says no; the text says where, and why in its own words."""


class NotFoundError(AlertmanagerError):
    """Alertmanager knows no such silence."""


@dataclass(frozen=True, slots=True)
class NewSilence:
    """A silence to be made; times are aware."""

    matchers: tuple[Matcher, ...]
    starts_at: datetime
    ends_at: datetime
    created_by: str
    comment: str

    def to_api(self) -> dict[str, Any]:
        """Return the body of `POST /api/v2/silences`."""
        return {
            "matchers": [one.to_api() for one in self.matchers],
            "startsAt": _stamp(self.starts_at),
            "endsAt": _stamp(self.ends_at),
            "createdBy": self.created_by,
            "comment": self.comment,
        }


class Alertmanager:
    """One Alertmanager, by its host:port."""

    def __init__(self, http: aiohttp.ClientSession, address: str) -> None:
        self._http = http
        self.address = address

    async def alerts(self, matchers: Iterable[Matcher] = ()) -> list[Alert]:
        """Give the alerts that fire now and match, those held back too."""
        given = await self._call("GET", "/api/v2/alerts", query=[("filter", str(one)) for one in matchers])
        return self._read(model.alert, given)

    async def silences(self) -> list[Silence]:
        """Give the silences that are in force or will be; expired ones are left out."""
        found = self._read(model.silence, await self._call("GET", "/api/v2/silences"))
        return [one for one in found if one.state != "expired"]

    async def silence(self, new: NewSilence) -> str:
        """Make a silence and give its id."""
        answer = await self._call("POST", "/api/v2/silences", body=new.to_api())
        try:
            return str(answer["silenceID"])
        except (TypeError, KeyError):
            raise self._strange(answer) from None

    async def end(self, silence_id: str) -> None:
        """End a silence now, or one that hasn't begun.

        Raises:
            NotFoundError: There is none of that id.
        """
        await self._call("DELETE", f"/api/v2/silence/{quote(silence_id, safe='')}")

    def _read(self, read: Any, given: Any) -> list[Any]:  # noqa: ANN401 - JSON
        try:
            return [read(one) for one in given]
        except (TypeError, KeyError, ValueError, AttributeError):
            raise self._strange(given) from None

    def _strange(self, given: object) -> AlertmanagerError:
        return AlertmanagerError(
            f"Alertmanager ({self.address}) answers something else than its API v2: {_short(json.dumps(given))}; "
            "is it one? The address is settings.endpoints.alertmanager"
        )

    async def _call(
        self, method: str, path: str, *, query: Sequence[tuple[str, str]] = (), body: Mapping[str, Any] | None = None
    ) -> Any:  # noqa: ANN401 - JSON
        url = f"http://{self.address}{path}"
        where = f"Alertmanager ({self.address})"
        try:
            async with self._http.request(method, url, params=query, json=body) as answer:
                text = await answer.text()
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, ConnectionRefusedError):
                raise AlertmanagerError(
                    f"{where} isn't running: nothing listens there; `sotpctl status` shows what runs, "
                    "settings.endpoints.alertmanager is its address"
                ) from None
            raise AlertmanagerError(f"{where} can't be reached: {error.os_error.strerror or error.os_error}") from None
        except TimeoutError:
            raise AlertmanagerError(f"{where} gave no answer within {_REQUEST_S:g} s") from None
        except (aiohttp.ClientError, UnicodeDecodeError) as error:
            raise AlertmanagerError(f"{where} gave no proper answer: {error}") from None
        if answer.status == 404 and method == "DELETE":
            raise NotFoundError(f"{where}: {_words(text)}")
        if answer.status != 200:
            raise AlertmanagerError(f"{where} says no ({answer.status}): {_words(text)}")
        return self._json(text) if text.strip() else None

    def _json(self, text: str) -> Any:  # noqa: ANN401 - JSON
        try:
            return json.loads(text)
        except ValueError:
            raise self._strange(text) from None


@asynccontextmanager
async def connected(address: str) -> AsyncIterator[Alertmanager]:
    """A client of the Alertmanager at host:port."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_REQUEST_S)) as http:
        yield Alertmanager(http, address)


async def look(address: str) -> tuple[list[Alert], list[Silence]]:
    """Ask for all that fires and all silences at once."""
    async with connected(address) as alertmanager:
        alerts, silences = await asyncio.gather(alertmanager.alerts(), alertmanager.silences())
    return alerts, silences


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _words(text: str) -> str:
    """Give what it says: a JSON text, `{"message": …}`, or anything."""
    try:
        given = json.loads(text)
    except ValueError:
        given = text
    if isinstance(given, dict):
        given = given.get("message", given)
    return _short(str(given).strip().replace("\n", " ") or "nothing more")


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + " …"
