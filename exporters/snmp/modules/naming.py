"""The names by which a device's interfaces are known everywhere: canonical, and never two of one name. Pure."""

from collections import Counter
from collections.abc import Mapping

from exporters.kit.interfaces import canonical_interfaces
from exporters.snmp.oid import Oid


def interface_names(names: Mapping[Oid, str], descriptions: Mapping[Oid, str]) -> dict[Oid, str]:
    """Returns each interface's name in canonical spelling, by ifIndex.

    An agent may leave ifName empty (RFC 2863, 3.1.1). Then ifDescr is the name; where that isn't unique, its ifIndex
    stands behind it.

    Args:
        names: ifName.
        descriptions: ifDescr.
    """
    unnamed = [row for row in descriptions if not names.get(row)]
    if not unnamed:
        return canonical_interfaces(names)
    own = {row: name for row, name in names.items() if name} | {row: descriptions[row] for row in unnamed}
    count = Counter(own.values())
    for row in unnamed:
        text = own[row]
        if not text or count[text] > 1:
            own[row] = f"{text} {row[-1]}".lstrip()
    return canonical_interfaces(own)
