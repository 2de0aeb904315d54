"""Profiles: each vendor's objects under one name for all.

A profile is data, a YAML file in this folder (docs/adding-a-vendor.md): which devices it is for, which objects say what
about them. Code here reads, checks and compiles it once; nothing in it knows a vendor.

    profile = match(sys_object_id, sys_descr)      # or match(…).select(["bgp"])
    profile.columns, profile.scalars               # to walk, to get
    for sample in samples(profile, tables): …      # name, labels as text, value
"""

from exporters.snmp.profiles.compiled import OPTIONAL, Profile
from exporters.snmp.profiles.errors import ProfileError
from exporters.snmp.profiles.families import COUNTERS, HELP, Sample
from exporters.snmp.profiles.registry import Registry, load, match, samples

__all__ = ["COUNTERS", "HELP", "OPTIONAL", "Profile", "ProfileError", "Registry", "Sample", "load", "match", "samples"]
