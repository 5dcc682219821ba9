"""Packed tables: every usual packing is read, a zip of several files and what is no table are named."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from pathlib import Path

import pytest

from pippin.apps.tables.table_reader import read
from pippin.core.errors import PippinError

TABLE = b"weight,colour\n120,red\n130,green\n"


def zipped(**files: bytes) -> bytes:
    """A zip of files by name, "__" standing for a slash."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(TABLE),
        bz2.compress(TABLE),
        lzma.compress(TABLE),
        zipped(**{"data/table.csv": TABLE}),
        zipped(**{"table.csv": TABLE, "__MACOSX/._table.csv": b"\0", ".DS_Store": b"\0", "empty/": b""}),
    ],
    ids=["gzip", "bzip2", "xz", "zip", "zip of a Mac"],
)
def test_packed_tables_are_read(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "packed").write_bytes(content)
    assert [row for _, row in read(tmp_path / "packed").rows] == [
        {"weight": "120", "colour": "red"},
        {"weight": "130", "colour": "green"},
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (zipped(**{"train.csv": TABLE, "test.csv": TABLE}), r"a zip with 2 files \(train.csv, test.csv\)"),
        (zipped(), "a zip with no file|damaged"),
        (zipped(**{"a.csv": TABLE})[:-30], "damaged or no workbook"),
        (bz2.compress(TABLE)[:-8], "damaged or locked"),
        (lzma.compress(TABLE)[:-8], "damaged or locked"),
        (b"<stata_dta><header><release>118", "is a Stata file"),
        (b"\x72\x02\x01\x00" + bytes(200), "is a Stata file"),
        (b"\n<!DOCTYPE html><html><table>", r"is a web page \(HTML\), which is not read"),
        (b"<table border=1><tr><td>1", "is a web page"),
        (b"<?xml version='1.0'?><rows/>", "is XML, which is not read"),
        (b"{\\rtf1\\ansi 1,2}", "is rich text"),
        (b"$FL2@(#) SPSS DATA FILE", "is an SPSS file"),
        (b"SQLite format 3\0" + bytes(100), "is an SQLite database"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "packed").write_bytes(content)
    with pytest.raises(PippinError, match=said):
        read(tmp_path / "packed")


def test_names_of_parquet_that_differ_in_case_are_kept(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    path = tmp_path / "t.parquet"
    duckdb.sql("SELECT 1 AS size, 2.5 AS sizf, 'a' AS label").write_parquet(str(path))
    path.write_bytes(path.read_bytes().replace(b"sizf", b"Size"))  # as pandas may write it
    found = read(path)
    assert found.columns == ["size", "Size", "label"]
    assert found.rows == [(1, {"size": "1", "Size": "2.5", "label": "a"})]
