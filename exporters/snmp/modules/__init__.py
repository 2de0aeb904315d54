"""snmp_exporter's `snmp.yml`, read as it is, and device answers turned into the samples that snmp_exporter gives.

    nodes     YAML nodes to typed values; a mistake is `file:line: …` (pure)
    model     what a module says: walks, metrics, indexes, lookups (frozen)
    read      files to modules; `auths` to credentials
    regex     Go's regular expressions and replacement templates as Python's (pure)
    hints     DISPLAY-HINT, DateAndTime and the other encodings of RFC 2579 (pure)
    text      values and indexes as label values (pure)
    plan      a module's metrics, sorted into walks whose columns share their rows (pure)
    naming    interfaces' names in the inventory's spelling (pure)
    labels    a row's labels, built once for all of its columns (pure)
    render    tables to samples in the text format (pure; the hot loop)
    poll      carries out a module's gets, filters and walks

Source of every rule: snmp_exporter's `config/config.go` and `collector/collector.go`.
"""
