"""The interpreter for the skills in use: the active model where it knows them, else one fitted to them and kept."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from pippin.apps.assistant.config import SKILLS
from pippin.apps.assistant.data import out_of_scope
from pippin.apps.assistant.skills.skill_files import load_skills
from pippin.apps.assistant.understanding import storage
from pippin.apps.assistant.understanding.interpreter import Interpreter, examples_of
from pippin.apps.assistant.understanding.model import UnderstandingModel
from pippin.apps.assistant.understanding.understanding import Marked
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.files import new_folder, read_json, write_bytes, write_json
from pippin.core.values import SavedState
from pippin.learn.text.token_encoder import token_encoder

ARRAYS, FACTS = "model.safetensors", "model.json"
VERSION = 1  # of how models are fitted; with another one they are fitted again


def skill_interpreter(context: Context, folders: Sequence[Path] = ()) -> Interpreter:
    """Return the interpreter for the built-in skills and those in `folders`, with what was taught to the active model.

    Where the active model was trained on exactly these sentences it is that model. Else one is fitted (a few seconds)
    and kept in the workspace until a sentence changes.
    """
    model: UnderstandingModel = context.learner(domain=SKILLS).used
    examples = examples_of(load_skills(folders))
    if knows(model, examples):
        return Interpreter(model)
    taught = [*model.taught.sentences, *model.refused.sentences]
    vectors = token_encoder().vectors([one.text for one in taught])
    again = [one._replace(vector=vector) for one, vector in zip(taught, vectors, strict=True)]
    return Interpreter(_fitted(context, examples).with_taught(again))


def knows(model: UnderstandingModel, examples: Sequence[Marked]) -> bool:
    """Return whether a model was trained on exactly these sentences."""
    own = {(text, model.head.labels[owner]) for text, owner in zip(model.texts, model.head.owners_M, strict=True)}
    return own == {(example.text, example.intent) for example in examples}


def _fitted(context: Context, examples: Sequence[Marked]) -> UnderstandingModel:
    outside = out_of_scope()
    content = json.dumps([VERSION, examples, outside]).encode()
    folder = context.workspace.store(context.name) / "understanding"
    kept = _read(folder / ARRAYS, folder / FACTS, hashlib.sha256(content).hexdigest())
    if kept is not None:
        return kept
    model = Interpreter.from_examples(examples, outside=outside).model
    if model is None:
        raise PippinError("The skills hold no sentence to understand by; write some into their skill.toml.")
    _write(folder, storage.save(model), hashlib.sha256(content).hexdigest())
    return model


def _read(arrays: Path, facts: Path, key: str) -> UnderstandingModel | None:
    """Return the model that was kept under this key; None where there is another, none, or a damaged one."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        content = read_json(facts)
        if content["key"] != key:
            return None
        return storage.load(SavedState(load_file(arrays), content["facts"]))
    except (OSError, KeyError, TypeError, ValueError, SafetensorError, PippinError):
        return None


def _write(folder: Path, saved: SavedState, key: str) -> None:
    from safetensors.numpy import save

    shutil.rmtree(folder, ignore_errors=True)
    with new_folder(folder) as draft:
        write_bytes(draft / ARRAYS, save(dict(saved.tensors)))
        write_json(draft / FACTS, {"key": key, "facts": dict(saved.config)})
