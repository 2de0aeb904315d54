"""Who is told of what: receivers, routes and inhibitions, from alertmanager.yml."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from sotpctl.apply.words.difference import Detail, Difference
from sotpctl.apply.words.entries import differing, partly, whole
from sotpctl.apply.words.parse import Pair, listing, mapping, mappings, paths, text
from sotpctl.apply.words.values import became

FILE = "alertmanager/alertmanager.yml"
_CHANNEL = "_configs"
# A URL may be a password in itself (an incoming webhook's is): that it changed is enough.
_QUIET = ("url", "api_url")
_MATCHERS = ("matchers", "match", "match_re")


def compare(pair: Pair) -> Iterator[Difference]:
    """Yield receivers, routes and inhibitions that come, go or change, then what else differs."""
    if FILE not in pair.changed(FILE) or (FILE in pair.old and not pair.sound(FILE)):
        return
    old, new = pair.both(FILE)
    yield from _receivers(old, new)
    yield from _routes(list(_flat(old)), list(_flat(new)))
    yield from _inhibitions(_counted(old), _counted(new))
    for place in paths(_rest(old), _rest(new)) if FILE in pair.old else ():
        yield partly("setting", place[0], FILE, [place], scope=FILE)


def _receivers(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    named = ({text(one.get("name")): one for one in mappings(document.get("receivers"))} for document in (old, new))
    for name, before, after in differing(*named):
        if before is None or after is None:
            channels = [key.removesuffix(_CHANNEL) for key in before or after or {} if key.endswith(_CHANNEL)]
            yield whole("receiver", name, FILE, _quiet(before), _quiet(after), note=", ".join(channels))
        else:
            found = [(_channel(path), *values) for path, *values in paths(before, after)]
            quiet = [(where, _quiet(left, where), _quiet(right, where)) for where, left, right in found]
            yield partly("receiver", name, FILE, quiet, say=_said)


def _channel(path: str) -> str:
    """Return `email to` for `email_configs[0].to`."""
    channel, _, key = path.partition(_CHANNEL)
    return f"{channel}{key.removeprefix('[0]').replace('.', ' ', 1)}"


def _said(where: str, before: Any, after: Any) -> Detail:  # noqa: ANN401 - YAML
    if " " not in where and (before is None or after is None):  # a whole channel
        return Detail(where, "removed" if after is None else "added")
    return became(where, before, after)


def _quiet(value: Any, where: str = "") -> Any:  # noqa: ANN401 - YAML
    """Return the value with URLs taken out."""
    if isinstance(value, dict):
        return {key: _quiet(item, str(key)) for key, item in value.items()}
    if isinstance(value, list):
        return [_quiet(item, where) for item in value]
    return "…" if where.rpartition(" ")[2] in _QUIET and value else value


def _flat(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every route below the first by its matchers, after those of the routes above it, in order."""
    stack = [("", route) for route in reversed(mappings(mapping(document.get("route")).get("routes")))]
    while stack:
        above, route = stack.pop()
        matchers = [str(one) for key in _MATCHERS for one in listing(route.get(key))]
        name = ", ".join([*([above] if above else []), *matchers])
        yield name or "everything", {key: value for key, value in route.items() if key not in {*_MATCHERS, "routes"}}
        stack += [(name, inner) for inner in reversed(mappings(route.get("routes")))]


def _routes(old: list[tuple[str, dict[str, Any]]], new: list[tuple[str, dict[str, Any]]]) -> Iterator[Difference]:
    before, after = _numbered(old), _numbered(new)
    for (name, _), left, right in differing(before, after):
        if left is None or right is None:
            yield whole("route", name, FILE, left, right, note=f"to {text((left or right or {}).get('receiver'))}")
        else:
            yield partly("route", name, FILE, paths(left, right))
    orders = [
        [name for name, number in one if (name, number) in other] for one, other in ((before, after), (after, before))
    ]
    if orders[0] != orders[1]:
        yield partly("route", "order", FILE, [("order", orders[0], orders[1])], say=lambda *_: Detail("changed", ""))


def _numbered(routes: list[tuple[str, dict[str, Any]]]) -> dict[tuple[str, int], dict[str, Any]]:
    """Return routes by matchers; the same matchers may stand twice, for two receivers."""
    seen: Counter[str] = Counter()
    found = {}
    for name, route in routes:
        found[name, seen[name]] = route
        seen[name] += 1
    return found


def _counted(document: Mapping[str, Any]) -> Counter[str]:
    return Counter(json.dumps(one, sort_keys=True, default=str) for one in mappings(document.get("inhibit_rules")))


def _inhibitions(old: Counter[str], new: Counter[str]) -> Iterator[Difference]:
    for rule in sorted((new - old).elements()):
        yield whole("inhibition", _inhibition(rule), FILE, None, json.loads(rule))
    for rule in sorted((old - new).elements()):
        yield whole("inhibition", _inhibition(rule), FILE, json.loads(rule), None)


def _inhibition(rule: str) -> str:
    """Return "source holds back target" in matchers."""
    document = mapping(json.loads(rule))
    source, target = (", ".join(map(str, listing(document.get(f"{side}_matchers")))) for side in ("source", "target"))
    return f"{source} holds back {target}"


def _rest(document: Mapping[str, Any]) -> dict[str, Any]:
    rest = {key: value for key, value in document.items() if key not in {"receivers", "inhibit_rules"}}
    return rest | {"route": {key: value for key, value in mapping(rest.get("route")).items() if key != "routes"}}
