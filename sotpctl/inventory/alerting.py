"""Who is told of what: receivers, routes, maintenance; as written in the inventory."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, model_validator

from sotpctl.inventory.fields import Flag, HostPort, Name, Secret, SecretOrUrl, Text, WrongTypeError, duration

_CONFIG = ConfigDict(frozen=True, extra="forbid")


def _as_list(value: object) -> object:
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list):
        raise WrongTypeError("text or a list of texts", value, quote=True)
    return value


def _mail_address(value: str) -> str:
    if not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+|[^<>]*<[^@\s<>]+@[^@\s<>]+>", value):
        raise ValueError(f'"{value}" is no mail address: write it like noc@example.net')
    return value


_TextOrList = BeforeValidator(_as_list, json_schema_input_type=str | list[str])
Texts = Annotated[tuple[Text, ...], _TextOrList, Field(min_length=1)]
MailAddress = Annotated[Text, AfterValidator(_mail_address)]
MailAddresses = Annotated[tuple[MailAddress, ...], _TextOrList, Field(min_length=1)]
Match = dict[Text, Texts]
Grace = Annotated[float, duration("0s", "1d")]


class Email(BaseModel):
    """Mail by a smarthost; `require_tls` is STARTTLS."""

    model_config = _CONFIG
    to: MailAddresses
    from_: MailAddress = Field(alias="from")
    smarthost: HostPort
    username: Text | None = None
    password: Secret | None = None
    require_tls: Flag = True


class Slack(BaseModel):
    """A Slack webhook; its URL is the secret."""

    model_config = _CONFIG
    url: Secret
    channel: Text


class Webhook(BaseModel):
    """Alertmanager's JSON by POST to a URL, itself a secret or plain."""

    model_config = _CONFIG
    url: SecretOrUrl


class Pagerduty(BaseModel):
    """PagerDuty's Events API v2."""

    model_config = _CONFIG
    routing_key: Secret


class Receiver(BaseModel):
    """Whom to tell, by one or more channels."""

    model_config = _CONFIG
    email: Email | None = None
    slack: Slack | None = None
    webhook: Webhook | None = None
    pagerduty: Pagerduty | None = None

    @model_validator(mode="after")
    def _some_channel(self) -> Receiver:
        if not self.model_fields_set:
            raise ValueError("a receiver needs a channel: email, slack, webhook or pagerduty")
        return self


class Route(BaseModel):
    """Which alerts go to which receiver; the first that matches, unless `continue`."""

    model_config = _CONFIG
    match: Match = Field(default_factory=dict)
    receiver: Name
    continue_: Flag = Field(default=False, alias="continue")


DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00")


def _clock(value: object) -> str:
    if not isinstance(value, str):
        raise WrongTypeError('a time of day like "22:00", in quotes', value, quote=True)
    if not _CLOCK.fullmatch(value):
        raise ValueError(f'"{value}" is no time of day: write it like "22:00"')
    return value


def _moment(value: object) -> datetime:
    if isinstance(value, str) and re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}", value):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass
    raise ValueError("must be a date and time like 2026-12-01T22:00, in the site's time zone unless it has an offset")


Clock = Annotated[str, PlainValidator(_clock, json_schema_input_type=str)]
Moment = Annotated[datetime, PlainValidator(_moment, json_schema_input_type=str)]


class Weekly(BaseModel):
    """A window that comes back every week, in local time; one that ends before it starts ends on the next day."""

    model_config = _CONFIG
    days: Annotated[tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...], Field(min_length=1)]
    start: Clock = Field(alias="from")
    end: Clock = Field(alias="to")

    @model_validator(mode="after")
    def _some_time(self) -> Weekly:
        if self.start == self.end:
            raise ValueError('from and to are the same time; for the whole day write from: "00:00", to: "24:00"')
        return self


class MaintenanceEntry(BaseModel):
    """Planned work: on what, and when, once or every week."""

    model_config = _CONFIG
    name: Name
    match: Match
    start: Moment | None = None
    end: Moment | None = None
    weekly: Weekly | None = None
    timezone: Text | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> MaintenanceEntry:
        once = self.start is not None and self.end is not None
        if (self.weekly is None) != once or (self.weekly is not None and (self.start or self.end)):
            raise ValueError('needs either start and end, or weekly: {days: [sun], from: "02:00", to: "04:00"}')
        return self


class AlertingSection(BaseModel):
    """The whole section."""

    model_config = _CONFIG
    receivers: dict[Name, Receiver] = Field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    maintenance: tuple[MaintenanceEntry, ...] = ()
    recovery_grace: Grace = 300.0
