"""Read images and labels from parquet files in the layout of Hugging Face data sets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pippin.apps.recognize.formats.folders import Found, Labelled
from pippin.core.data import Skipped
from pippin.core.errors import PippinError, missing_extra
from pippin.core.inputs import Image
from pippin.learn.duckdb_files import open_file
from pippin.learn.vision.image_datasets import PARTS
from pippin.learn.vision.parquet_images import STRUCT_OF_BYTES

_COLUMNS = "DESCRIBE SELECT * FROM read_parquet(?)"
_DESCRIPTION = "SELECT key, value FROM parquet_kv_metadata(?)"


def find(path: Path) -> Found:
    """Return the images of one parquet file, or of all in a folder (or its folder `data`).

    Needs a column of images (bytes, or a record with `bytes`) and one of labels (whole numbers or texts;
    the names of numbers come from the ClassLabel in the file's description). Files named train... and
    test... in one folder are an official split.
    """
    files = [path] if path.is_file() else files_in(path)
    parts = [_part(file) for file in files]
    official = "train" in parts and ("test" in parts or "val" in parts)
    found = Found()
    for file, part in zip(files, parts, strict=True):
        if official and not part:
            found.notes.append(f"{file.name} belongs to no part (train, val, test) and was left out.")
            continue
        _read(file, part if official else "", found)
    if not found.images:
        raise PippinError(f"{path} holds no labelled images; check its image and label columns.", input=path)
    return found


def files_in(folder: Path) -> list[Path]:
    """Return the visible parquet files of a folder, or else of its folder `data`."""
    for place in (folder, folder / "data"):
        files = sorted(file for file in place.glob("*.parquet") if file.is_file() and not file.name.startswith("."))
        if files:
            return files
    return []


def _read(file: Path, part: str, found: Found) -> None:
    try:
        import duckdb
    except ImportError as problem:
        raise missing_extra("duckdb", "recognize", "Reading parquet files") from problem
    try:
        with open_file(file, ".parquet") as (connection, path):
            kinds = {name: str(kind) for name, kind, *_ in connection.execute(_COLUMNS, [path]).fetchall()}
            features = _features(connection.execute(_DESCRIPTION, [path]).fetchall())
            column, label = _columns(file, kinds, features)
            names = _label_names(features, label)
            for row, (image, answer) in enumerate(_rows(connection, path, column, label), start=1):
                _keep(Image(content=image, name=f"{file.name} row {row}"), answer, names, part, found)
    except (duckdb.Error, OSError, ValueError) as problem:
        message = f"{file} is damaged or not a parquet file; copy or download it again."
        raise PippinError(message, input=file) from problem


def _rows(connection: Any, path: str, column: str, label: str) -> Iterator[tuple[bytes | None, Any]]:
    columns = ", ".join('"' + name.replace('"', '""') + '"' for name in (column, label))
    result = connection.execute(f"SELECT {columns} FROM read_parquet(?)", [path])
    while batch := result.fetchmany(1000):
        for image, answer in batch:
            yield image.get("bytes") if isinstance(image, dict) else image, answer


def _keep(image: Image, answer: Any, names: Mapping[int, str], part: str, found: Found) -> None:
    if image.content is None:
        reason = f"{image.name} holds no bytes of an image; save the data set with its images embedded."
    elif answer in (None, -1) or not str(answer).strip():  # Hugging Face writes -1 where the label is kept secret
        reason = f"{image.name} has no label; it was left out."
    else:
        label = names.get(answer, str(answer)) if isinstance(answer, int) else str(answer)
        found.images.append(Labelled(image, label, part))
        return
    found.skipped.append(Skipped(image.name, reason))


def _columns(file: Path, kinds: Mapping[str, str], features: Mapping[str, Any]) -> tuple[str, str]:
    """Return the names of the columns of images and labels: the usual names, else the first of a fitting type."""
    images = [name for name, kind in kinds.items() if kind == "BLOB" or STRUCT_OF_BYTES.match(kind)]
    labels = [name for name, kind in kinds.items() if kind == "VARCHAR" or kind.endswith("INT") or kind == "INTEGER"]
    if not images or not labels:
        what = "images (bytes)" if not images else "labels (numbers or texts)"
        advice = "give a data set of images in the Hugging Face layout"
        raise PippinError(f"{file} has no column of {what}; {advice}.", input=file)
    class_labels = [name for name, told in features.items() if told.get("_type") == "ClassLabel"]
    return _usual(images, ["image", "img"]), _usual(labels, [*class_labels, "label", "labels"])


def _usual(names: list[str], wanted: list[str]) -> str:
    return next((name for name in wanted if name in names), names[0])


def _features(description: Iterable[tuple[bytes, bytes]]) -> dict[str, Any]:
    """Return the columns' types in Hugging Face's description in the file."""
    try:
        features = json.loads(dict(description)[b"huggingface"])["info"]["features"]
    except (KeyError, TypeError, ValueError):
        return {}
    return (
        {name: told for name, told in features.items() if isinstance(told, dict)} if isinstance(features, dict) else {}
    )


def _label_names(features: Mapping[str, Any], label: str) -> dict[int, str]:
    names = features.get(label, {}).get("names")
    return {number: str(name) for number, name in enumerate(names)} if isinstance(names, list) else {}


def _part(file: Path) -> str:
    match = re.search(r"(?<![a-z])(train|test|validation|valid|val)", file.name.lower())
    return PARTS[match[1]] if match else ""
