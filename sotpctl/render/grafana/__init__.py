"""Grafana: what it is provisioned with, and the dashboards as code.

`build` gives the files of a release; the dashboards among them are the JSON that stands in `dashboards/`, written from
this package's pages by `python -m sotpctl.render.grafana`. So that `render` need not load Grafana's SDK, nothing here
imports the pages but that command.
"""

from sotpctl.render.grafana.provisioning import build
from sotpctl.render.grafana.queries import Query, queries

__all__ = ["Query", "build", "queries"]
