"""SOTP's exporters: ICMP, SNMP, SSH and syslog turned into metrics and logs."""
