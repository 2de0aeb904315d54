"""How Prometheus and sotpctl reach exporters that serve TLS or ask for a password: by paths, never by values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sotpctl.inventory import Inventory
from sotpctl.inventory.model import Web

_PASSWORD = "web/password"  # noqa: S105 - the name of its file
_CLIENT_KEY = "web/client-key"


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a scrape config of an exporter gets, what `apply` must know (manifest.json), what it must resolve.

    `secret_files` are the user's own, which Prometheus reads where they are (name → absolute path).
    """

    scrape: Mapping[str, Any] = field(default_factory=dict)
    access: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    secret_files: Mapping[str, str] = field(default_factory=dict)


def build(inventory: Inventory) -> Rendered:
    """Return what settings.web becomes; nothing where it isn't set."""
    web = inventory.settings.web
    if web is None:
        return Rendered()
    tls = _given(
        ca_file=web.ca_file, server_name=web.server_name, cert_file=web.client_cert_file, key_file=web.client_key_file
    )
    password_file, secrets = _password(web, inventory.root, inventory.settings.apply.directory)
    auth = _given(username=web.username, password_file=password_file)
    scrape: dict[str, Any] = {"scheme": web.scheme}
    if tls:
        scrape["tls_config"] = tls
    if auth:
        scrape["basic_auth"] = auth
    in_place = _given(**{_CLIENT_KEY: web.client_key_file, _PASSWORD: "" if secrets else password_file})
    return Rendered(scrape, {"scheme": web.scheme, **tls, **auth}, secrets, in_place)


def _password(web: Web, root: Path, directory: Path) -> tuple[str, dict[str, dict[str, str]]]:
    """Return the path of the password's file, the user's own or the one that `apply` writes, and what it resolves."""
    if web.password is None:
        return "", {}
    reference = web.password.reference(root)
    if "file" in reference:
        return reference["file"], {}
    return str(directory / "secrets" / _PASSWORD), {_PASSWORD: reference}


def _given(**values: object) -> dict[str, str]:
    return {name: str(value) for name, value in values.items() if value}
