"""Images in parquet files as inputs: one a row, in order, and bad files in one sentence."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from parquet_files import write_parquet_file
from PIL import Image as Pillow

import pippin
from pippin.core.errors import PippinError
from pippin.learn.vision.image_files import images


def png(level: int) -> bytes:
    content = io.BytesIO()
    Pillow.new("RGB", (40, 40), (level, 200 - level, 90)).save(content, "PNG")
    return content.getvalue()


@pytest.mark.parametrize("is_nested", [False, True])
def test_each_row_is_an_image_in_order(tmp_path: Path, is_nested: bool) -> None:
    contents = [png(level) for level in range(5)]
    column = [{"bytes": one, "path": "x.png"} for one in contents] if is_nested else contents
    write_parquet_file(tmp_path / "a.parquet", {"label": [0, 1, 0, 1, 0], "image": column})
    found = images(str(tmp_path / "a.parquet"))
    assert [one.content for one in found] == contents
    assert [one.name for one in found] == [f"{tmp_path}/a.parquet row {row}" for row in range(1, 6)]


def test_rows_become_a_table_with_one_row_each(tmp_path: Path) -> None:
    write_parquet_file(tmp_path / "a.parquet", {"image": [png(10), b"no image", png(90)]})
    out = tmp_path / "answers.parquet"
    report = pippin.predict("recognize", str(tmp_path / "a.parquet"), out=out)
    import duckdb

    with duckdb.connect() as connection:
        rows = connection.execute("SELECT input, problem FROM read_parquet(?)", [str(out)]).fetchall()
    assert [name.rpartition(" ")[2] for name, _ in rows] == ["1", "2", "3"]
    assert [bool(problem) for _, problem in rows].count(True) >= 1
    assert rows[1][1]
    assert report.payload["skipped"] == 1


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"label": [1, 2]}, "has no column of images"),
        ({"one": [b"1"], "two": [b"2"]}, r"has 2 columns of images \(one, two\)"),
    ],
)
def test_one_column_holds_images(tmp_path: Path, columns: dict[str, list[object]], sentence: str) -> None:
    write_parquet_file(tmp_path / "a.parquet", columns)
    with pytest.raises(PippinError, match=sentence):
        images(str(tmp_path / "a.parquet"))


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1 and then nothing")
    with pytest.raises(PippinError, match="damaged or not a parquet file"):
        images(tmp_path / "a.parquet")
