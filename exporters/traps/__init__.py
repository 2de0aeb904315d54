"""SNMP traps and informs: counters for Prometheus, messages for the log (docs/traps.md).

A datagram goes down this list:

    udp          the socket: drained, and answered to
    senders      whose it is, by its source address; `kit.names` finds the addresses of devices that have a name
    fair         each sender's share and its place in the queue, before anything is decoded (pure)
    receiver     the way of one datagram: checks, decoding, counting
    envelope     version, community, engine, user: what is checked before anything expensive (pure)
    engine       pysnmp: keys, digests, ciphers, PDUs, answers to informs; `window` refuses replayed messages (pure)
    definitions  traps.yaml: what traps and objects are called, how severe they are (data)
    values       a variable binding's name and text (pure)
    message      a notification as an RFC 5424 message (pure)
    forward      to the shipper, by TCP, with a bounded buffer

    config       the exporter's file, checked; `credentials` takes the secrets that it names
    health       what `/metrics` says
    app          the service (kit.service)
"""
