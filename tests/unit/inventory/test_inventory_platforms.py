"""The platforms that an inventory may name."""

from exporters.snmp.profiles import load
from sotpctl.inventory.platforms import VENDORS

# Profiles of no one operating system, and two that have another name here.
_OTHERS = {"cisco", "generic", "linux", "printer", "ups", "fortinet-fortigate"}


def test_inventory_every_profile_is_a_platform_of_its_vendor() -> None:
    """Whose SNMP is understood may be written as a device's platform, with the vendor that the profile names."""
    library = load()
    assert {"linux", "generic", "fortinet-fortios"} <= set(VENDORS)
    profiles = {name: library.profile(name).vendor for name in library.names if name not in _OTHERS}
    assert profiles == {name: VENDORS.get(name) for name in profiles}
