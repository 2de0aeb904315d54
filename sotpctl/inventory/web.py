"""How the exporters serve HTTP, and how Prometheus and sotpctl reach them then; as written in the inventory."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator

from sotpctl.inventory.fields import Secret, Text

_CONFIG = ConfigDict(frozen=True, extra="forbid")


def _username(value: str) -> str:
    if ":" in value:
        raise ValueError("a user of basic auth has no colon in the name")
    return value


class BasicAuth(BaseModel):
    """Who Prometheus and sotpctl are: one of the web configuration's basic_auth_users."""

    model_config = _CONFIG
    username: Annotated[Text, AfterValidator(_username)]
    password: Secret


class WebSection(BaseModel):
    """`config_file` is the exporters' --web.config.file; the rest is what a client needs to reach them."""

    model_config = _CONFIG
    config_file: Text
    scheme: Literal["https", "http"] = "https"
    ca_file: Text | None = None
    server_name: Text | None = None
    client_cert_file: Text | None = None
    client_key_file: Text | None = None
    basic_auth: BasicAuth | None = None

    @model_validator(mode="after")
    def _agrees(self) -> WebSection:
        if (self.client_cert_file is None) != (self.client_key_file is None):
            raise ValueError("client_cert_file and client_key_file belong together: give both or neither")
        of_tls = ("ca_file", "server_name", "client_cert_file")
        given = next((name for name in of_tls if getattr(self, name) is not None), None)
        if self.scheme == "http" and given:
            raise ValueError(f"{given} has no effect with scheme: http; remove one of them")
        return self
