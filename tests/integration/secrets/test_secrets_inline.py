"""A secret that somebody wrote into the inventory itself is refused, and not repeated, by no message and no repr."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from sotpctl.apply import Store, Work, secrets
from sotpctl.apply.manifest import SecretSource
from sotpctl.cli.validate import annotation
from sotpctl.inventory import load
from sotpctl.inventory.document import Document
from sotpctl.inventory.secrets import variables
from tests.integration.secrets.canary import Canaries

SECRET = "SECRET"
GOOD: dict[str, Any] = {
    "auths": {
        "v2": {"type": "snmp", "version": "2c", "community": {"env": "A"}},
        "v3": {
            "type": "snmp", "version": 3, "username": "u", "auth_protocol": "SHA", "auth_password": {"env": "B"},
            "priv_protocol": "AES128", "priv_password": {"env": "C"},
        },
        "ssh": {
            "type": "ssh", "username": "u", "password": {"env": "D"}, "private_key": {"env": "E"},
            "passphrase": {"env": "F"},
        },
    },
    "settings": {"web": {"config_file": "w", "basic_auth": {"username": "u", "password": {"env": "G"}}}},
    "devices": {"a": {"address": "192.0.2.1"}},
    "alerting": {
        "receivers": {
            "chat": {"slack": {"channel": "#noc", "url": {"env": "H"}}},
            "hook": {"webhook": {"url": {"env": "I"}}},
            "page": {"pagerduty": {"routing_key": {"env": "J"}}},
            "mail": {"email": {"to": "a@b.c", "from": "a@b.c", "smarthost": "h:25", "password": {"env": "K"}}},
        },
        "routes": [{"receiver": name} for name in ("chat", "hook", "page", "mail")],
    },
}  # fmt: skip
# What people write in place of {env: NAME}, by mistake or because YAML reads it otherwise than they do.
WRITTEN = [
    "SECRET", '"SECRET"', "'SECRET'", "[SECRET]", "{SECRET}", "{SECRET: x}", "{env: SECRET-1}", "{env: [SECRET]}",
    "{env: {SECRET: 1}}", "{vault: SECRET}", "{value: SECRET}", "{env: A, value: SECRET}", "{fiel: SECRET}",
    "{1: SECRET}", "{yes: SECRET}", "{env: A, env: SECRET}", '{env: "SECRET\\u202e"}', '{file: "SECRET\\u0007"}',
    "*SECRET", "!SECRET", "!SECRET x", "&SECRET x", "%SECRET", "@SECRET", "`SECRET", '"SECRET', "'SECRET",
    "{env: SECRET", "SECRET: x", "- SECRET", "? SECRET", "|\n SECRET", "{<<: SECRET}", "{<<: *SECRET}",
    '"\\qSECRET"', "\tSECRET",
    "SECRET\x07", "!!binary SECRET", "https://u:SECRET@host.example.net/", "https:// SECRET", "ftp://host/SECRET",
]  # fmt: skip


def _places(holder: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of the inventory that holds a reference."""
    if isinstance(holder, dict):
        if holder.keys() == {"env"}:
            return [path]
        return [place for key, value in holder.items() for place in _places(value, (*path, key))]
    return []


PLACES = {".".join(map(str, place)): place for place in _places(GOOD)}


def _with(place: tuple[Any, ...], written: str, secret: str) -> str:
    """The good inventory's text, in which `written` stands at a place."""
    document: Any = yaml.safe_load(yaml.safe_dump(GOOD))
    holder = document
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = "HERE"
    return yaml.safe_dump(document).replace("HERE", written.replace(SECRET, secret))


def _said(path: Path, text: str) -> str:
    """All that `validate` would print of the text, in each of its forms."""
    path.write_text(text)
    loaded = load(path)
    assert loaded.inventory is None, text
    return "\n".join(f"{problem}\n{annotation(problem)}\n{problem!r}" for problem in loaded.problems)


def test_the_good_inventory_is_good(tmp_path: Path) -> None:
    """Without a mistake there is no problem: what the others find is theirs. Every place of a secret is among them."""
    (tmp_path / "inventory.yaml").write_text(yaml.safe_dump(GOOD))
    inventory = load(tmp_path / "inventory.yaml").inventory
    assert inventory is not None
    found = variables(inventory.auths, inventory.alerting.receivers, inventory.settings.web)
    assert found == set("ABCDEFGHIJK") == variables(inventory)


@pytest.mark.parametrize("place", PLACES)
def test_an_inline_secret_is_not_repeated(place: str, tmp_path: Path) -> None:
    """However a secret is written in place of its reference, messages say where and what is right, not what it is."""
    canaries = Canaries()
    for written in WRITTEN:
        said = _said(tmp_path / "inventory.yaml", _with(PLACES[place], written, canaries.make(place, "x")))
        assert said
        assert not canaries.found(said.encode()), f"{written}: {said}"


@pytest.mark.parametrize(
    "change",
    [
        {"email": {"to": "a@b.c", "from": "a@b.c", "smarthost": "user:SECRET@mail.example.net:587"}},
        {"email": {"to": "a@b.c", "from": "a@b.c", "smarthost": "smtp://user:SECRET@mail.example.net"}},
        {"email": "SECRET"},
        {"slack": "SECRET"},
        {"pagerduty": ["SECRET"]},
        {"webhook": "https://host/SECRET"},
        {"webhook": {"url": "https://user:SECRET@host/"}},
        {"webhook": {"url": "host/SECRET"}},
        {"slack": {"urll": "SECRET"}},
    ],
)
def test_secrets_in_the_wrong_key_are_not_repeated(change: Mapping[str, Any], tmp_path: Path) -> None:
    """User and password before a host, and a channel that is only its secret, as other programs have them."""
    canaries = Canaries()
    document = GOOD | {"alerting": {"receivers": {"r": change}, "routes": [{"receiver": "r"}]}}
    text = yaml.safe_dump(document).replace(SECRET, canaries.make("a secret", "x"))
    said = _said(tmp_path / "inventory.yaml", text)
    assert not canaries.found(said.encode()), said


@pytest.mark.parametrize("address", ["admin:SECRET@192.0.2.1", "ssh://admin:SECRET@192.0.2.1"])
def test_a_login_in_an_address_is_not_repeated(address: str, tmp_path: Path) -> None:
    """As ssh and browsers take it."""
    canaries = Canaries()
    text = yaml.safe_dump(GOOD | {"devices": {"a": {"address": address.replace(SECRET, canaries.make("a", "x"))}}})
    said = _said(tmp_path / "inventory.yaml", text)
    assert not canaries.found(said.encode()), said


def test_an_exception_of_the_models_quotes_no_input() -> None:
    """Pydantic's own text, which a traceback would show, has no value of the inventory in it."""
    canaries = Canaries()
    for name, place in PLACES.items():
        document = yaml.safe_load(_with(place, SECRET, canaries.make(name, "")))
        with pytest.raises(ValidationError) as caught:
            Document.model_validate(document)
        assert not canaries.found(f"{caught.value!s}{caught.value!r}".encode()), caught.value


def test_a_repr_shows_references_only(tmp_path: Path) -> None:
    """An inventory names places; an apply's work keeps the environment, the values and what they replace hidden."""
    canaries = Canaries()
    (tmp_path / "inventory.yaml").write_text(yaml.safe_dump(GOOD))
    environ = {name: canaries.make(name) for name in "ABCDEFGHIJK"}
    work = Work(Store(tmp_path), tmp_path, environ)
    work.values = secrets.resolve({name: SecretSource(env=name) for name in environ}, environ)
    assert len(work.values) == len(environ)
    work.replaced = secrets.write(tmp_path / "secrets", work.values)
    work.replaced = secrets.write(tmp_path / "secrets", dict.fromkeys(environ, b"other"))
    shown: list[Callable[[], str]] = [lambda: repr(load(tmp_path / "inventory.yaml")), lambda: repr(work)]
    for one in shown:
        assert not canaries.found(one().encode()), one()
