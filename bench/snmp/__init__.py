"""What the SNMP engine costs and bears: `python -m bench.snmp.engine`, `python -m bench.snmp.fuzz`."""
