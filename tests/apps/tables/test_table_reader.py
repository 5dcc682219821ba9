"""Tables in any dialect and format are read as they were meant, and what was odd is told."""

from __future__ import annotations

import csv
import gzip
import io
import json
import string
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pippin.apps.tables.table_reader import Read, read
from pippin.core.errors import PippinError

Table = Callable[..., Path]
CELLS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z"), include_characters=" \n"), max_size=12)


def cells(found: Read) -> list[list[object]]:
    """The rows as lists."""
    return [list(row.values()) for _, row in found.rows]


def fruits(count: int = 12, delimiter: str = ",") -> str:
    """A plain table of three columns without its heading."""
    return "".join(f"{100 + n}.5{delimiter}{('red', 'green')[n % 2]}{delimiter}{'ab'[n % 2]}\n" for n in range(count))


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=8),
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
    escape=st.booleans(),
)
def test_what_a_csv_writer_wrote_is_read_again(
    rows: list[list[str]],
    delimiter: str,
    encoding: str,
    end: str,
    quoting: int,
    escape: bool,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    heading = ["first", "second", "third"]
    known = [["12", "y", "2024-05-01"]] * 20  # enough of the usual for the dialect to be seen
    text = io.StringIO(newline="")
    dialect = {"doublequote": False, "escapechar": "\\"} if escape else {}
    if escape:
        rows = [[cell.replace("\\", "/") for cell in row] for row in rows]
    if end == "\r" or escape:
        quoting = csv.QUOTE_ALL  # Python's writer quotes neither other line breaks nor what it escapes
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting, **dialect)  # type: ignore[arg-type]
    writer.writerows([heading, *known, *rows])
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    path.write_bytes(text.getvalue().encode(encoding))
    found = read(path)
    assert found.columns == heading
    wanted = [[cell.strip() or None for cell in row] for row in rows]
    assert cells(found)[20:] == [row for row in wanted if any(row)]


@pytest.mark.parametrize(
    ("text", "columns", "first", "said"),
    [
        (",weight,label\n" + "".join(f"{n},{n}.5,a\n" for n in range(9)), ["column 1", "weight", "label"], "0", "name"),
        ("w,c,label,\n" + fruits().replace("\n", ",\n"), ["w", "c", "label"], "100.5", ""),
        ("w,c,label\n" + fruits().replace("\n", ",\n"), ["w", "c", "label"], "100.5", ""),
        ("0,1,label\n" + fruits(), ["0", "1", "label"], "100.5", ""),
        ("0,1,2\n" + fruits(), ["0", "1", "2"], "100.5", ""),
        (",1.5,2.5\n" + "".join(f"{n},{n * 3},{n}\n" for n in range(9)), ["column 1", "1.5", "2.5"], "0", "name"),
        (fruits(), ["column 1", "column 2", "column 3"], "100.5", "No heading was found"),
        ("sep=;\nw;c;label\n" + fruits(delimiter=";"), ["w", "c", "label"], "100.5", "begins in line 2"),
        ("# made by hand\n# in 2024\nw,c,label\n" + fruits(), ["w", "c", "label"], "100.5", "begins in line 3"),
        ("w,c,label\n" + fruits(6) + "# half way\n" + fruits(6), ["w", "c", "label"], "100.5", ""),
        ("Report of May\n\nw,c,label\n" + fruits(), ["w", "c", "label"], "100.5", "before the table"),
        ("Report,,\n,,\nw,c,label\n" + fruits(), ["w", "c", "label"], "100.5", "before the table"),
        ("w c label\n" + fruits(delimiter=" "), ["w", "c", "label"], "100.5", ""),
        ("w    c   label\n" + fruits(delimiter="   "), ["w", "c", "label"], "100.5", ""),
        ("w, c, label\n" + fruits(delimiter=", "), ["w", "c", "label"], "100.5", ""),
        ("w,c,label\nkg,name,class\n" + fruits(), ["w", "c", "label"], "kg", ""),
        (
            "w,v,label\nkg,cm,\n" + fruits().replace("red", "7").replace("green", "8"),
            ["w kg", "v cm", "label"],
            "100.5",
            "",
        ),
        ("w,c,label\nw,c,label\n" + fruits(), ["w w", "c c", "label label"], "100.5", "2 rows"),
        ("w,w,label\n" + fruits(), ["w", "w 2", "label"], "100.5", "Another column is called 'w'"),
        ("w\tc\tlabel\n" + fruits(delimiter="\t").replace("red", '"red'), ["w", "c", "label"], "100.5", ""),
        ("'w','c','label'\n" + fruits().replace("red", "'it's, red'"), ["w", "c", "label"], "100.5", ""),
        ("c\tlabel\n" + "".join(f"r{n}\t{n}.5\ta\n" for n in range(9)), ["column 1", "c", "label"], "r0", "name"),
        (
            "the weight of it, in grams and to the nearest half,c,label\n".replace(", in", " in") + fruits(),
            None,
            "100.5",
            "",
        ),
        (
            "| w | c | label |\n|---|---|---|\n| " + fruits(delimiter=" | ").replace("\n", " |\n| ")[:-2],
            ["w", "c", "label"],
            "100.5",
            "",
        ),
        (" w | c | label \n---+---+---\n" + fruits(delimiter=" | "), ["w", "c", "label"], "100.5", ""),
        ("#w\tc\tlabel\n" + fruits(delimiter="\t"), ["w", "c", "label"], "100.5", ""),
        ("sep=\t\nw\tc\tlabel\n" + fruits(delimiter="\t"), ["w", "c", "label"], "100.5", ""),
        ('"w\n(g)",c,label\n' + fruits(), ["w (g)", "c", "label"], "100.5", ""),
        (
            "2019,2020,label\n" + fruits().replace("red", "7").replace("green", "8"),
            ["2019", "2020", "label"],
            "100.5",
            "",
        ),
        (
            "play it,what\n" + "".join(f"play song {n} now,x{n % 2}\n" for n in range(20)),
            ["play it", "what"],
            "play song 0 now",
            "",
        ),
        (
            "".join(f'{n}.5   8   {n}.  70\t"a car {n}"\n' for n in range(20)),
            [f"column {n}" for n in range(1, 6)],
            "0.5",
            "No heading",
        ),
        ("0.5 1\n0.7 0\n" * 8, ["column 1", "column 2"], "0.5", "No heading"),
        (
            "% a\n@RELATION x\n@attribute w numeric\n@attribute 'the c' {red,green}\n@attribute label {a,b}\n@data\n"
            + fruits(),
            ["w", "the c", "label"],
            "100.5",
            "",
        ),
        ("w,c,label\r\n" + fruits().replace("\n", "\r\n", 5), ["w", "c", "label"], "100.5", ""),
        ("w,c,label\n" + fruits() + "\n\n\n", ["w", "c", "label"], "100.5", ""),
        ("w,c,label\n" + fruits() + "w,c,label\n" + fruits(), ["w", "c", "label"], "100.5", "comes again"),
        ("w,c,label\n" + fruits() + "n,k\n" + "1,2\n" * 9, ["w", "c", "label"], "100.5", "another table"),
    ],
)
def test_headings_preambles_and_dialects(
    text: str, columns: list[str] | None, first: str, said: str, table: Table
) -> None:
    found = read(table(text))
    if columns is not None:
        assert found.columns == columns
    assert cells(found)[0][0] == first
    assert said in " ".join(found.notes)
    assert not said or found.notes
    assert len(found.rows) >= 9
    assert not found.skipped


def test_a_line_of_words_below_a_table_is_no_row(table: Table) -> None:
    found = read(
        table("name,w,label\n" + "".join(f"n{n},{n}.5,a\n" for n in range(20)) + "Source: Statistics Office\n")
    )
    assert len(found.rows) == 20
    assert found.skipped == [(22, "it has 1 cell, not 3")]


def test_an_unclosed_quote_costs_no_rows(table: Table) -> None:
    lines = ["size,weight,label", *(f"{n} inch,{100 + n}.5,{'ab'[n % 2]}" for n in range(60))]
    lines[11] = '"5 inch,105.5,a'
    found = read(table("\n".join(lines)))
    assert len(found.rows) == 60
    assert cells(found)[10] == ['"5 inch', "105.5", "a"]
    assert "line 12" in " ".join(found.notes)


def test_quotes_that_never_close_are_letters(table: Table) -> None:
    found = read(table("t\tl\n" + "".join(f'"open {n}\tx{n % 2}\n' for n in range(300))))
    assert len(found.rows) == 300
    assert cells(found)[3] == ['"open 3', "x1"]


def test_backslashes_before_quotes_are_escapes(table: Table) -> None:
    lines = ["remark,weight,label", *(f'"he said \\"hi, you\\" {n}",{n}.5,a' for n in range(9))]
    found = read(table("\n".join(lines)))
    assert cells(found)[3] == ['he said "hi, you" 3', "3.5", "a"]


@pytest.mark.parametrize(
    ("broken", "repaired"),
    [
        ("2024-01-09,12:30,,MG-17,$4.50,x y", ["2024-01-09", "12:30", "MG-17", "$4.50", "x y"]),
        ("2024-01-09,12:30MG-17,$4.50,x y", ["2024-01-09", "12:30", "MG-17", "$4.50", "x y"]),
        ('2024-01-09,"12:30,MG-17,$4.50,"x, y"', ["2024-01-09", '"12:30', "MG-17", "$4.50", "x, y"]),
        ("2024-01-09;12:30;MG-17;$4.50;x y", ["2024-01-09", "12:30", "MG-17", "$4.50", "x y"]),
        ('2024-01-09 12:30 MG-17 $4.50 "x y"', ["2024-01-09", "12:30", "MG-17", "$4.50", "x y"]),
        ("2024-01-09,12:30,MG-17,$4.50,x, y", ["2024-01-09", "12:30", "MG-17", "$4.50", "x, y"]),
    ],
)
def test_broken_rows_are_mended_by_what_columns_hold(broken: str, repaired: list[str], table: Table) -> None:
    rows = [f'2024-02-{n:02d},1{n % 10}:15,MG-{n:02d},${n}.50,"{"xyz"[n % 3]}, {"uvw"[n % 3]}"' for n in range(1, 29)]
    rows[3:3] = ["2024-03-01,09:45,RI-33,$7.25,x y"] * 3
    found = read(table("\n".join(["DATE,TIME,ID,PRICE,WHAT", *rows[:14], broken, *rows[14:]])))
    assert cells(found)[14] == repaired
    assert len(found.rows) == len(rows) + 1
    assert "line 16" in " ".join(found.notes)


def test_rows_that_cannot_be_mended_are_skipped_by_line(table: Table) -> None:
    found = read(table("w,c,label\n" + fruits(30) + "5,red\n"))
    assert found.skipped == [(32, "it has 2 cells, not 3")]
    ragged = "name,mail,phone,fax\n" + "".join(f"n{n},m{n}@x.org{f',0{n}' if n % 2 else ''}\n" for n in range(20))
    assert len(read(table(ragged)).rows) == 20, "rows that end early are no broken ones"


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("cp1252", "Windows-1252"),
        ("utf-16-le", ""),
        ("utf-16-be", ""),
        ("utf-16", ""),
        ("utf-8-sig", ""),
        ("utf-32", ""),
    ],
)
def test_encodings(encoding: str, said: str, table: Table) -> None:
    text = "Gewicht;Farbe;label\n" + "".join(f"{n},5;grün;Äpfel €\n" for n in range(20))
    found = read(table(text, encoding))
    assert found.columns == ["Gewicht", "Farbe", "label"]
    assert cells(found)[3] == ["3,5", "grün", "Äpfel €"]
    assert said in " ".join(found.notes)
    russian = read(table("вес,цвет,label\n" + "".join(f"{n},красный,яблоко\n" for n in range(20)), "cp1251"))
    assert cells(russian)[0][1] == "красный"


@pytest.mark.parametrize(
    "text",
    [
        '[{"w": 1.50, "id": "007", "n": null}, {"w": 2, "id": "1234561", "extra": true}]',
        '{"w": 1.50, "id": "007", "n": null}\n{"w": 2, "id": "1234561", "extra": true}\n',
        '{"rows": [{"w": 1.50, "id": "007", "n": null}, {"w": 2, "id": "1234561", "extra": true}]}',
        '{"w": {"0": 1.50, "1": 2}, "id": {"0": "007", "1": "1234561"}, "n": {}, "extra": {"1": true}}',
        '{"columns": ["w", "id", "n", "extra"], "data": [[1.50, "007", null, null], [2, "1234561", null, true]]}',
        '{"w": [1.50, 2], "id": ["007", "1234561"], "n": [null, null], "extra": [null, true]}',
        '[["w", "id", "n", "extra"], [1.50, "007", null, null], [2, "1234561", null, true]]',
    ],
)
def test_json_is_read_as_it_is_written(text: str, table: Table) -> None:
    found = read(table(text, name="rows.json"))
    assert cells(found) == [["1.50", "007", None, None], ["2", "1234561", None, "true"]]
    assert found.columns == ["w", "id", "n", "extra"]


def test_nested_json_and_json_that_is_no_table(table: Table) -> None:
    found = read(table('[{"a": {"b": 1, "c": [1, 2]}}]'))
    assert found.rows == [(1, {"a.b": "1", "a.c": '["1", "2"]'})]
    for text in ("[1, 2, 3]", "[]"):
        with pytest.raises(PippinError, match="is JSON, but no table"):
            read(table(text))


def test_gzip_is_unpacked(table: Table) -> None:
    packed = gzip.compress(("w,c,label\n" + fruits()).encode())
    assert len(read(table(packed, name="t.csv.gz")).rows) == 12
    with pytest.raises(PippinError, match="is damaged"):
        read(table(packed[:40]))


def test_parquet_and_excel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    duckdb = pytest.importorskip("duckdb")
    path = tmp_path / "t[1]*.parquet"
    rows = "(VALUES (1.5, '007', DATE '2024-05-01', NULL), (2.0, NULL, NULL, 3)) AS t(w, id, day, n)"
    duckdb.sql(f"COPY (SELECT * FROM {rows}) TO '{tmp_path / 'plain.parquet'}' (FORMAT parquet)")
    (tmp_path / "plain.parquet").rename(path)
    found = read(path)
    assert found.columns == ["w", "id", "day", "n"]
    assert cells(found)[0] == ["1.5", "007", "2024-05-01", None]
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(PippinError, match="damaged or not a parquet"):
        read(path)
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(PippinError, match=r"pippin\[tables\]"):
        read(path)


def workbook(*sheets: tuple[str, list[list[object]]]) -> bytes:
    """A small .xlsx: numbers, texts, and dates as (days since 1899-12-30, "date")."""
    import zipfile
    from xml.sax.saxutils import escape

    def cell(value: object) -> str:
        if isinstance(value, tuple):
            return f'<c s="1"><v>{value[0]}</v></c>'
        if isinstance(value, int | float):
            return f"<c><v>{value}</v></c>"
        return f'<c t="inlineStr"><is><t>{escape(str(value))}</t></is></c>' if value else "<c/>"

    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    styles = (
        f'<styleSheet {main}><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="22" applyNumberFormat="1"/></cellXfs>'
        "</styleSheet>"
    )
    names = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, (name, _) in enumerate(sheets, 1))
    links = "".join(
        f'<Relationship Id="r{n}" Type="{rel}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    links += f'<Relationship Id="s" Type="{rel}/styles" Target="styles.xml"/>'
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        file.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}"><Relationship Id="a" Type="{rel}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        file.writestr("xl/workbook.xml", f'<workbook {main} xmlns:r="{rel}"><sheets>{names}</sheets></workbook>')
        file.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{package}">{links}</Relationships>')
        file.writestr("xl/styles.xml", styles)
        for number, (_, rows) in enumerate(sheets, 1):
            body = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
            file.writestr(
                f"xl/worksheets/sheet{number}.xml", f"<worksheet {main}><sheetData>{body}</sheetData></worksheet>"
            )
    return made.getvalue()


def test_excel_sheets(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("python_calamine")
    rows: list[list[object]] = [["Fruit of May"], [], ["weight", "when", "label"]]
    rows += [[100 + n, (45000 + n + 0.5, "date"), f"00{n % 2}"] for n in range(9)]
    content = workbook(("empty", []), ("fruit", rows), ("other", [["x", "y"], [1, 2]]))
    found = read(table(content, name="t.xlsx"))
    assert found.columns == ["weight", "when", "label"]
    assert cells(found)[1] == ["101", "2023-03-16 12:00:00", "001"]
    assert "'other'" in " ".join(found.notes)
    with pytest.raises(PippinError, match="damaged or no workbook"):
        read(table(content[:300], name="t.xlsx"))
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(PippinError, match=r"pippin\[tables\]"):
        read(table(content, name="t.xlsx"))


def test_what_is_no_table_is_refused_or_empty(table: Table, tmp_path: Path) -> None:
    assert read(table("")).columns == []
    assert read(table("\n \n")).rows == []
    one = read(table("a,b,c\n"))
    assert (one.columns, one.rows) == (["a", "b", "c"], [])
    assert read(table("name\nAnn\nBob\n")).columns == ["name"]
    for content in (b"\x00\x01\x02\x03" * 50, bytes(range(256)) * 20, b"\x89PNG\r\n\x1a\n" + bytes(200)):
        with pytest.raises(PippinError, match="is no text"):
            read(table(content))
    with pytest.raises(PippinError, match="it is a folder"):
        read(tmp_path)
    for name in ("http://example.org/a.csv", "s3://bucket/a.csv", "*.csv"):
        with pytest.raises(PippinError, match="does not exist"):
            read(Path(name))


def test_large_cells_stray_nuls_and_deep_json(table: Table) -> None:
    long = "x" * 300_000
    found = read(table(f"a,b,label\n1,{long},p\n2,y,q\n3,z,p\n"))
    assert cells(found)[0] == ["1", long, "p"]
    nul = b"w,c,label\n" + fruits(40).encode() + b"7,re\x00d,a\n"
    assert cells(read(table(nul)))[-1] == ["7", "red", "a"]
    assert read(table("[" * 100_000)).rows is not None


@settings(max_examples=60, deadline=None)
@given(content=st.one_of(st.binary(max_size=300), st.text(string.printable, max_size=300).map(str.encode)))
def test_any_bytes_are_read_or_refused(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    try:
        found = read(path)
    except PippinError:
        return
    assert all(list(row) == found.columns for _, row in found.rows)
    json.dumps(found.rows)
