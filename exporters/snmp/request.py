"""`/probe` and `/snmp`: a query to a request, or the status that refuses it. Nothing is sent for a refused one."""

import time
from collections.abc import Iterable
from typing import TypeVar

from aiohttp import web
from multidict import MultiMapping

from exporters.kit.scrape import bad, timeout
from exporters.snmp.collect import Module
from exporters.snmp.devices import Request
from exporters.snmp.session import Community
from exporters.snmp.targets import Config, Spec, canonical

_PARAMETERS = ("target", "module", "auth", "snmp_context")
_IGNORED = frozenset({"snmp_debug_packets"})  # snmp_exporter's, for people
_T = TypeVar("_T")


def parse(request: web.Request, config: Config) -> Request:
    """Returns what is asked for.

    Raises:
        HTTPBadRequest: A parameter that is wrong, unknown or given twice.
        HTTPForbidden: A target that is no device of the inventory.
    """
    query = request.query
    for key in query:
        if key not in _PARAMETERS and key not in _IGNORED:
            raise bad(f"{key}: is no parameter of this exporter; there are {', '.join(_PARAMETERS)}")
        if key != "module" and len(query.getall(key)) > 1:
            raise bad(f"{key}: is given more than once")
    spec = _target(query.get("target", ""), config)
    auth = query.get("auth") or spec.auth
    if auth not in config.auths:
        raise bad(f'auth: no auth is called "{auth}"; there are {", ".join(sorted(config.auths))}')
    credentials = config.auths[auth]
    context = query.get("snmp_context", "")
    if context and isinstance(credentials, Community):
        raise bad(f'snmp_context: "{auth}" isn\'t SNMPv3, which alone has contexts')
    deadline = time.monotonic() + timeout(request)
    return Request(spec, auth, credentials, context, _modules(query, spec, config), deadline)


def _target(wanted: str, config: Config) -> Spec:
    if not wanted:
        raise bad("target: is missing; give a device's name or address: /probe?target=NAME")
    bare = wanted.removeprefix("udp://")
    if bare.startswith("[") and bare.endswith("]"):
        bare = bare[1:-1]
    name = bare if bare in config.specs else config.by_address.get(canonical(bare), "")
    if not name:
        raise web.HTTPForbidden(text=f'target: "{wanted}" is neither the name nor the address of a device\n')
    return config.specs[name]


def _modules(query: MultiMapping[str], spec: Spec, config: Config) -> list[Module]:
    given = [name for value in query.getall("module", []) for name in value.split(",") if name]
    if "module" in query and not given:
        raise bad("module: names none; leave it out to have the device's own")
    if not given and not spec.modules:
        raise bad(f"module: is missing; {spec.name} has none of its own")
    for name in given:
        if name not in config.registry:
            raise bad(f'module: no module is called "{name}"; {config.registry.near(name)}')
    if given:
        return [config.registry.module(name) for name in _once(given)]
    return [config.registry.module(name, canonical=True, ignore=spec.ignore) for name in _once(spec.modules)]


def _once(values: Iterable[_T]) -> Iterable[_T]:
    return dict.fromkeys(values)
