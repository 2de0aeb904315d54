"""docs/apply.md shows the matrix that the tests walk."""

from tests.integration.apply import faults


def test_the_table_in_the_docs_is_the_one_that_is_tested() -> None:
    """Stale: run `python -m tests.integration.apply.faults --write`."""
    text = faults.DOC.read_text()
    assert faults.BEGIN in text
    assert faults.replaced(text) == text
