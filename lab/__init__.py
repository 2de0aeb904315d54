"""A simulated network: every device of an inventory, answering in a network namespace of its own."""
