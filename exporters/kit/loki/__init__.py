"""Loki's push API.

What is sent (`protocol`), how (`push`), what the answers mean (`answers`), what is refused for good (`rejects`), and
all of it from a spool (`shipper`).

Source: grafana/loki `pkg/push/push.proto`, `pkg/distributor`; the answers as a real Loki gives them.
"""
