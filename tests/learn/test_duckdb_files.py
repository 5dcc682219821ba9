"""DuckDB reads one file, taken literally, and can do nothing else."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from pippin.learn.duckdb_files import open_file

READ = "SELECT * FROM read_csv(?, all_varchar=true)"


@pytest.mark.parametrize("name", ["a*.csv", "[ab].csv", "a?.csv", 'it\'s, "so".csv', "http:__x.csv", "s3.csv"])
def test_file_names_are_literal(name: str, tmp_path: Path) -> None:
    (tmp_path / "ab.csv").write_text("wrong\n0\n")
    (tmp_path / name).write_text("right\n1\n")
    with open_file(tmp_path / name, ".csv") as (connection, path):
        found = connection.execute(READ, [path])
        assert [about[0] for about in found.description] == ["right"]
        assert found.fetchall() == [("1",)]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('{other}')",
        "SELECT * FROM '{folder}/*.csv'",
        "SELECT * FROM read_csv('http://localhost:9/a.csv')",
        "SELECT * FROM read_csv('s3://bucket/a.csv')",
        "SELECT * FROM glob('{folder}/*')",
        "COPY (SELECT 1) TO '{folder}/out.csv'",
        "ATTACH '{folder}/new.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET memory_limit = '100GB'",
        "SET threads = 64",
        "SET autoinstall_known_extensions = true",
    ],
)
def test_nothing_else_can_be_reached_or_changed(query: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n")
    (tmp_path / "other.csv").write_text("secret\n1\n")
    with open_file(tmp_path / "a.csv", ".csv") as (connection, _), pytest.raises(duckdb.Error):
        connection.execute(query.format(other=tmp_path / "other.csv", folder=tmp_path)).fetchall()
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["a.csv", "other.csv"]


@pytest.mark.slow
def test_memory_and_threads_are_bounded_and_nothing_spills_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n")
    with open_file(tmp_path / "a.csv", ".csv") as (connection, path):
        limits = "SELECT current_setting('memory_limit'), current_setting('threads'), current_setting('temp_directory')"
        assert connection.execute(limits).fetchone() == ("953.6 MiB", 2, "")
        autoload = (
            "SELECT current_setting('autoload_known_extensions'), current_setting('autoinstall_known_extensions')"
        )
        assert connection.execute(autoload).fetchone() == (False, False)
        with pytest.raises(duckdb.OutOfMemoryException):
            connection.execute("SELECT * FROM range(400000000) ORDER BY hash(range)").fetchone()
        assert not path.startswith(tmp_path.as_posix())
    assert not Path(path).exists()
    assert [entry.name for entry in tmp_path.iterdir() if entry.is_file()] == ["a.csv"]


def test_bytes_and_missing_files(tmp_path: Path) -> None:
    with open_file(b"a\n1\n", ".csv") as (connection, path):
        assert connection.execute(READ, [path]).fetchall() == [("1",)]
    with pytest.raises(FileNotFoundError), open_file(tmp_path / "none.csv", ".csv"):
        pass
