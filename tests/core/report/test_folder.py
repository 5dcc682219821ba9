"""A report that was written to a folder is read as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from pippin.core.errors import PippinError
from pippin.core.report.cells import Figure, ImageCell, Table
from pippin.core.report.folder import read_report, write_report
from pippin.core.report.report import Report
from pippin.core.values import Score

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>'


def test_a_report_comes_back_with_all_that_it_shows(tmp_path: Path) -> None:
    figure = Figure("A plot", SVG, "image/svg+xml", "what it shows", before=SVG + b" ")
    cells = (Score(0.5, 0.25, 0.75), ImageCell(SVG, "image/svg+xml", "a dot", 32), None, True, 3, 0.25, "text")
    table = Table(tuple("abcdefg"), (cells,), "All kinds of cells")
    within = Report("Within", figures=(figure,))
    report = Report("Title", (table,), (figure, figure), ("a note",), {"scores": {"x": 1.5}}, "next", "sum", (within,))
    write_report(report, tmp_path / "result.json")
    assert read_report(tmp_path / "result.json") == report
    assert read_report(tmp_path / "result.json").to_html() == report.to_html()


@pytest.mark.parametrize("content", ["[]", "{}", '{"title": 3}', '"text"', '{"figures": [{}]}'])
def test_a_damaged_report_is_one_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / "result.json").write_text(content)
    with pytest.raises(PippinError, match="is damaged; run the command again"):
        read_report(tmp_path / "result.json")
