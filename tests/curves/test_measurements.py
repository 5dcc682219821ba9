"""What a curve's points are kept under."""

from pathlib import Path

from pippin.curves.measurements import hash_code


def test_code_in_sub_folders_counts(tmp_path: Path) -> None:
    deep = tmp_path / "rendering" / "light.py"
    deep.parent.mkdir()
    deep.write_text("LIGHT = 1")
    (tmp_path / "data.py").write_text("DATA = 1")
    (tmp_path / "README.md").write_text("words")
    before = hash_code(tmp_path)
    (tmp_path / "README.md").write_text("other words")
    assert hash_code(tmp_path) == before
    deep.write_text("LIGHT = 2")
    assert hash_code(tmp_path) != before
