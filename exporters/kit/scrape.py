"""What a request that probes a device shares over the exporters: how long it may take, and how a bad one is refused."""

import math

from aiohttp import web

HEADER = "X-Prometheus-Scrape-Timeout-Seconds"
DEFAULT_S = 10.0  # without the header
OFFSET_S = 0.5  # so that the answer is there before Prometheus gives up
MOST_S = 86400.0  # longer waits nobody; timers take no such number as 1e308


def timeout(request: web.Request) -> float:
    """Returns how long the probe may take, in seconds: Prometheus's own limit less the offset, a day at most.

    Raises:
        HTTPBadRequest: The header is no number.
    """
    text = request.headers.get(HEADER)
    if text is None:
        return DEFAULT_S - OFFSET_S
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise bad(f'{HEADER}: "{text}" is no number of seconds above 0')
    seconds = min(seconds, MOST_S)
    return seconds - OFFSET_S if seconds > 2 * OFFSET_S else seconds / 2


def bad(reason: str) -> web.HTTPBadRequest:
    """Returns the answer to a request that makes no sense."""
    return web.HTTPBadRequest(text=f"{reason}\n")
