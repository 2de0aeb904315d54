"""How logs come in and where they go: settings.logs, as written in the inventory."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, model_validator

from sotpctl.inventory.fields import HostPort, Secret, Text, Url, WrongTypeError, packed
from sotpctl.inventory.log_model import Logs, LogStore, LogTls
from sotpctl.inventory.web import BasicAuth

_CONFIG = ConfigDict(frozen=True, extra="forbid")
_UNITS = {"MB": 1000**2, "GB": 1000**3, "TB": 1000**4, "MiB": 1024**2, "GiB": 1024**3, "TiB": 1024**4}
_LEAST = 16 * 1024**2  # a segment, and one more
PORTS = {"udp": 10514, "tcp": 10514, "tls": 16514}  # the shipper's
TRAPS_PORT = 10162


def _size(value: object) -> int:
    shape = re.fullmatch(r"([0-9]{1,9})(MB|GB|TB|MiB|GiB|TiB)", value) if isinstance(value, str) else None
    if shape is None:
        raise WrongTypeError("a size like 500MB or 2GiB", value)
    size = int(shape[1]) * _UNITS[shape[2]]
    if size < _LEAST:
        raise ValueError(f"{value} is too small: 16MiB or more")
    return size


def _ip(value: str) -> str:
    if packed(value) is None:
        raise ValueError(f'"{value}" is no IP address: messages are told by the address that they come from')
    return value


def _tenant(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9!._*'()-]{1,150}", value) or value in {".", ".."}:
        raise ValueError(f"\"{value}\" is no tenant of Loki's: letters, digits and !._*'()-")
    return value


def _push(value: str) -> str:
    if "?" in value or "#" in value:
        raise ValueError("is no log store: write it like https://loki.example.net, the path of its push API is added")
    return value


Size = Annotated[int, PlainValidator(_size, json_schema_input_type=str)]


class Listen(BaseModel):
    """Where it listens, host:port; `null` is off."""

    model_config = _CONFIG
    udp: HostPort | None = None
    tcp: HostPort | None = None
    tls: HostPort | None = None
    traps: HostPort | None = None


class ListenTls(BaseModel):
    """The certificate for devices that send by TLS (RFC 5425), and whether they must show one of their own."""

    model_config = _CONFIG
    cert_file: Text
    key_file: Text
    client_ca_file: Text | None = None
    client_auth: Literal["none", "optional", "required"] | None = None

    @model_validator(mode="after")
    def _agrees(self) -> ListenTls:
        if self.client_auth not in {None, "none"} and self.client_ca_file is None:
            raise ValueError(f"client_auth: {self.client_auth} needs client_ca_file, which signs devices' certificates")
        return self


class SpoolSection(BaseModel):
    """What waits on the disk while the store is away."""

    model_config = _CONFIG
    size: Size = 1024**3
    policy: Literal["drop_oldest", "stop_reading"] = "drop_oldest"


class LogsSection(BaseModel):
    """The whole section."""

    model_config = _CONFIG
    store: Literal["loki", "victorialogs"] = "loki"
    url: Annotated[Url, AfterValidator(_push)] | None = None
    tenant: Annotated[Text, AfterValidator(_tenant)] | None = None
    basic_auth: BasicAuth | None = None
    token: Secret | None = None
    ca_file: Text | None = None
    client_cert_file: Text | None = None
    client_key_file: Text | None = None
    listen: Listen = Field(default_factory=Listen)
    tls: ListenTls | None = None
    unknown_senders: Literal["accept", "refuse"] = "accept"
    relays: tuple[Annotated[Text, AfterValidator(_ip)], ...] = ()
    spool: SpoolSection = Field(default_factory=SpoolSection)

    @model_validator(mode="after")
    def _agrees(self) -> LogsSection:
        for problem in self._contradictions():
            raise ValueError(problem)
        return self

    def _contradictions(self) -> Iterator[str]:
        if self.basic_auth and self.token:
            yield "basic_auth and token exclude each other: keep one"
        if (self.client_cert_file is None) != (self.client_key_file is None):
            yield "client_cert_file and client_key_file belong together: give both or neither"
        of_tls = ("ca_file", "client_cert_file")
        given = next((name for name in of_tls if getattr(self, name) is not None), None)
        if given and not (self.url or "").startswith("https://"):
            yield f"{given} has no effect without a url of https://; add it, or remove {given}"
        if self.listen.tls and not self.tls:
            yield "listen.tls needs tls: {cert_file: …, key_file: …}"
        taken = self.listening("")
        if not taken:
            yield "listen: all of udp, tcp and tls are off; leave one on"
        if taken.get("tls") and taken.get("tls") == taken.get("tcp"):
            yield "listen.tls and listen.tcp are the same address: give each its own"

    def listening(self, host: str) -> dict[str, str]:
        """Return host:port by transport, the usual port of `host` where none is given; what is off is left out."""
        found = {}
        for name, port in PORTS.items():
            given: str | None = getattr(self.listen, name)
            usual = name not in self.listen.model_fields_set and (name != "tls" or self.tls is not None)
            if given or usual:
                found[name] = given or f"{host}:{port}"
        return found

    def traps(self, host: str) -> str:
        """Return host:port of the receiver of SNMP traps, the usual port of `host` where none is given; "" is off."""
        return self.listen.traps or ("" if "traps" in self.listen.model_fields_set else f"{host}:{TRAPS_PORT}")


def resolved(section: LogsSection, endpoints: Mapping[str, str], host: str, root: Path) -> Logs:
    """Return the section with its defaults.

    Args:
        section: As written.
        endpoints: host:port of the engines.
        host: Where it listens unless the section says: "0.0.0.0", or "[::]" for both kinds of addresses.
        root: What relative paths are relative to.
    """

    def path(text: str | None) -> Path | None:
        return (root / Path(text).expanduser()).absolute() if text else None

    auth, tls = section.basic_auth, section.tls
    store = LogStore(
        url=section.url or _store_url(section.store, endpoints),
        tenant=section.tenant or "",
        username=auth.username if auth else "",
        password=auth.password if auth else None,
        token=section.token,
        ca_file=path(section.ca_file),
        client_cert_file=path(section.client_cert_file),
        client_key_file=path(section.client_key_file),
    )
    listen_tls = None
    if tls:
        given = tls.client_auth or ("required" if tls.client_ca_file else "none")
        cert, key = path(tls.cert_file) or root, path(tls.key_file) or root
        listen_tls = LogTls(cert, key, path(tls.client_ca_file), given)
    return Logs(
        store=store,
        listen=MappingProxyType(section.listening(host)),
        traps=section.traps(host),
        tls=listen_tls,
        unknown_senders=section.unknown_senders,
        relays=section.relays,
        spool_bytes=section.spool.size,
        spool_policy=section.spool.policy,
    )


def _store_url(store: str, endpoints: Mapping[str, str]) -> str:
    if store == "victorialogs":
        return f"http://{endpoints['victorialogs']}/insert"
    return f"http://{endpoints['loki']}"
