"""Sends pushes to Loki: one request at a time a call, with what its configuration asks for."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp
import cramjam

from exporters.kit.loki import answers
from exporters.kit.loki.answers import Answer, Kind

_PATH = "/loki/api/v1/push"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to push, and as whom; secrets are resolved, and never shown.

    Attributes:
        url: Loki's, without a path or with a proxy's.
        tenant: X-Scope-OrgID; "" where Loki has one tenant.
        username, password: Basic auth; "" for none.
        token: Bearer token; "" for none.
        tls: For https; None is the system's trust.
        timeout_s: How long an answer may take.
    """

    url: str
    tenant: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    timeout_s: float = 30.0

    def address(self) -> str:
        """The push API's URL."""
        return self.url.rstrip("/") + _PATH

    def headers(self) -> Mapping[str, str]:
        """What every request carries."""
        found = {"Content-Type": "application/x-protobuf"}
        if self.tenant:
            found["X-Scope-OrgID"] = self.tenant
        if self.token:
            found["Authorization"] = f"Bearer {self.token}"
        elif self.username:
            found["Authorization"] = aiohttp.encode_basic_auth(self.username, self.password)
        return found


class Push:
    """A session with one endpoint."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Opens no connection yet; needs a running loop."""
        self._address, self._headers = endpoint.address(), endpoint.headers()
        connector = aiohttp.TCPConnector(limit=8, ssl=endpoint.tls or True)
        self._http = aiohttp.ClientSession(
            connector=connector, timeout=aiohttp.ClientTimeout(total=endpoint.timeout_s), auto_decompress=True
        )

    async def send(self, request: bytes) -> Answer:
        """Sends a push request (`protocol`); whatever happens is an answer."""
        body = bytes(cramjam.snappy.compress_raw(request))
        try:
            async with self._http.post(
                self._address, data=body, headers=self._headers, allow_redirects=False
            ) as response:
                text = (
                    "" if response.status == 204 else (await response.content.read(64 * 1024)).decode(errors="replace")
                )
                return answers.read(response.status, text, response.headers.get("Retry-After", ""))
        except (aiohttp.ClientSSLError, aiohttp.InvalidURL) as error:
            return Answer(Kind.BLOCKED, f"{type(error).__name__}: {error}"[:300])
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            return Answer(Kind.RETRY, (str(error) or type(error).__name__)[:300])

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.close()
