"""The `auths` of a module file (snmp_exporter's snmp.yml): left out of what is rendered, and said where they belong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from sotpctl.inventory.problems import Problem
from sotpctl.inventory.spans import content_end, flow, scalar

if TYPE_CHECKING:
    from exporters.snmp.modules.auths import Credentials
    from exporters.snmp.modules.nodes import Place

_KEY = re.compile(r"""["']?(?:modules|version)["']?\s*:""")
_APART = "auths aren't rendered, and can't be told apart here: write `auths:` and `modules:` with no alias between them"
_KNOWN_TO_ALL = frozenset({"", "public"})


def without_auths(text: str, root: Place) -> str:
    """Return the file's text without its auths; one that has none as it is.

    Beside them go the comments between the sections, which may be about credentials, too.

    Raises:
        ModuleFileError: The sections hang together by an anchor, or are written in a form that can't be cut.
    """
    from exporters.snmp.modules.nodes import ModuleFileError, compose  # noqa: PLC0415 - as module_files has it

    entries = root.node.value
    if all(key.value != "auths" for key, _ in entries):
        return text
    parts = [(key.value, text[key.start_mark.index : content_end(text, key, value)]) for key, value in entries]
    kept = [part for name, part in parts if name != "auths"]
    cut = "".join(f"{part}\n" for part in kept) or "modules: {}\n"
    anchors = any("&" in part for name, part in parts if name == "auths")
    try:
        if not all(_KEY.match(part) for part in kept):
            raise root.error(_APART)
        if anchors:  # the rest may have aliases of what is gone
            compose(root.file, cut.encode())
    except ModuleFileError as error:
        raise root.error(_APART) from error
    return cut


def told(file: str, auths: Mapping[str, Place], known: Mapping[str, object]) -> Iterator[Problem]:
    """Yield a warning for each auth that holds a secret, and that the inventory has none of the same name of."""
    from exporters.snmp.modules.auths import credentials  # noqa: PLC0415 - as module_files has it
    from exporters.snmp.modules.nodes import ModuleFileError  # noqa: PLC0415

    for name, place in auths.items():
        if name in known:
            continue
        try:
            said = _as_ours(name, credentials(place))
        except ModuleFileError:
            said = "write it in the inventory's auths"
        if said:
            mark = place.node.start_mark
            message = f"credentials in a module file have no effect, and belong in no file: {said}"
            yield Problem(file, mark.line + 1, mark.column + 1, place.path, message, "warning")


def _as_ours(name: str, found: Credentials) -> str:
    """Say what to write in the inventory for an auth; "" where it holds no secret. No secret is in the text."""
    from exporters.snmp.session import Community  # noqa: PLC0415 - as module_files has it

    variable = "SNMP_" + re.sub(r"[^A-Za-z0-9]", "_", name).upper()
    if isinstance(found, Community):
        if found.community in _KNOWN_TO_ALL:
            return ""
        entry: dict[str, object] = {"type": "snmp", "version": found.version}
        entry["community"] = {"env": f"{variable}_COMMUNITY"}
        return _written(name, entry)
    entry = {"type": "snmp", "version": "3", "username": scalar(found.name)}
    for kind, protocol in (("auth", found.auth), ("priv", found.priv)):
        if protocol:
            entry[f"{kind}_protocol"] = "SHA" if protocol == "SHA1" else protocol
            entry[f"{kind}_password"] = {"env": f"{variable}_{kind.upper()}_PASSWORD"}
    if found.context:
        entry["context"] = scalar(found.context)
    return _written(name, entry)


def _written(name: str, entry: Mapping[str, object]) -> str:
    return f"write in the inventory's auths {flow({name: entry})[1:-1]}"
