"""seedling keeps what every application of Pippin promises."""

from pippin.conformance.check import check


def test_it_keeps_every_promise() -> None:
    """Learns, saves, explains, is taught and corrected, exports, and refuses bad input in a sentence."""
    report = check("seedling")
    assert report.payload["passed"], report.show(width=150)
