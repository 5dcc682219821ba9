"""A lip reader outside Pippin: one ONNX file from mouths to logits, and a JSON file that says how to decode them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pippin.apps.lipread import onnx_graph
from pippin.apps.lipread.config import LipreadConfig
from pippin.apps.lipread.decoding.alphabet import CHARACTERS
from pippin.apps.lipread.learner import LipreadLearner
from pippin.apps.lipread.predictor import LipreadPredictor
from pippin.core.files import read_json, write_bytes, write_json
from pippin.core.inputs import Input
from pippin.learn.nn.onnx_session import session

Array = np.ndarray
MODEL, FACTS = "lipread.onnx", "lipread.json"
USE = (
    "`mouths`: float32 [T,40,64], grey, 25 frames a second, upright, the width being 0.8 distances between the outer "
    "corners of the eyes, less their mean frame, of deviation 1; `characters`: logits [T,29] of `alphabet`, then CTC's "
    "blank."
)


def export(reader: LipreadLearner, folder: Path) -> list[Path]:
    """Write the network as one ONNX file, and a JSON file with what can be said and how to use it."""
    write_bytes(folder / MODEL, onnx_graph.whole(reader.graph, {**reader.heads, "characters": reader.character_head()}))
    shapes = [shape.tolist() for shape in reader.lessons.shapes.values()]
    language = reader.language.counts if reader.language else {}
    taught = {"language": language, "shapes": shapes, "config": reader.config.to_dict()}
    if shapes:  # which answer with phrases, and need to know what is none of them
        taught["background"] = {word: found.round(4).tolist() for word, found in reader.background.items()}
    write_json(folder / FACTS, {"use": USE, "alphabet": CHARACTERS, **reader.facts(), **taught})
    return [folder / MODEL, folder / FACTS]


class ExportedReader(LipreadPredictor):
    """The same predictions from nothing but the exported files."""

    def __init__(self, folder: Path) -> None:
        facts = read_json(folder / FACTS)
        super().__init__(LipreadConfig.read(facts["config"]))
        self.become(facts, facts["language"], np.array(facts["shapes"]))
        self.background = {word: np.array(found) for word, found in facts.get("background", {}).items()}
        self._session = session(folder / MODEL)

    def outputs(self, mouths: Array) -> tuple[Array, ...]:
        """Map [T,40,64] to features [T,C], logits of characters [T,29] and, where learned, of words [T,W]."""
        return tuple(self._session.run(None, {"mouths": mouths}))


def load_exported(folder: Path) -> Callable[[Sequence[Input]], list[Any]]:
    """Return a function from clips to sentences that uses nothing but the exported files."""
    reader = ExportedReader(folder)
    return lambda inputs: [prediction.answer for prediction in reader.predict(inputs)]
