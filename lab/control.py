"""The control socket's language: one JSON object a line in, one out. `handle` never raises for what it is given.

Requests: `{"op": "status"}`, `{"op": "break", "devices": [NAME, …]}`, `{"op": "heal", "devices": []}` (none: all),
`{"op": "degrade", "device": NAME, "loss": 0-1, "delay": seconds, "jitter": seconds}` (each optional),
`{"op": "reload"}` (read the inventory again), `{"op": "down"}`. Answers have `"ok": true`, or `"ok": false` and
`"error"`.
"""

import asyncio
import json
import math
import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lab.network import Network, Node, Quality, State, UnknownDeviceError

Answer = dict[str, Any]

_LONGEST_DELAY = 60.0  # seconds: later answers mean nothing to anybody and only fill memory


class RequestError(Exception):
    """A request that can't be done; the text says what is wrong and what would be right."""


class Control:
    """Carries out requests on a network.

    Attributes:
        stopping: Set once somebody asked for `down`.
    """

    def __init__(self, network: Network, facts: Mapping[str, Any], reload: Callable[[], Sequence[Node]]) -> None:
        """Take the network, what `status` says beside it, and the way to read the inventory again.

        `reload` raises RequestError with the problems when the inventory is broken.
        """
        self._network, self._facts, self._reload = network, facts, reload
        self.stopping = asyncio.Event()
        self._ops: Mapping[str, Callable[[Answer], Answer]] = {
            "status": self._status,
            "break": self._break,
            "heal": self._heal,
            "degrade": self._degrade,
            "reload": self._read_again,
            "down": self._down,
        }

    def handle(self, line: bytes) -> Answer:
        """Carry out one request."""
        try:
            request = json.loads(line)
        except (ValueError, RecursionError):
            return _error("a request is one JSON object on a line")
        op = request.get("op") if isinstance(request, dict) else None
        act = self._ops.get(op) if isinstance(op, str) else None
        if act is None:
            return _error(f'"op" must be one of {", ".join(self._ops)}')
        try:
            return {"ok": True} | act(request)
        except (RequestError, UnknownDeviceError) as error:
            return _error(str(error))

    async def serve(self, listener: socket.socket) -> asyncio.Server:
        """Take connections on a bound unix socket."""
        return await asyncio.start_unix_server(self._session, sock=listener)

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                await _send(writer, self.handle(line))
        except ValueError:  # longer than the reader's limit
            await _send(writer, _error("a request has at most 64 KiB"))
        except ConnectionError:
            pass
        finally:
            writer.close()

    def _status(self, _request: Answer) -> Answer:
        return {**self._facts, "devices": [device_json(state) for state in self._network.states.values()]}

    def _break(self, request: Answer) -> Answer:
        names = _names(request)
        if not names:
            raise RequestError('"devices" must name at least one device')
        return {"broken": names, "behind": list(self._network.break_(names))}

    def _heal(self, request: Answer) -> Answer:
        return {"healed": list(self._network.heal(_names(request)))}

    def _degrade(self, request: Answer) -> Answer:
        name = request.get("device")
        if not isinstance(name, str):
            raise RequestError('"device" must be a name')
        delay, jitter = (_number(request, key, _LONGEST_DELAY) for key in ("delay", "jitter"))
        loss = _number(request, "loss", 1.0)
        if delay is jitter is loss is None:
            raise RequestError('give at least one of "loss", "delay" and "jitter"')
        return {"device": name, **_quality_json(self._network.degrade(name, delay=delay, jitter=jitter, loss=loss))}

    def _read_again(self, _request: Answer) -> Answer:
        before = set(self._network.states)
        self._network.replace_nodes(self._reload())
        now = set(self._network.states)
        return {"devices": len(now), "added": sorted(now - before), "removed": sorted(before - now)}

    def _down(self, _request: Answer) -> Answer:
        self.stopping.set()
        return {}


def device_json(state: State) -> Answer:
    """A device as `status` gives it: seconds, seconds, a ratio."""
    return {
        "device": state.node.name,
        "site": state.node.site,
        "address": state.node.address,
        "state": state.state,
        "because": list(state.because),
        "unsimulated": state.node.unsimulated,
        **_quality_json(state.quality),
    }


def _quality_json(quality: Quality) -> Answer:
    return {"delay_seconds": quality.delay, "jitter_seconds": quality.jitter, "loss_ratio": quality.loss}


def _names(request: Answer) -> list[str]:
    names = request.get("devices", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise RequestError('"devices" must be a list of names')
    return list(dict.fromkeys(names))


def _number(request: Answer, key: str, largest: float) -> float | None:
    value = request.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise RequestError(f'"{key}" must be a number')
    if not 0 <= value <= largest:
        raise RequestError(f'"{key}" must be from 0 to {largest:g}, not {value:g}')
    return float(value)


def _error(text: str) -> Answer:
    return {"ok": False, "error": text}


async def _send(writer: asyncio.StreamWriter, answer: Answer) -> None:
    writer.write(json.dumps(answer).encode() + b"\n")
    await writer.drain()
