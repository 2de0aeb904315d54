"""What the ICMP exporter costs, against what people run today: `python -m bench.icmp.fping`, and so on (README.md)."""
