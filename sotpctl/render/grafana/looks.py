"""One look for all dashboards: states and severities in one order, each with its word, its sign and its colour.

The colours, after Okabe and Ito and Paul Tol, are told apart by all eyes; sign and word say the same without them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from grafana_foundation_sdk.models import dashboard

RED, AMBER, PURPLE, SKY, GREEN = "#D55E00", "#F5C542", "#AA4499", "#88CCEE", "#009E73"
BLUE, GREY = "#3399DD", "#8C8C8C"  # of numbers that are neither good nor bad
NEUTRAL = "text"  # the theme's own: black on white or white on black


@dataclass(frozen=True, slots=True)
class Look:
    """How one state or severity appears everywhere.

    Attributes:
        name: The label's value in Prometheus.
        sign: What stands before the word, so that colour is never alone.
        colour: Hexadecimal.
        code: The value of `device:state:code`; a severity's rank.
        meaning: One sentence for descriptions.
    """

    name: str
    sign: str
    colour: str
    code: int
    meaning: str

    @property
    def text(self) -> str:
        """Sign and word."""
        return f"{self.sign} {self.name}"


# Worst first: the order of tiles, columns, legends and stacks.
STATES = (
    Look("down", "▼", RED, 2, "It answers no ping, though one of its parents does: it is what broke."),
    Look("unreachable", "⊘", AMBER, 3, "It answers no ping, and all that leads to it is down: look at its parents."),
    Look(
        "unknown", "?", PURPLE, 0, "Nobody can say: no exporter has asked it lately. It counts as neither up nor down."
    ),
    Look("maintenance", "◷", SKY, 4, "A maintenance window is open: it pages nobody."),
    Look("up", "▲", GREEN, 1, "It answers."),
)
SEVERITIES = (
    Look("critical", "▼", RED, 2, "Somebody is woken."),
    Look("warning", "◆", AMBER, 1, "Somebody looks at it in working hours."),
    Look("info", "●", SKY, 0, "Nobody need act."),
)

# Interfaces: a port that nobody uses is no fault.
INTERFACES = (
    Look("down", "▼", RED, 0, "It was up in the time range and is down now."),
    Look("unused", "▽", GREY, 4, "It has been down for the whole time range: most likely nothing is plugged in."),
    Look("off", "○", GREY, 2, "Somebody switched it off (administratively down)."),
    Look("up", "▲", GREEN, 1, "It works."),
)
# What a message may say of itself (RFC 5424), worst first.
MESSAGES = (
    Look("emergency", "▼", "#5E2100", 0, "The system is unusable."),
    Look("alert", "▼", "#8C3300", 1, "Act at once."),
    Look("critical", "▼", RED, 2, "A critical condition."),
    Look("error", "▼", "#F08A4B", 3, "Something failed."),
    Look("warning", "◆", AMBER, 4, "Something may fail."),
    Look("notice", "●", SKY, 5, "Normal, but worth a line."),
    Look("info", "●", BLUE, 6, "For the record."),
    Look("debug", "●", GREY, 7, "For whoever looks for a fault."),
)


def state(name: str) -> Look:
    """Find a state by its name."""
    return next(look for look in STATES if look.name == name)


def by_code(looks: Iterable[Look]) -> list[dashboard.ValueMapping]:
    """Map the numbers of a series to sign, word and colour."""
    return [_mapping({str(look.code): look for look in looks})]


def by_name(looks: Iterable[Look]) -> list[dashboard.ValueMapping]:
    """Map a label's values to sign, word and colour."""
    return [_mapping({look.name: look for look in looks})]


def budget() -> list[dashboard.ValueMapping]:
    """Say in words that an error budget is used up: by how much is no number that anybody needs."""
    gone = dashboard.ValueMappingResult(text="▼ used up", color=RED, index=0)
    return [dashboard.RangeMap(options=dashboard.DashboardRangeMapOptions(from_val=-1e12, to=0, result=gone))]


def yes_no(yes: str, no: str) -> list[dashboard.ValueMapping]:
    """Map 1 and 0 to the texts given, in the colours of good and bad."""
    return [
        dashboard.ValueMap(
            options={
                "1": dashboard.ValueMappingResult(text=f"▲ {yes}", color=GREEN, index=0),
                "0": dashboard.ValueMappingResult(text=f"▼ {no}", color=RED, index=1),
            }
        )
    ]


def _mapping(texts: dict[str, Look]) -> dashboard.ValueMap:
    return dashboard.ValueMap(
        options={
            key: dashboard.ValueMappingResult(text=look.text, color=look.colour, index=index)
            for index, (key, look) in enumerate(texts.items())
        }
    )
