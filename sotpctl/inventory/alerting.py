"""Who is told of what: receivers, routes, maintenance; as written in the inventory."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    Strict,
    StringConstraints,
    model_validator,
)

from sotpctl.inventory.fields import (
    EVENT_NAME,
    Flag,
    HostPort,
    Name,
    Secret,
    SecretOrUrl,
    Text,
    WrongTypeError,
    duration,
)

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
IntervalNames = Annotated[tuple[Name, ...], _TextOrList]
Match = dict[Text, Texts]
EventName = Annotated[str, Strict(), StringConstraints(pattern=EVENT_NAME)]
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
    """Which alerts go to which receiver; the first that matches, unless `continue`.

    `active` and `mute` name time intervals: a route out of its time takes its alerts and tells nobody until it is time.
    """

    model_config = _CONFIG
    match: Match = Field(default_factory=dict)
    receiver: Name
    continue_: Flag = Field(default=False, alias="continue")
    active: IntervalNames = ()
    mute: IntervalNames = ()


class WatchdogSection(BaseModel):
    """Who expects to hear that alerting works, and how often; seconds."""

    model_config = _CONFIG
    receiver: Name
    interval: Annotated[float, duration("1m", "1d")] = 300.0


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


def _days(value: object) -> tuple[int, ...]:
    """Read `mon` or `mon:fri`, over the end of the week too, as numbers of days, Monday is 0."""
    if not isinstance(value, str):
        raise WrongTypeError("a day or a range of days like mon:fri", value, quote=True)
    first, colon, last = value.partition(":")
    if first not in DAYS or (colon and last not in DAYS):
        raise ValueError(f'"{value}" is no day or range of days: write it like sat or mon:fri ({", ".join(DAYS)})')
    start, end = DAYS.index(first), DAYS.index(last if colon else first)
    return tuple([day % 7 for day in range(start, end + 1 if end >= start else end + 8)])


def _times(value: object) -> tuple[str, str]:
    if not isinstance(value, str):
        raise WrongTypeError('a range of times like "08:00-17:00"', value, quote=True)
    start, _, end = value.partition("-")
    if not (_CLOCK.fullmatch(start) and _CLOCK.fullmatch(end)) or start == "24:00":
        raise ValueError(f'"{value}" is no range of times: write it like "08:00-17:00" or "22:00-06:00"')
    if start == end:
        raise ValueError(f'"{value}" is no time at all; for the whole day leave times out')
    return start, end


Days = Annotated[tuple[int, ...], PlainValidator(_days, json_schema_input_type=str)]
Times = Annotated[tuple[str, str], PlainValidator(_times, json_schema_input_type=str)]


class TimeIntervalEntry(BaseModel):
    """Hours of the week, by the clock of a zone or a site; times that end before they start end on the next day."""

    model_config = _CONFIG
    weekdays: Annotated[tuple[Days, ...], _TextOrList] = ()
    times: Annotated[tuple[Times, ...], _TextOrList] = ()
    timezone: Text | None = None
    site: Name | None = None

    @model_validator(mode="after")
    def _some_time_somewhere(self) -> TimeIntervalEntry:
        if not (self.weekdays or self.times):
            raise ValueError('needs weekdays, times or both, like {weekdays: [mon:fri], times: ["08:00-17:00"]}')
        if (self.timezone is None) == (self.site is None):
            raise ValueError("needs to say by whose clock: either timezone: Europe/Warsaw or site: NAME")
        return self


def _as_entries(value: object) -> object:
    if isinstance(value, dict):
        return [value]
    if not isinstance(value, list):
        raise WrongTypeError("a time interval like {weekdays: [mon:fri], timezone: UTC}, or a list of them", value)
    return value


TimeIntervalEntries = Annotated[
    tuple[TimeIntervalEntry, ...],
    BeforeValidator(_as_entries, json_schema_input_type=TimeIntervalEntry | list[TimeIntervalEntry]),
    Field(min_length=1),
]


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


class LogPatternEntry(BaseModel):
    """Messages that are an alert: what is searched in them, on which devices, and how bad it is."""

    model_config = _CONFIG
    name: EventName
    match: Text
    selector: Match = Field(default_factory=dict)
    severity: Literal["critical", "warning", "info"] = "warning"
    for_: Annotated[float, duration("0s", "1d")] = Field(default=0.0, alias="for")


class AlertingSection(BaseModel):
    """The whole section."""

    model_config = _CONFIG
    receivers: dict[Name, Receiver] = Field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    time_intervals: dict[Name, TimeIntervalEntries] = Field(default_factory=dict)
    maintenance: tuple[MaintenanceEntry, ...] = ()
    watchdog: WatchdogSection | None = None
    log_patterns: tuple[LogPatternEntry, ...] = ()
    recovery_grace: Grace = 300.0
