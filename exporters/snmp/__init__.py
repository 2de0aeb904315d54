"""The SNMP exporter: polls devices when Prometheus scrapes them (docs/snmp.md).

A scrape goes down this list and its answer comes up again:

    app          the pages and the service (kit.service)
    request      a query to a request, or the status that refuses it (pure)
    devices      what is kept of each device; polls that several scrapes share
    collect      one poll of a device: its modules, each failing for itself
    modules      snmp.yml as it is (a package: reading, planning, rendering)
    profile      the modules of the vendors' profiles; `profiles` has these (data and what compiles it)
    fallback     32-bit counters where a device has no others
    visit        gets and walks of one poll, counted, within its deadline
    engine …     the engine, below

    exposition   polls as text (pure)
    targets      the exporter's file, checked (pure); `credentials` reads the secrets that it names
    registry     all modules by name
    resolve      devices' names to addresses
    health       self-metrics

The engine speaks SNMPv1, v2c and v3 with a device. Bytes, state and I/O are apart: only `transport`, `timers` and
`engine` know sockets and the event loop.

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
    operation    a walk or a get on its way, and what its answers teach (pure)
    inbox        which operation a message is for, and what it says to it
    turns        whose turn it is: dead devices hold nobody up (pure)
    timers       when operations are looked at again: one timer for all
    transport    one UDP socket an address family, opened when it is needed
    engine       sends, repeats, gives up
"""
