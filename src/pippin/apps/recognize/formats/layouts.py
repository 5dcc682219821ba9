"""Find labelled images in a folder of any usual layout: label folders, parts, or a table of names and labels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from pippin.apps.recognize.formats.folder_tree import Arrangement, Names, arrange
from pippin.apps.recognize.formats.folders import Found, Labelled
from pippin.apps.recognize.formats.label_tables import HUGGING_FACE, SUFFIXES, LabelTable, forms, label_table, read_rows
from pippin.core.data import Skipped
from pippin.core.errors import PippinError
from pippin.core.report.formatting import pluralize
from pippin.learn.vision.image_datasets import part_of
from pippin.learn.vision.image_files import (
    entries,
    folders_in,
    handle,
    is_image,
    list_files,
    note_unread,
    shown,
    walk,
)

MAX_TABLES = 50  # label tables looked at in one source

Files = dict[Names, Path]


def find_in_folder(folder: Path) -> Found:
    """Return the labelled images below `folder`; PippinError where there is none or nothing tells their labels."""
    found = Found()
    entries(folder)  # tells of a folder that cannot be read
    files: Files = {path.relative_to(folder).parts: path for path in walk(folder, found.skipped, links=True)}
    arrangement = arrange(files)
    tables = _tables(folder, files, only=HUGGING_FACE)
    if _tell_little(arrangement) and not any(table.has_labels for table in tables):
        tables += [table for table in _tables(folder, files, only=()) if table.has_labels]
    if labelled := [table for table in tables if table.has_labels]:
        _take_from_tables(labelled, files, folder, found)
    else:
        _take_from_folders(arrangement, files, folder, tables, found)
    if not found.images:
        raise _nothing(folder, files, found)
    found.notes += note_unread(list_files(folder))
    return found


def _tell_little(arrangement: Arrangement) -> bool:
    """Return whether a table outweighs the folders: these tell no labels, or may be portions (part_1, part_2)."""
    labels = {label for label, _ in arrangement.placed.values()}
    return not labels or (len(labels) > 1 and len({re.sub(r"\d+", "", label) for label in labels}) == 1)


def find_by_table(path: Path) -> Found | None:
    """Return the labelled images that the table `path` names, beside or below it; None where it names none."""
    found, folder = Found(), path.absolute().parent
    files = _named_directly(path, folder) or {
        file.relative_to(folder).parts: file for file in walk(folder, [], links=True)
    }
    table = label_table(path.absolute(), _index(files))
    if table is None:
        return None
    if not table.has_labels:
        there = ", ".join(table.rows[0])
        message = f"No column of {path} holds labels (it has: {there}); call the right one `label`."
        raise PippinError(message, input=path)
    _take_from_tables([table], files, folder, found)
    return found if found.images else None


def _named_directly(path: Path, folder: Path) -> Files:
    """Return the files that a column of a table names by paths below `folder`, if every row names one."""
    rows, root = read_rows(path), folder.resolve()

    def below(cell: str) -> bool:
        file = folder / cell.strip()
        return bool(cell.strip()) and file.is_file() and is_image(file) and file.resolve().is_relative_to(root)

    for column in rows[0] if rows else ():
        if below(rows[0][column]) and all(below(row[column]) for row in rows):
            named = [folder / row[column].strip() for row in rows]
            return {file.relative_to(folder).parts: file for file in named if ".." not in file.parts}
    return {}


def _tables(folder: Path, files: Files, *, only: Iterable[str]) -> list[LabelTable]:
    """Return the tables that name some images, in folders on the way to these; of the names `only`, if any are given.

    Where any name is taken, folders beside those of images (annotations) are looked into as well.
    """
    ways = sorted({names[:depth] for names in files for depth in range(min(len(names), 3))})
    places = [folder.joinpath(*way) for way in ways]
    places += [] if only else [below for way in ways[:1] for below in folders_in(folder.joinpath(*way))]
    tables = []
    for place in list(dict.fromkeys(places))[:MAX_TABLES]:
        for path in entries(place):
            wanted = path.name.casefold() in only if only else path.suffix.lower() in SUFFIXES
            if not wanted or "submission" in path.name.casefold() or not path.is_file():
                continue
            if table := label_table(path, _index_for(path, files, folder)):
                tables.append(table)
    return tables


def _index_for(table: Path, files: Files, folder: Path) -> Mapping[str, Path]:
    """Return the images a table's cells may name: those beside and below it, or all where there are none."""
    place = table.parent.relative_to(folder).parts
    inside = {names[len(place) :]: file for names, file in files.items() if names[: len(place)] == place}
    return _index(inside or files)


def _index(files: Files) -> Mapping[str, Path]:
    """Return each file under its path and, where no other bears the same, its name and its name without ending."""
    index = {"/".join(map(shown, names)): path for names, path in files.items()}
    for suffix in (True, False):
        by_name: dict[str, list[Path]] = {}
        for path in files.values():
            by_name.setdefault(shown(path.name if suffix else f"{path.stem}.*"), []).append(path)
        index |= {name: paths[0] for name, paths in by_name.items() if len(paths) == 1 and name not in index}
    return index


def _rows(table: LabelTable, files: Files, folder: Path) -> dict[Path, Mapping[str, str]]:
    """Return the rows of a table by the file each names; None of a file it does not name."""
    index = _index_for(table.path, files, folder)
    rows = {}
    for row in table.rows:
        path = next((index[form] for form in forms(row[table.file]) if form in index), None)
        if path is not None:
            rows[path] = row
    return rows


def _take_from_tables(tables: list[LabelTable], files: Files, folder: Path, found: Found) -> None:
    """Take labels, parts and further columns from tables; images they do not name are left out and counted."""
    taken: dict[Path, Labelled] = {}
    for table in tables:
        rows = _rows(table, files, folder)
        found.skipped += _missing(table, len(rows), files, folder)
        for path, row in rows.items():
            label = shown(table.answer(row))
            if label and path not in taken:
                part = part_of(row[table.part]) if table.part else _part_by_name(table.path, path, folder)
                further = {name: cell for name, cell in row.items() if name != table.file}
                taken[path] = Labelled(handle(path), label, part, further)
    parts = {image.part for image in taken.values()}
    usable = "train" in parts and len(parts) > 1
    found.images += [
        image if usable else image._replace(part="") for image in taken.values() if image.part or not usable
    ]
    names = ", ".join("/".join(table.path.relative_to(folder).parts) for table in tables)
    columns = ", ".join(dict.fromkeys("one for each label" if t.one_hot else f"{t.label!r}" for t in tables))
    left_out = len(files) - len(found.images)
    rest = f"; {pluralize(left_out, 'image')} without a label there {'is' if left_out == 1 else 'are'} left out"
    found.layout = f"labels from {names} (column {columns})" + (rest if left_out else "")
    _tell_of_groups(tables, found)


def _missing(table: LabelTable, named: int, files: Files, folder: Path) -> list[Skipped]:
    """Return one entry for all the rows whose image is not there."""
    lost = len(table.rows) - named
    if not lost:
        return []
    index = _index_for(table.path, files, folder)
    first = next(
        (row[table.file] for row in table.rows if not any(form in index for form in forms(row[table.file]))), ""
    )
    where = shown(table.path.name)
    if not first:
        return [
            Skipped(where, f"{lost} rows of {where} name an image that another row names, too; the last one counts.")
        ]
    return [Skipped(where, f"{lost} rows of {where} name no image that is there, such as {first[:60]!r}.")]


def _part_by_name(table: Path, image: Path, folder: Path) -> str:
    """Return the part that the image's folders or the table's name tell."""
    names = image.relative_to(folder).parts[:-1]
    return next((part for name in names if (part := part_of(name))), "") or part_of(table.stem)


def _take_from_folders(
    arrangement: Arrangement, files: Files, folder: Path, tables: list[LabelTable], found: Found
) -> None:
    """Take labels and parts from folders, and further columns from `tables` where there are some."""
    columns = {path: row for table in tables for path, row in _rows(table, files, folder).items()}
    for names, (label, part) in arrangement.placed.items():
        path = files[names]
        found.images.append(Labelled(handle(path), shown(label), part, columns.get(path, {})))
    found.layout = "" if arrangement.plain else shown(arrangement.layout)
    if not found.images:
        return
    top = folder.joinpath(*arrangement.top)
    if arrangement.plain:
        labels = {names[0] for names in arrangement.placed}
        empty = [below.name for below in folders_in(top) if below.name not in labels]
        found.notes += [f"The folder {shown(name)!r} holds no images: nothing is learned for it." for name in empty]
    if arrangement.left_out:
        told = f"{pluralize(arrangement.left_out, 'image')} beside the label folders of {shown(top.name)}"
        found.notes.append(f"{told} {'was' if arrangement.left_out == 1 else 'were'} left out.")
    _tell_of_groups(tables, found)


def _tell_of_groups(tables: list[LabelTable], found: Found) -> None:
    """Ask whether a column that names patients or cameras shall hold parts apart."""
    for table in tables:
        for column in table.groups[:1]:
            name = shown(table.path.name)
            found.notes.append(
                f"{name} has a column {column}: `--group {column}` keeps each of its values in one part."
            )


def _nothing(folder: Path, files: Files, found: Found) -> PippinError:
    """Return why no labelled image was found in `folder`, and what to do."""
    if files:
        advice = f"put them in one folder per label, such as {folder / 'apple'} and {folder / 'ball'}"
        message = f"The images in {folder} have no labels; {advice}, or beside a metadata.csv (file_name, label)."
        return PippinError(message, input=folder)
    if found.skipped:
        return PippinError(found.skipped[0].reason, input=folder)
    zips = [path.name for path in entries(folder) if path.suffix.lower() == ".zip"]
    if zips:
        return PippinError(f"{folder} holds no images but {shown(zips[0])}; give that file itself.", input=folder)
    if unread := note_unread(list_files(folder)):
        return PippinError(f"{folder} holds no images that are read. {unread[0]}", input=folder)
    return PippinError(f"{folder} holds no images; fill one folder per label with JPEG or PNG files.", input=folder)
