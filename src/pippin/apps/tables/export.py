"""A model of tables outside Pippin: one ONNX file from encoded rows on, and a JSON file on how to encode them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pippin.apps.tables.data import values
from pippin.apps.tables.learner import Network, encode_rows, sentence_encoder
from pippin.apps.tables.model import rounded
from pippin.apps.tables.row_encoder import Encoder
from pippin.core.errors import missing_extra
from pippin.core.files import read_json, write_bytes, write_json
from pippin.core.inputs import Input
from pippin.learn import exemplar_regression
from pippin.learn.exemplar_memory import with_exemplar_memory
from pippin.learn.nn.onnx_session import session

MODEL, FACTS = "tables.onnx", "tables.json"
USE = (
    "Inputs float32: `columns` [N,D], a row's columns encoded for networks, and where present `trees` [N,T], encoded "
    "for trees, both by `columns` of this file in order. Output `probabilities` [N,labels], in the order of `labels`, "
    "or `answer` [N,1], the number."
)


def export(learner: Network, folder: Path) -> list[Path]:
    """Write the model with its corrections as ONNX, and a JSON file on how rows are encoded for it; needs onnx."""
    try:
        import onnx
    except ImportError as problem:
        raise missing_extra("onnx", "train", "Exporting") from problem
    model, numbers = onnx.load_from_string(learner.onnx), learner.target.is_number
    if numbers:
        model = exemplar_regression.with_numbers(model, learner.recall, learner.target)
    else:
        model = with_exemplar_memory(model, learner.recall, learner.labels)
    write_bytes(folder / MODEL, model.SerializeToString())
    facts = {"labels": [] if numbers else learner.recall.labels(learner.labels), "columns": learner.encoder.facts}
    facts |= {"half_interval": learner.radius * learner.target.scale} if numbers else {}
    write_json(folder / FACTS, {**facts, "text": learner.config.text, "use": USE})
    return [folder / MODEL, folder / FACTS]


def load_exported(folder: Path) -> Callable[[Sequence[Input]], list[Any]]:
    """Return a function from rows to labels or numbers that uses nothing but the exported files."""
    facts = read_json(folder / FACTS)
    opened, encoder = session(folder / MODEL), Encoder(facts["columns"], sentence_encoder(facts["text"]))

    def answers(inputs: Sequence[Input]) -> list[Any]:
        given = encode_rows(opened, encoder, [values(item) for item in inputs])
        if not facts["labels"]:
            return [rounded(float(value)) for value in opened.run(["answer"], given)[0][:, 0]]
        (shares,) = opened.run(["probabilities"], given)
        return [facts["labels"][int(row.argmax())] for row in shares]

    return answers
