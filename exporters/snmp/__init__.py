"""The SNMP exporter. So far its engine: what speaks SNMPv1, v2c and v3 with a device, and nothing above it.

Bytes, state and I/O are apart: only `transport` and `engine` know sockets and the event loop, only `engine` the clock.

    errors       the reasons for a failure, and the codec's one exception
    oid          object identifiers: tuples of numbers, their text and their bytes (pure)
    ber          tag, length, value (pure)
    pdu          PDUs and variable bindings (pure)
    message      the envelopes of v1, v2c and v3 (pure)
    ciphers      DES, 3DES and AES as SNMPv3 uses them (pure)
    usm          SNMPv3's user-based security: keys, sealing, opening (pure)
    session      one agent's envelope: community, or SNMPv3 engine with discovery and time (pure)
    columns      a table's answer, decoded straight into its columns (pure; the hot loop)
    walk         the state machines of a walk and a get (pure)
    agent        what is known of a device: address, session, how much it answers at once (pure)
    transport    one UDP socket an address family
    engine       sends, matches, repeats, paces
"""
