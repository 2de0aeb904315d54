"""sotpctl: renders, checks and applies a monitoring stack from one inventory."""
