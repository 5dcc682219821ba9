"""seedling passes the conformance checks of Pippin's applications."""

from pippin.conformance.check import check


def test_it_passes_all_conformance_checks() -> None:
    """Train, save, explain, teach and export; bad input gives one sentence."""
    report = check("seedling")
    assert report.payload["passed"], report.show(width=150)
