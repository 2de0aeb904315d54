"""How Prometheus and sotpctl reach exporters that serve TLS or ask for a password: by paths, never by values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sotpctl.inventory import Inventory
from sotpctl.render.places import SecretPlaces


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a scrape config of an exporter gets, what `apply` must know (manifest.json), and where the secrets lie."""

    places: SecretPlaces
    scrape: Mapping[str, Any] = field(default_factory=dict)
    access: Mapping[str, str] = field(default_factory=dict)


def build(inventory: Inventory) -> Rendered:
    """Return what settings.web becomes; nothing where it isn't set."""
    web = inventory.settings.web
    places = SecretPlaces("web", inventory)
    if web is None:
        return Rendered(places)
    tls = _given(
        ca_file=web.ca_file, server_name=web.server_name, cert_file=web.client_cert_file, key_file=web.client_key_file
    )
    if web.client_key_file:
        places.in_place["web/client-key"] = str(web.client_key_file)
    auth = _given(username=web.username, password_file=places.path(web.password, "password") if web.password else "")
    scrape: dict[str, Any] = {"scheme": web.scheme}
    if tls:
        scrape["tls_config"] = tls
    if auth:
        scrape["basic_auth"] = auth
    return Rendered(places, scrape, {"scheme": web.scheme, **tls, **auth})


def _given(**values: object) -> dict[str, str]:
    return {name: str(value) for name, value in values.items() if value}
