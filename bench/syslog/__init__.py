"""What receiving syslog costs, and how well messages are read: `python -m bench.syslog.parse`."""
