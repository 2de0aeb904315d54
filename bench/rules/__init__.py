"""What the rules cost with 1,000 devices of 48 ports."""
