"""What people do with alerts: look at them, acknowledge them, hold them back, ask who would be told.

The logic is pure and stands in files of its own; `client` is the only one that talks to Alertmanager.
"""
