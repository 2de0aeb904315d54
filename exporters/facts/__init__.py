"""The inventory's numbers as metrics: thresholds, links, dependents, expected targets, maintenance windows."""
