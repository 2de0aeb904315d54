"""HTTP to engines and exporters: one request, and in words why it gave nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from sotpctl.apply.access import PLAIN, Access, AccessError

REQUEST_S = 60.0  # a reload of many thousand targets takes seconds
_BODY_BYTES = 256 << 20  # Prometheus tells of 10,000 targets in some 20 MB


class NotRunningError(Exception):
    """Nothing listens on the engine's address."""


class RestartNeededError(Exception):
    """It runs with settings that it reads at its start only; the text says which."""


class UnansweredError(Exception):
    """What listens there can't be asked, or gives no proper answer; the text says what came, `body` all of it."""

    def __init__(self, text: str, body: str = "") -> None:
        super().__init__(text)
        self.body = body


@asynccontextmanager
async def session(seconds: float = REQUEST_S) -> AsyncIterator[aiohttp.ClientSession]:
    """A client for the engines' HTTP; a request that takes longer than `seconds` has no answer."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=seconds)) as http:
        yield http


async def call(http: aiohttp.ClientSession, method: str, address: str, path: str, access: Access = PLAIN) -> str:
    """Make one request and give the body of a 200.

    Raises:
        NotRunningError: Nothing listens there.
        UnansweredError: Anything else, with the engine's own words where there are some.
    """
    try:
        options = access.options()
        url = f"{access.scheme}://{address}{path}"
        async with http.request(method, url, allow_redirects=False, **options) as answer:  # an engine sends nobody away
            body = await _text(answer)
    except AccessError as error:
        raise UnansweredError(str(error)) from None
    except aiohttp.ClientSSLError as error:
        raise UnansweredError(_no_tls(error)) from None
    except aiohttp.ClientConnectorError as error:
        if isinstance(error.os_error, ConnectionRefusedError):
            raise NotRunningError from None
        raise UnansweredError(f"can't be reached: {error.os_error.strerror or error.os_error}") from None
    except (aiohttp.ClientError, TimeoutError) as error:
        raise UnansweredError(f"{method} {path} got no answer: {str(error) or 'time-out'}") from None
    if answer.status == 200:
        return body
    if answer.status == 401:
        raise UnansweredError(f"{method} {path}: 401, it wants another user or password: see settings.web.basic_auth")
    if answer.status == 403 and path == "/-/reload":
        raise UnansweredError("it takes no reload: start it with --web.enable-lifecycle")
    raise UnansweredError(f"{method} {path}: {answer.status} {first_line(body)}", body)


async def _text(answer: aiohttp.ClientResponse) -> str:
    body = bytearray()
    async for part in answer.content.iter_any():
        body += part
        if len(body) > _BODY_BYTES:
            raise UnansweredError(f"{answer.method} {answer.url.path}: the answer has no end ({len(body) >> 20} MB)")
    return body.decode(errors="replace")


def first_line(text: str) -> str:
    """Shorten an answer to what fits a message."""
    return text.strip().partition("\n")[0][:300]


def _no_tls(error: aiohttp.ClientSSLError) -> str:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        why = getattr(error.certificate_error, "verify_message", "") or error.certificate_error
        return f"its certificate is not trusted: {why}; see settings.web.ca_file and server_name"
    if getattr(error.os_error, "reason", "") in {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"}:
        return "it serves plain HTTP: it was started before settings.web; stop it, apply, and start it again"
    return f"no TLS connection: {getattr(error.os_error, 'reason', None) or error.os_error}; see settings.web"
