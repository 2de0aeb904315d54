"""How long the dashboards' queries take with 1,000 devices and a day of their past."""
