"""Why a value of LibreNMS isn't ours, where that is no fault of ours. Pure.

Each reason is a fact about the recording, or a mistake of an expected file that a MIB shows: it is named here, and
never imitated. A finding with a reason is "explained" in the table, not equal.
"""

from typing import NamedTuple

from exporters.snmp.oid import Oid
from exporters.snmp.oid import parse as parse_oid
from exporters.snmp.pdu import Value

NOT_RECORDED = "not in the recording"
_NO_VALUES = (-32768, 2147483647, -2147483648, 4294967295)  # what agents send instead of a value
_SHARES = frozenset({"charge", "humidity", "load", "percent"})


class _Mistake(NamedTuple):
    """What LibreNMS makes of an object, of a class of sensors ("": any), and what the object says instead."""

    kind: str
    object: Oid
    why: str


_MISTAKES = tuple(
    _Mistake(kind, parse_oid(oid), why)
    for kind, oid, why in (
        ("", "1.3.6.1.4.1.8072.1.3.2.4", "a line that a script printed (nsExtendOutLine): only the script knows what"),
        ("", "1.3.6.1.4.1.8072.1.3.2.3", "what a script printed (nsExtendOutput): only the script knows what"),
        ("count", "1.3.6.1.4.1.9.9.661.1.3.2.1.6", "c3gGsmCurrentRoamingStatus is a state, no number of cells"),
        ("current", "1.3.6.1.4.1.6027.3.11.1.3.1.1", "dellNetIfTransTransmitBiasCurrentLane1 … 4 are milliamperes"),
        ("current", "1.3.6.1.4.1.935.1.1.1.2.2.7", "upsSmartBatteryCurrent is percent of the largest current"),
        ("frequency", "1.3.6.1.2.1.33.1", "UPS-MIB's frequencies are tenths of a hertz"),
        ("dbm", "1.3.6.1.4.1.41112.1.5.6.2.1", "0 of an ONU that is offline (ubntOnuOnline): nothing was measured"),
        ("temperature", "1.3.6.1.4.1.41112.1.5.4.2.1.3", "this model tells whole degrees, not thousandths"),
        ("temperature", "1.3.6.1.4.1.41112.1.4.8.4", "ubntHostTemperature is a number of degrees from 0 to 255"),
        ("state", "1.3.6.1.2.1.25.3.5.1.2", "hrPrinterDetectedErrorState are bits, of which some are set"),
        ("", "1.3.6.1.4.1.318.1.1.1.2.1.3", "a date, not a time that is left"),
        ("", "1.3.6.1.4.1.318.1.1.1.2.2.21", "a date, not a time that is left"),
    )
)


def mistake(kind: str, oid: Oid) -> str | None:
    """Returns what LibreNMS gets wrong about an object as a sensor of this class, None for nothing."""
    found = [each.why for each in _MISTAKES if each.kind in ("", kind) and oid[: len(each.object)] == each.object]
    return found[0] if found else None


def no_value(kind: str, value: Value | None) -> str | None:
    """Returns what tells that a recorded value is none."""
    if value in _NO_VALUES:
        return f"the recording says {value!r}, by which the device says that it has no value"
    if kind in _SHARES and isinstance(value, int) and value < 0:
        return f"the recording says {value}, which is no share of anything"
    return None


def word(value: Value | None) -> str | None:
    """Returns why two states of a device that says words don't compare."""
    if isinstance(value, bytes) and value.strip() and not value.strip().isdigit():
        return f"the device says {value.decode(errors='replace')!r}: a word, to which each gives numbers of its own"
    return None
