"""The control socket's language: one JSON object a line in, one out. `handle` never raises for what it is given.

Requests: `{"op": "status"}`, `{"op": "break", "devices": [NAME, …]}`, `{"op": "heal", "devices": []}` (none: all),
`{"op": "fail", "device": NAME, "port": INTERFACE, "fan": true, "agent": true, "community": true, "reboot": true,
"config": true}`, `{"op": "flood", "device": NAME, "rate": messages/s, "seconds": …}` (no seconds: until it is healed),
`{"op": "degrade", "device": NAME, "loss": 0-1, "delay": seconds, "jitter": seconds, "cpu": 0-1, "errors": INTERFACE}`
(each part of the two optional, but one),
`{"op": "say", "device": NAME, "text": …}`, `{"op": "trap", "device": NAME, "trap": "linkDown" or "linkUp", "port":
INTERFACE}` (once, of a device that can be heard),
`{"op": "reload"}` (read the inventory again), `{"op": "down"}`. Answers have `"ok": true`, or `"ok": false` and
`"error"`.
"""

import asyncio
import json
import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lab.network import Network, Node, Quality, State, UnknownDeviceError
from lab.request import RequestError, name_of, names_of, number_of
from lab.snmp.fleet import Fleet, PartError
from lab.syslog.teller import MOST_RATE, Teller

Answer = dict[str, Any]

_LONGEST_DELAY = 60.0  # seconds: later answers mean nothing to anybody and only fill memory
_LONGEST_FLOOD = 86_400.0
_LONGEST_TEXT = 8192  # characters: whatever they are, it is one datagram
_LINK_TRAPS = {"linkDown": False, "linkUp": True}


class Control:
    """Carries out requests on a network and its devices' agents.

    Attributes:
        stopping: Set once somebody asked for `down`.
    """

    def __init__(
        self,
        network: Network,
        fleet: Fleet,
        teller: Teller,
        facts: Mapping[str, Any],
        reload: Callable[[], Sequence[Node]],
    ) -> None:
        """Take the network, its agents, who lets devices log, what `status` says, the way to read the inventory again.

        `reload` raises RequestError with the problems when the inventory is broken.
        """
        self._network, self._fleet, self._teller, self._facts, self._reload = network, fleet, teller, facts, reload
        self.stopping = asyncio.Event()
        self._ops: Mapping[str, Callable[[Answer], Answer]] = {
            "status": self._status,
            "break": self._break,
            "fail": self._fail,
            "heal": self._heal,
            "degrade": self._degrade,
            "flood": self._flood,
            "say": self._say,
            "trap": self._trap,
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
            answer = {"ok": True} | act(request)
        except (RequestError, UnknownDeviceError, PartError) as error:
            return _error(str(error))
        self._teller.look()
        return answer

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
        states = self._network.states.values()
        devices = [device_json(state) | {"faults": self._faults(state.node.name)} for state in states]
        return {**self._facts, "devices": devices}

    def _faults(self, name: str) -> list[str]:
        return [*self._fleet.faults(name), *self._teller.faults(name)]

    def _break(self, request: Answer) -> Answer:
        names = names_of(request)
        if not names:
            raise RequestError('"devices" must name at least one device')
        behind = list(self._network.break_(names))
        self._settle()
        return {"broken": names, "behind": behind}

    def _fail(self, request: Answer) -> Answer:
        name = self._device(request)
        whole = [part for part in ("fan", "agent", "community", "reboot", "config") if request.get(part)]
        port = name_of(request, "port")
        if port is None and not whole:
            raise RequestError('give at least one of "port", "fan", "agent", "community", "reboot" and "config"')
        down = [] if port is None else self._fleet.break_port(name, port)
        for part in ("fan", "agent", "community"):
            if part in whole:
                setattr(self._fleet.condition(name), part, True)
        if "reboot" in whole:
            self._fleet.reboot(name)
        if "config" in whole:
            self._teller.configure(name)
        return {"device": name, "down": down, "failed": whole}

    def _heal(self, request: Answer) -> Answer:
        names = names_of(request)
        healed = {*self._network.heal(names), *self._fleet.heal(names), *self._teller.heal(names)}
        self._settle()
        return {"healed": sorted(healed)}

    def _flood(self, request: Answer) -> Answer:
        name = self._device(request)
        rate, seconds = number_of(request, "rate", MOST_RATE), number_of(request, "seconds", _LONGEST_FLOOD)
        if not rate:
            raise RequestError('"rate" must be more than 0')
        self._teller.flood(name, rate, seconds)
        return {"device": name, "rate": rate}

    def _say(self, request: Answer) -> Answer:
        name, text = self._speaker(request), request.get("text")
        if not isinstance(text, str) or not 0 < len(text) <= _LONGEST_TEXT:
            raise RequestError(f'"text" must be what it logs, {_LONGEST_TEXT} characters at most')
        message = self._teller.say(name, text)
        if not message:
            raise RequestError("nobody listens: settings.logs.listen has no udp")
        return {"device": name, "message": message}

    def _trap(self, request: Answer) -> Answer:
        name, trap = self._speaker(request), name_of(request, "trap")
        if trap not in _LINK_TRAPS:
            raise RequestError(f'"trap" must be {" or ".join(_LINK_TRAPS)}')
        if self._fleet.community(name) is None:
            raise RequestError(f"{name} sends no traps: only a device whose agent answers, and by SNMPv2c, does")
        end = self._fleet.end(name, name_of(request, "port") or "")
        self._teller.link_trap(end, up=_LINK_TRAPS[trap])
        return {"device": name, "trap": trap, "port": end[1]}

    def _degrade(self, request: Answer) -> Answer:
        name = self._device(request)
        cpu, errors = number_of(request, "cpu", 1.0), name_of(request, "errors")
        delay, jitter = (number_of(request, key, _LONGEST_DELAY) for key in ("delay", "jitter"))
        loss = number_of(request, "loss", 1.0)
        slower = not (delay is jitter is loss is None)
        if not slower and cpu is None and errors is None:
            raise RequestError('give at least one of "loss", "delay", "jitter", "cpu" and "errors"')
        if errors is not None:
            self._fleet.degrade_port(name, errors)
        if cpu is not None:
            self._fleet.condition(name).cpu = cpu
        if slower:
            self._network.degrade(name, delay=delay, jitter=jitter, loss=loss)
        quality = self._network.states[name].quality
        return {"device": name, **_quality_json(quality)}

    def _read_again(self, _request: Answer) -> Answer:
        before = set(self._network.states)
        self._network.replace_nodes(self._reload())
        self._settle()
        now = set(self._network.states)
        return {"devices": len(now), "added": sorted(now - before), "removed": sorted(before - now)}

    def _down(self, _request: Answer) -> Answer:
        self.stopping.set()
        return {}

    def _settle(self) -> None:
        """Tell the agents who is dead: ports that lead there are down."""
        self._fleet.settle([name for name, state in self._network.states.items() if state.state == "dead"])

    def _device(self, request: Answer) -> str:
        name = request.get("device")
        if not isinstance(name, str):
            raise RequestError('"device" must be a name')
        if name not in self._network.states:
            raise UnknownDeviceError(name, self._network.states)
        return name

    def _speaker(self, request: Answer) -> str:
        """A device whose datagrams arrive."""
        name = self._device(request)
        state = self._network.states[name]
        if state.state != "alive" or state.node.unsimulated:
            raise RequestError(f"nobody hears {name}: {state.node.unsimulated or f'it is {state.state}'}")
        return name


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


def _error(text: str) -> Answer:
    return {"ok": False, "error": text}


async def _send(writer: asyncio.StreamWriter, answer: Answer) -> None:
    writer.write(json.dumps(answer).encode() + b"\n")
    await writer.drain()
