"""Files that would unfold to more than memory holds are refused before they are read."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest

from pippin.apps.tables import size_limits
from pippin.apps.tables.table_reader import read
from pippin.core.errors import PippinError


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(size_limits, "MAX_ROWS", 1000)
    monkeypatch.setattr(size_limits, "MAX_WORKBOOK", 10_000)


def test_text_packed_or_not(tmp_path: Path) -> None:
    (tmp_path / "many.csv").write_bytes(b"a,b\n" + b"0,1\n" * 2000)
    (tmp_path / "many.csv.gz").write_bytes(gzip.compress(b"a,b\n" + b"0,1\n" * 2000))
    (tmp_path / "many.json").write_bytes(b"[" + b'{"a":1},' * 2000 + b'{"a":1}]')
    for name in ("many.csv", "many.csv.gz", "many.json"):
        with pytest.raises(PippinError, match=r"has 2,00\d rows; at most 1,000 are read"):
            read(tmp_path / name)


def test_as_many_as_are_read(tmp_path: Path) -> None:
    (tmp_path / "some.csv").write_bytes(b"a,b\n" + b"0,1\n" * 999)
    assert len(read(tmp_path / "some.csv").rows) == 999


def test_parquet_of_many_rows_and_few_bytes(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    path = tmp_path / "many.parquet"
    duckdb.sql("SELECT 1 AS a, 2 AS b FROM range(50000)").write_parquet(str(path))
    with pytest.raises(PippinError, match="has 50,000 rows; at most 1,000"):
        read(path)


def test_a_workbook_that_unpacks_to_much(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "big.xlsx", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", b"")
        file.writestr("xl/worksheets/sheet1.xml", b" " * 100_000)
    with pytest.raises(PippinError, match="unpacks to 100,000 bytes"):
        read(tmp_path / "big.xlsx")


def test_wide_tables_have_fewer_rows() -> None:
    with pytest.raises(PippinError, match="at most 100 are read"):
        size_limits.require_rows("wide.parquet", 500, size_limits.MAX_CELLS // 100)
