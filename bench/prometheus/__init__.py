"""What benchmarks share that fill a real Prometheus: the process, remote write, and the recorded series of a fleet."""
