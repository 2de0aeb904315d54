"""One canonical spelling for each interface name, the same that the exporters give (exporters.kit.interfaces)."""

from exporters.kit.interfaces import canonical_interface

__all__ = ["canonical_interface"]
