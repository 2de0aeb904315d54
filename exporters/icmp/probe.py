"""`/probe?target=NAME&module=icmp`: a one-off burst, answered under blackbox_exporter's metric names.

Up to three requests a tenth of a second apart, until the first answer. They use the exporter's own sockets and leave
the device's counters alone. Differences from blackbox_exporter (prober/icmp.go): the target must be a device of the
inventory, by name or address; a device that doesn't answer is reported soon after its own time-out, not at the end of
the scrape's; the socket is open already, so the phase "setup" is the time until the request left.
"""

import asyncio
import ipaddress
import time
from collections.abc import Mapping

from aiohttp import web

from exporters.icmp.pinger import Pinger
from exporters.icmp.resolve import Resolver
from exporters.icmp.target import Target
from exporters.icmp.targets import SECOND_NS, Destination
from exporters.kit.exposition import CONTENT_TYPE, header, value_text
from exporters.kit.scrape import bad, timeout

REQUESTS = 3
APART_S = 0.1
AT_ONCE = 64

_LEAST_WAIT_S = 1.0
_PARAMETERS = ("target", "module")
_MODULE = "icmp"


class Prober:
    """Runs the probes, `AT_ONCE` at most."""

    def __init__(self, pinger: Pinger, resolver: Resolver) -> None:
        self._pinger = pinger
        self._resolver = resolver
        self._by_address: dict[str, Target] = {}
        self._running = 0

    def swap(self) -> None:
        """Follows the pinger's targets."""
        self._by_address = {}
        for target in self._pinger.targets.values():
            spec = target.spec
            for address in {spec.address, spec.destination.host if spec.destination else spec.address}:
                self._by_address.setdefault(address, target)

    async def handle(self, request: web.Request) -> web.Response:
        """Answers a request."""
        started = time.monotonic()
        target = self._target(request)
        deadline = started + timeout(request)
        if self._running >= AT_ONCE:
            return web.Response(status=503, text=f"busy: {AT_ONCE} probes are running already; try again\n")
        self._running += 1
        try:
            body = await self._probe(target, started, deadline)
        finally:
            self._running -= 1
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})

    def _target(self, request: web.Request) -> Target:
        query = request.query
        for key in query:
            if key not in _PARAMETERS:
                raise bad(f"{key}: is no parameter of this exporter; there are {' and '.join(_PARAMETERS)}")
            if len(query.getall(key)) > 1:
                raise bad(f"{key}: is given more than once")
        module = query.get("module", _MODULE)
        if module != _MODULE:
            raise bad(f'module: "{module}" is not a module of this exporter; there is only "{_MODULE}"')
        wanted = query.get("target", "")
        if not wanted:
            raise bad("target: is missing; give a device's name or address: /probe?target=NAME&module=icmp")
        found = self._pinger.targets.get(wanted) or self._by_address.get(_canonical(wanted))
        if found is None:
            raise web.HTTPForbidden(text=f'target: "{wanted}" is neither the name nor the address of a device\n')
        return found

    async def _probe(self, target: Target, started: float, deadline: float) -> str:
        destination = target.destination
        if destination is None:
            try:
                spec = target.spec
                async with asyncio.timeout_at(asyncio.get_running_loop().time() + deadline - time.monotonic()):
                    destination = await self._resolver.resolve(spec.address, spec.family)
            except OSError:  # TimeoutError is one
                return _page(None, started, phases={"resolve": time.monotonic() - started})
        resolved = time.monotonic()
        rtt, sent = await self._burst(target, destination, deadline)
        phases = {"resolve": resolved - started, "setup": max(0.0, sent - resolved), "rtt": rtt or 0.0}
        return _page(destination, started, phases=phases, success=rtt is not None)

    async def _burst(self, target: Target, destination: Destination, deadline: float) -> tuple[float | None, float]:
        """Returns the first answer's round-trip time in seconds (None: no answer) and when the first request left."""
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        stand_in = self._pinger.one_off(target, lambda rtt: None if answer.done() else answer.set_result(rtt))
        stand_in.destination = destination
        first = time.monotonic()
        for left in reversed(range(REQUESTS)):
            self._pinger.send(stand_in)
            wait = APART_S if left else max(_LEAST_WAIT_S, target.spec.timeout_ns / SECOND_NS)
            await asyncio.wait([answer], timeout=min(wait, max(0.0, deadline - time.monotonic())))
            if answer.done():
                return answer.result() / SECOND_NS, first
        return None, first


def _canonical(address: str) -> str:
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return address


def _page(
    destination: Destination | None, started: float, *, phases: Mapping[str, float], success: bool = False
) -> str:
    address = ipaddress.ip_address(destination.host) if destination else None
    protocol, digest = (address.version, _fnv32a(address.packed)) if address else (0, 0)
    durations = [
        f'probe_icmp_duration_seconds{{phase="{phase}"}} {value_text(float(phases.get(phase, 0.0)))}\n'
        for phase in ("resolve", "setup", "rtt")
    ]
    rows: list[tuple[str, str, float]] = [
        ("probe_dns_lookup_time_seconds", "Time taken for the DNS lookup.", phases.get("resolve", 0.0)),
        ("probe_duration_seconds", "How long the probe took.", time.monotonic() - started),
        ("probe_ip_addr_hash", "Hash of the address, to see it change.", digest),
        ("probe_ip_protocol", "4 or 6; 0: the name was not resolved.", protocol),
        ("probe_success", "1: an answer came, 0: none did.", int(success)),
    ]
    gauges = [f"{header(name, 'gauge', text)}{name} {value_text(value)}\n" for name, text, value in rows]
    icmp = header("probe_icmp_duration_seconds", "gauge", "Duration of the ICMP request by phase.")
    return "".join([*gauges, icmp, *durations])


def _fnv32a(data: bytes) -> int:
    value = 0x811C9DC5
    for byte in data:
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value
