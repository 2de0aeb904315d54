"""What 10,000 devices cost `sotpctl` and the exporters: `python -m bench.render`."""
