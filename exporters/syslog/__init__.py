"""Syslog into Loki: UDP, TCP and TLS in, any device's dialect understood, a spool on disk, Loki out."""
