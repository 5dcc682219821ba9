"""Predictions as a table: `predict --out answers.csv`, or .jsonl, or .parquet."""

from __future__ import annotations

import csv
import json
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pippin.core.application import Application
from pippin.core.errors import PippinError, missing_extra
from pippin.core.files import new_file
from pippin.core.inputs import Input
from pippin.core.values import Prediction

_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,15})?([eE][-+]?\d{1,2})?", re.ASCII)
NEW_COLUMNS = ("answer", "probability", "interval_low", "interval_high", "problem")
NEW_TYPES = ("DOUBLE", "DOUBLE", "DOUBLE", "VARCHAR")  # in parquet, of all but the answer, which has that of its values


def is_table(app: Application, out: Path) -> bool:
    """Return whether `out` names a table to write predictions to; PippinError where that cannot be written."""
    if app.output.kind or not out.suffix:
        return False
    if out.is_dir():
        if out.suffix.lower() not in WRITERS:
            return False
        raise PippinError(f"{out} is a folder; give --out the name of a new file in it.", input=out)
    if out.suffix.lower() not in WRITERS:
        raise PippinError(f"{out} must end in .csv, .jsonl or .parquet, or name a folder.", input=out)
    return True


def require_new(out: Path, *, overwrite: bool = False) -> None:
    """Raise PippinError where a file would be overwritten unasked, or the parquet writer is not installed."""
    if out.exists() and not overwrite:
        message = f"{out} exists; give --out the name of a new file, or --overwrite to replace it"
        raise PippinError(f"{message}.", input=out)
    if out.suffix.lower() == ".parquet":
        try:
            import duckdb  # noqa: F401 - asked for before the work, not after it
        except ImportError as problem:
            raise missing_extra("duckdb", "tables", "Writing parquet") from problem


def write_predictions(out: Path, items: Sequence[Input], predictions: Sequence[Prediction]) -> list[str]:
    """Write one row for each input in one step; returns the columns.

    A row holds the input (the named values of a record, else its name), then NEW_COLUMNS; a name that the input has
    too gets "predicted_" in front.
    """
    given = [_input_values(item) for item in items]
    taken = {name.casefold() for values in given for name in values}
    names = [f"predicted_{name}" if name in taken else name for name in NEW_COLUMNS]
    rows = [
        {**values, **dict(zip(names, _output_values(prediction), strict=True))}
        for values, prediction in zip(given, predictions, strict=True)
    ]
    columns = list(dict.fromkeys([*(name for values in given for name in values), *names]))
    with new_file(out) as draft:
        WRITERS[out.suffix.lower()](draft, columns, rows)
    return columns


def _input_values(item: Input) -> dict[str, Any]:
    if item.kind == "record":
        try:
            found = json.loads(item.read())
        except ValueError:
            found = None
        if isinstance(found, dict):
            return found
    return {"input": item.name}


def _output_values(prediction: Prediction) -> tuple[Any, ...]:
    low, high = prediction.interval or (None, None)
    answer = prediction.answer if prediction.known and not prediction.error else None
    unknown = "" if prediction.known or prediction.error else "unlike anything it was taught"
    return answer, prediction.confidence, low, high, prediction.error or unknown or None


def _write_csv(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def numbers_of_text(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Convert columns whose every value is the text of a number to numbers.

    Codes such as 007 stay text.
    """
    typed = [dict(row) for row in rows]
    for name in columns:
        texts = [value for row in rows if isinstance(value := row.get(name), str)]
        if texts and all(map(_NUMBER.fullmatch, texts)):
            for row in typed:
                if isinstance(value := row.get(name), str):
                    row[name] = int(value) if value.lstrip("-").isdigit() else float(value)
    return typed


def _write_jsonl(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for row in numbers_of_text(columns, rows):
            file.write(json.dumps({name: row.get(name) for name in columns}, ensure_ascii=False) + "\n")


def _write_parquet(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write parquet by DuckDB, from JSON lines under plain names; NEW_TYPES are those of the new columns."""
    import duckdb

    plain = [f"c{index}" for index in range(len(columns))]
    numbered = [dict(zip(plain, map(row.get, columns), strict=True)) for row in rows]
    with tempfile.TemporaryDirectory(prefix="pippin-") as folder:
        lines = Path(folder) / "rows.jsonl"
        _write_jsonl(lines, plain, numbered)
        with duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False}) as base:
            table = base.read_json(str(lines), format="newline_delimited", sample_size=-1)
            table.project(_parquet_columns(columns, [str(kind) for kind in table.types])).write_parquet(str(path))


def _parquet_columns(columns: Sequence[str], kinds: Sequence[str]) -> str:
    """Return the columns for DuckDB: the last four have fixed types, one without any value is text.

    DuckDB tells no "Weight" from "weight", so that a name that comes again in another case gets a number.
    """
    types = ["VARCHAR" if "NULL" in kind else kind for kind in kinds[:-4]] + list(NEW_TYPES)
    taken: set[str] = set()
    made = []
    for index, (name, kind) in enumerate(zip(columns, types, strict=True)):
        own, number = name, 1
        while own.casefold() in taken:
            number += 1
            own = f"{name} {number}"
        taken.add(own.casefold())
        quoted = own.replace('"', '""')
        made.append(f'CAST(c{index} AS {kind}) AS "{quoted}"')
    return ", ".join(made)


Writer = Callable[[Path, Sequence[str], Sequence[Mapping[str, Any]]], None]
WRITERS: Mapping[str, Writer] = {".csv": _write_csv, ".jsonl": _write_jsonl, ".parquet": _write_parquet}
