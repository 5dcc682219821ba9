"""Files of sentences and their intents: JSON of CLINC150, CSV, BIO lines, seq.in and label, skill folders.

Each reader returns sentences by the name of their part, "" where the file tells none.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from pippin.apps.assistant.skills.skill_files import FILE, load_skill, skill_folders
from pippin.apps.assistant.understanding.slot_tagger import Slot
from pippin.core.errors import PippinError, reason
from pippin.core.files import refuse_endless

TRAIN, VAL, TEST = "train", "val", "test"
PARTS = {
    **dict.fromkeys(("train", "training"), TRAIN),
    **dict.fromkeys(("val", "valid", "validation", "dev", "development"), VAL),
    **dict.fromkeys(("test", "testing", "eval"), TEST),
}
TEXT_COLUMNS = ("text", "utterance", "sentence", "query", "question", "message", "phrase")
INTENT_COLUMNS = ("category", "intent", "label", "class", "target")
MAX_BYTES = 200_000_000
EXPECTED = (
    "give JSON {split: [[text, intent], ...]}, a CSV file with columns text and category, BIO lines, "
    "or a folder of skills"
)


class Sentence(NamedTuple):
    """A text, its intent, its slots, and where it stands."""

    text: str
    intent: str
    slots: tuple[Slot, ...] = ()
    place: str = ""


Found = dict[str, list[Sentence]]


def read(path: Path) -> Found:
    """Return the sentences in a file or folder by part; PippinError where it holds none in a known form."""
    found = _read_folder(path) if path.is_dir() else _read_file(path)
    if not any(found.values()):
        raise PippinError(f"{path} holds no sentences; {EXPECTED}.", input=path)
    return found


def part_of(name: str) -> str:
    """Return the part that a name means, as in "oos_train" or "test-clean"; "" for none."""
    words = name.casefold().replace("-", "_").split("_")
    return next((PARTS[word] for word in words if word in PARTS), "")


def _read_folder(folder: Path) -> Found:
    if (folder / FILE).is_file():
        return {"": _skill(folder)}
    if skills := skill_folders(folder):
        return {"": [sentence for skill in skills for sentence in _skill(skill)]}
    if (folder / "seq.in").is_file():
        return {part_of(folder.name): _parallel(folder)}
    merged: Found = {}
    for path in sorted(folder.iterdir()):
        if path.is_dir() and (path / "seq.in").is_file() and path.name.casefold() in PARTS:
            _merge(merged, {PARTS[path.name.casefold()]: _parallel(path)})
        elif path.is_file() and path.suffix.lower() in READERS and (part_of(path.stem) or path.stem == "data"):
            _merge(merged, _read_file(path))
    return merged


def _merge(into: Found, more: Found) -> None:
    for part, sentences in more.items():
        into.setdefault(part, []).extend(sentences)


def _skill(folder: Path) -> list[Sentence]:
    return [
        Sentence(
            example.text,
            intent.label,
            tuple(Slot(span.slot, span.start, span.end) for span in example.spans),
            f"{folder.name}: {example.text}",
        )
        for intent in load_skill(folder).intents
        for example in intent.examples
    ]


def _read_file(path: Path) -> Found:
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise PippinError(f"{path} is of no kind that is read; {EXPECTED}.", input=path)
    return reader(_text(path), path)


def _text(path: Path) -> str:
    try:
        refuse_endless(path)
        if path.stat().st_size > MAX_BYTES:
            raise PippinError(f"{path} is larger than {MAX_BYTES // 10**6} MB; give a part of it.", input=path)
        return path.read_text(encoding="utf-8-sig")
    except OSError as problem:
        raise PippinError(f"Cannot read {path}: {reason(problem)}; check the path.", input=path) from problem
    except UnicodeDecodeError as problem:
        raise PippinError(f"{path} is not text in UTF-8; save it as such.", input=path) from problem


def _json(text: str, path: Path) -> Found:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise PippinError(f"{path} is not valid JSON: {problem}; {EXPECTED}.", input=path) from problem
    if isinstance(content, list):
        return {part_of(path.stem): _pairs(content, path)}
    if not isinstance(content, dict):
        raise PippinError(f"{path} holds no splits; {EXPECTED}.", input=path)
    found: Found = {}
    for name, rows in content.items():
        if not isinstance(rows, list):
            raise PippinError(f"{name!r} in {path} is no list of [text, intent]; {EXPECTED}.", input=path)
        _merge(found, {part_of(str(name)): _pairs(rows, path)})
    return found


def _pairs(rows: Iterable[Any], path: Path) -> list[Sentence]:
    found = []
    for number, row in enumerate(rows, 1):
        pair = [row.get("text"), row.get("intent")] if isinstance(row, dict) else row
        if not isinstance(pair, list) or len(pair) < 2 or not all(isinstance(value, str) for value in pair[:2]):
            raise PippinError(f"Row {number} of {path} is no [text, intent]; {EXPECTED}.", input=path)
        found.append(Sentence(pair[0], pair[1], (), f"row {number}"))
    return found


def _csv(text: str, path: Path) -> Found:
    try:
        dialect = csv.Sniffer().sniff(text[:4096], ",;\t") if path.suffix.lower() != ".tsv" else csv.excel_tab
    except csv.Error:
        dialect = csv.excel
    try:
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=dialect.delimiter) if row]
    except csv.Error as problem:
        raise PippinError(f"{path} is not valid CSV: {problem}.", input=path) from problem
    heading = [name.strip().casefold() for name in rows[0]] if rows else []
    text_at = _column(heading, TEXT_COLUMNS)
    intent_at = _column(heading, INTENT_COLUMNS)
    if text_at is None or intent_at is None:
        raise PippinError(f"{path} needs a heading with text and category, not {', '.join(heading)[:80]}.", input=path)
    part = part_of(path.stem)
    return {
        part: [
            Sentence(row[text_at], row[intent_at], (), f"row {number}")
            for number, row in enumerate(rows[1:], 2)
            if len(row) > max(text_at, intent_at)
        ]
    }


def _column(heading: list[str], names: Iterable[str]) -> int | None:
    return next((heading.index(name) for name in names if name in heading), None)


def _bio(text: str, path: Path) -> Found:
    """Read lines of a word and its tag; a word alone ends a sentence and is its intent."""
    found, words, tags = [], list[str](), list[str]()
    for number, line in enumerate(text.splitlines(), 1):
        columns = line.split()
        if len(columns) >= 2:
            words.append(columns[0])
            tags.append(columns[-1])
        elif len(columns) == 1 and words:
            found.append(bio_sentence(words, tags, columns[0], f"line {number}"))
            words, tags = [], []
        elif columns:
            raise PippinError(f"Line {number} of {path} is no word with its tag; {EXPECTED}.", input=path)
    if words:
        raise PippinError(f"The last sentence of {path} has no intent after it; end it with one.", input=path)
    return {part_of(path.stem): found}


def bio_sentence(words: list[str], tags: list[str], intent: str, place: str = "") -> Sentence:
    """Return words joined by spaces with the slots their tags spell; I-SLOT without a beginning begins one."""
    slots: list[Slot] = []
    position, before = 0, ""
    for word, tag in zip(words, tags, strict=True):
        name, end = tag[2:], position + len(word)
        if tag.startswith("I-") and before == name:
            slots[-1] = slots[-1]._replace(end=end)
        elif tag[:2] in ("B-", "I-"):
            slots.append(Slot(name, position, end))
        before, position = name, end + 1
    return Sentence(" ".join(words), intent, tuple(slots), place)


def _parallel(folder: Path) -> list[Sentence]:
    """Read `seq.in` and `label`, line by line, and the tags of `seq.out` where it is there."""
    texts, intents = (_text(folder / name).splitlines() for name in ("seq.in", "label"))
    tags = _text(folder / "seq.out").splitlines() if (folder / "seq.out").is_file() else [""] * len(texts)
    if not len(texts) == len(intents) == len(tags):
        raise PippinError(f"The files of {folder} have different numbers of lines.", input=folder)
    found = []
    for number, (text, intent, own) in enumerate(zip(texts, intents, tags, strict=True), 1):
        words, marks = text.split(), own.split()
        found.append(
            bio_sentence(words, marks, intent.strip(), f"line {number}")
            if len(words) == len(marks)
            else Sentence(text, intent.strip(), (), f"line {number}")
        )
    return found


def _marked(text: str, path: Path) -> Found:
    """Read a `skill.toml` given by itself."""
    return {"": _skill(path.parent)}


READERS: dict[str, Callable[[str, Path], Found]] = {
    ".json": _json,
    ".csv": _csv,
    ".tsv": _csv,
    ".txt": _bio,
    ".bio": _bio,
    ".conll": _bio,
    ".toml": _marked,
}
