"""What a report suggests next can be typed as it stands, and remarks on many answers are told once."""

from __future__ import annotations

import shlex

import pytest

import pippin
from pippin.core import registry
from pippin.core.inputs import Record
from pippin.core.shell_words import write_command
from pippin.core.values import Prediction
from pippin.verbs.predict import REASONS_SHOWN, _notes


def test_hints_keep_the_settings(miniature: str) -> None:
    pippin.train(miniature, rate=3.0)
    assert pippin.evaluate(miniature).next == "pippin miniature compare --rate 3"
    assert pippin.compare(miniature, rate=3.0).next == "pippin miniature curve --rate 3"
    assert pippin.inspect(miniature, rate=3.0, check_labels=False).next == "pippin miniature train --rate 3"


@pytest.mark.parametrize("value", ["it's", "a b", "-x", '"', "plain"])
def test_a_command_is_one_that_a_shell_reads_back(miniature: str, value: str) -> None:
    app = registry.get(miniature)
    settings = app.fill_settings({"language": value})
    words = shlex.split(write_command(app, "train", "my data.csv", settings))
    assert words == ["pippin", "miniature", "train", "my data.csv", "--language", value]


def test_remarks_on_many_answers_are_told_once() -> None:
    def answer(row: int) -> Prediction:
        own = f"'{row}' in city is none that was learned"
        return Prediction("a", 0.9, evidence=("1 column is missing (size)", *((own,) if row % 2 else ())))

    answers = [(Record.of({"row": row}), answer(row)) for row in range(REASONS_SHOWN + 8)]
    notes = _notes(answers)
    assert notes == [
        "20 of 20: 1 column is missing (size)",
        "10 of 20: '1' in city is none that was learned (and the like)",
    ]


def test_a_remark_on_one_of_many_answers_is_its_own() -> None:
    answers = [(Record.of({"row": row}), Prediction("a", evidence=(f"like row {row}",))) for row in range(30)]
    assert _notes(answers) == []
