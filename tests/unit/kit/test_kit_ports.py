"""The port table, which both sides of a scrape read."""

from exporters.kit.ports import EXPORTERS


def test_ports_and_jobs_are_unique() -> None:
    """No two exporters share a port, no two jobs a name; ports start above the field's 9100-9999."""
    ports = [exporter.port for exporter in EXPORTERS.values()]
    jobs = [job.name for exporter in EXPORTERS.values() for job in exporter.jobs]
    assert len(set(ports)) == len(ports)
    assert len(set(jobs)) == len(jobs)
    assert min(ports) >= 10000


def test_rows_are_found_by_their_name() -> None:
    """A key is its row's name, and only facts' samples bring a label (`job`) that their target has too."""
    assert all(name == exporter.name for name, exporter in EXPORTERS.items())
    honoring = [job.name for exporter in EXPORTERS.values() for job in exporter.jobs if job.honor_labels]
    assert honoring == ["facts"]
