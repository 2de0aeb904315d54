"""The ICMP exporter: who answers, how fast, how often not.

One socket for each address family carries every target's echo requests; the kernel stamps the answers.

    packet      bytes of requests, answers and errors (pure)
    filters     the kernel filters that keep other processes' ICMP away (pure)
    socket      one non-blocking socket, ping or raw, and its bounded drain
    targets     the exporter's file, checked and resolved (pure)
    target      what is known of one device: counters, times, up or down
    pinger      the state machine: schedule, time-outs, confirmation (pure; clock and transport come from outside)
    engine      drives the pinger with the sockets and the event loop
    resolve     names to addresses, again and again
    exposition  /reachability and /devices as text
    probe       /probe: a one-off burst
    app         the service that the kit runs
"""
