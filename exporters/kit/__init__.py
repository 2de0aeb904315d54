"""What all exporters share.

An exporter is a `service.Service`; `run.run` gives it a command line, logs, a configuration file that
can be read again, and HTTP. `ports.EXPORTERS` is the one table of names, ports and scrape jobs;
`exposition` writes the text that Prometheus reads.
"""
