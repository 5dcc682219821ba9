"""A model outside Pippin: one ONNX graph from pieces of words to probabilities, and a JSON file on how to feed it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pippin.apps.assistant.learner import AssistantLearner, text_of
from pippin.apps.assistant.understanding import storage
from pippin.core.errors import PippinError
from pippin.core.files import read_json, write_bytes, write_json
from pippin.core.inputs import Input
from pippin.core.values import SavedState
from pippin.learn.nn.onnx_session import session
from pippin.learn.text.token_encoder import TokenEncoder, encoder_files
from pippin.learn.text.wordpiece import WordPiece

ENCODER, HEAD, FACTS, VOCABULARY = "encoder.onnx", "head.safetensors", "assistant.json", "vocabulary.txt"
USE = (
    "encoder.onnx: inputs int64 [N,T] `input_ids`, `attention_mask`, `token_type_ids` (WordPiece of vocabulary.txt, "
    "lower case), outputs the states [N,T,384] of four layers. Vector: of each layer the mean over a text's pieces "
    "scaled to length 1; all four behind one another, divided by 2. Probabilities: softmax(vector @ head.weights + "
    "head.bias), in the order of `labels`."
)


def export(learner: AssistantLearner, folder: Path) -> list[Path]:
    """Write the encoder, the vocabulary, the head with its corrections, and how to use them."""
    from safetensors.numpy import save

    saved = storage.save(learner.used)
    graph, vocabulary = encoder_files()
    write_bytes(folder / ENCODER, graph)
    write_bytes(folder / VOCABULARY, "\n".join(vocabulary).encode())
    write_bytes(folder / HEAD, save({name: np.ascontiguousarray(array) for name, array in saved.tensors.items()}))
    write_json(folder / FACTS, {**saved.config, "use": USE})
    return [folder / name for name in (ENCODER, HEAD, VOCABULARY, FACTS)]


def load_exported(folder: Path) -> Callable[[Sequence[Input]], list[Any]]:
    """Return a function from sentences to intents that uses nothing but the exported files."""
    from safetensors.numpy import load_file

    if not (folder / FACTS).is_file():
        raise PippinError(f"{folder} holds no {FACTS}; export a model there first.", input=folder)
    model = storage.load(SavedState(load_file(folder / HEAD), read_json(folder / FACTS)))
    encoder = TokenEncoder(session(folder / ENCODER), WordPiece.read(folder / VOCABULARY))

    def answers(inputs: Sequence[Input]) -> list[Any]:
        return [found.intent for found in model.interpret(encoder, [text_of(item) for item in inputs])]

    return answers
