"""SNMP for people: what `sotpctl snmp` asks a device, and how it is said. Nothing here prints.

    access    a device of the inventory: its address, its credentials, how they are described without the secrets
    names     `ifHCInOctets.1` to its OID and back (`objects.txt`, and what the exporter's profiles name)
    values    what a device answers, as text and as JSON (pure)
    ask       gets and walks, the rows as they come
    advice    what to do about a failure (pure)
    match     which profile a device has, and why (pure)
    findings  what each of its rules gives (pure)
    reading   what `findings` needs, read of a device
    poll      the exporter's poll of a device, module by module

The exporter's own engine speaks (exporters.snmp), so what is seen here is what the exporter sees. It is loaded when a
command runs: `sotpctl --help` and a TAB load nothing of it.
"""
