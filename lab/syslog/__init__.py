"""What the simulated devices tell by themselves: syslog in their platform's dialect, and SNMP traps."""
