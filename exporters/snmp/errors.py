"""Why a device's answer is not there: an expected failure is a result, not an exception."""

from dataclasses import dataclass
from typing import Literal

Reason = Literal[
    "timeout",
    "auth",
    "unknown_user",
    "not_in_time_window",
    "no_such_object",
    "loop",
    "malformed",
    "refused",
]
"""`snmp_module_failure`'s label (design.md)."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an operation gave less than was asked.

    Attributes:
        reason: For metrics.
        detail: For people: what, and what would be right. Holds no secret.
    """

    reason: Reason
    detail: str

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}"


class MalformedError(ValueError):
    """Bytes that are no SNMP. The codec raises it; the engine turns it into a `Failure`."""
