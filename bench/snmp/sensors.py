"""LibreNMS's sensors against ours: by the object and row that both were read from. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bench.snmp import reasons
from exporters.snmp.oid import Oid
from exporters.snmp.oid import parse as parse_oid
from exporters.snmp.pdu import Value
from exporters.snmp.profiles import Profile, Sample

# LibreNMS's class: our types of it, and what makes our unit theirs.
_CLASSES: dict[str, dict[str, float]] = {
    "airflow": {"airflow": 1},
    "bitrate": {"bitrate": 1},
    "charge": {"charge": 100},
    "count": {"count": 1},
    "current": {"current": 1},
    "dbm": {"optical_power": 1},
    "delay": {"runtime": 1},
    "fanspeed": {"fan_speed": 1},
    "frequency": {"frequency": 1},
    "humidity": {"humidity": 100},
    "load": {"load": 100},
    "percent": {"fan_duty": 100, "load": 100, "charge": 100},
    "power": {"power": 1, "apparent_power": 1},
    "power_consumed": {"energy": 1 / 3600_000},
    "power_factor": {"power_factor": 1},
    "pressure": {"pressure": 1 / 1000},
    "quality_factor": {"gain": 1},
    "runtime": {"runtime": 1 / 60},
    "signal": {"signal": 1},
    "snr": {"gain": 1},
    "state": {"state": 1},
    "temperature": {"temperature": 1},
    "voltage": {"voltage": 1},
}
# Objects that say the same of the same row as another, which is the one that is read: by how many numbers of the index.
_TWINS: dict[Oid, tuple[Oid, int | None]] = {
    parse_oid(theirs): (parse_oid(ours), arcs)
    for theirs, ours, arcs in (
        # ENTITY-SENSOR-MIB's entPhySensorValue, CISCO-ENTITY-SENSOR-MIB's entSensorValue
        ("1.3.6.1.2.1.99.1.1.1.4", "1.3.6.1.4.1.9.9.91.1.1.1.1.4", None),
        # FORTINET-FORTIGATE-MIB: the number of rows, told of fgHaStatsIndex and of fgHaStatsSyncStatus
        ("1.3.6.1.4.1.12356.101.13.2.1.1.1", "1.3.6.1.4.1.12356.101.13.2.1.1.12", None),
        # JUNIPER-DOM-MIB: the only lane of an optic, and the optic
        ("1.3.6.1.4.1.2636.3.60.1.2.1.1.6", "1.3.6.1.4.1.2636.3.60.1.1.1.1.5", 1),
        ("1.3.6.1.4.1.2636.3.60.1.2.1.1.8", "1.3.6.1.4.1.2636.3.60.1.1.1.1.7", 1),
    )
}
_ROUNDED = 0.00051  # logarithms are rounded to three decimals, by us and sometimes by them
_TYPE = re.compile(r'type="(\w+)"')


class Sensors:
    """The sensors among the samples of a device."""

    def __init__(self, samples: Sequence[Sample], profile: Profile, values: Mapping[Oid, Value]) -> None:
        self._profile = profile
        self._values = values
        self._ours: dict[tuple[str, Oid], float] = {}
        for sample in samples:
            kind = "temperature" if sample.name == "device_temperature_celsius" else None
            if sample.name == "device_sensor_value" and (found := _TYPE.search(sample.labels)):
                kind = found[1]
            if kind and sample.source is not None:
                self._ours[kind, sample.source[0] + sample.source[1]] = sample.value

    def differences(self, sensors: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str | None, bool]]:
        """Yields of each sensor what it is, why it isn't ours (None: it is), and whether that is explained."""
        for sensor in sensors:
            oid = _oid(sensor["sensor_oid"])
            what = f"{sensor['sensor_class']} {sensor['sensor_descr']} ({sensor['sensor_oid']})"
            why = self._difference(sensor["sensor_class"], oid, float(sensor["sensor_current"] or 0))
            reason = self._reason(sensor["sensor_class"], oid) if why else None
            yield what, f"theirs is {sensor['sensor_current']}: {reason or why}" if why else None, reason is not None

    def _difference(self, kind: str, oid: Oid, theirs: float) -> str | None:
        for type_, factor in _CLASSES.get(kind, {}).items():
            for place in (oid, *_twin(oid)):
                ours = self._ours.get((type_, place))
                if ours is None:
                    continue
                by = max(2e-4 * abs(theirs), _ROUNDED if kind == "dbm" else 1e-9)
                return None if abs(ours * factor - theirs) <= by else f"ours is {ours * factor:g}"
        others = [type_ for type_, place in self._ours if place == oid]
        return f"ours is of type {others[0]}" if others else self._missing(oid)

    def _missing(self, oid: Oid) -> str:
        if oid not in self._values:
            return reasons.NOT_RECORDED
        value = self._values[oid]
        read = any(oid[: len(root)] == root for root in (*self._profile.columns, *self._profile.scalars))
        shown = value.decode(errors="replace") if isinstance(value, bytes) else value
        return f"the recording says {shown!r}; " + ("a rule leaves it out" if read else "no rule reads it")

    def _reason(self, kind: str, oid: Oid) -> str | None:
        if oid not in self._values:
            return reasons.NOT_RECORDED
        value = self._values[oid]
        if found := reasons.mistake(kind, oid) or reasons.no_value(kind, value):
            return found
        return reasons.word(value) if ("state", oid) in self._ours else None


def _twin(oid: Oid) -> Iterator[Oid]:
    for theirs, (ours, arcs) in _TWINS.items():
        if oid[: len(theirs)] == theirs:
            yield ours + oid[len(theirs) :][:arcs]


def _oid(text: str) -> Oid:
    """LibreNMS's OIDs; some hold a word for a number, which no recording has."""
    try:
        return parse_oid(text)
    except ValueError:
        return ()
