"""Predictions of many inputs in chunks: on any engine, stored as they come, one for each input and in order."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from pippin.core import registry
from pippin.core.application import Application
from pippin.core.artifact import read_artifact
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.files import read_json, write_json
from pippin.core.inputs import Input
from pippin.core.learner import Learner, load_learner
from pippin.core.loaded_models import ModelInMemory, predict_each
from pippin.core.locks import lock
from pippin.core.paths import use_home
from pippin.core.progress_bar import track
from pippin.core.report.report import plain_values
from pippin.core.values import Correction, Prediction
from pippin.core.workspace import Workspace
from pippin.engines import Engine
from pippin.engines.shipping import Parcel
from pippin.engines.shipping import ship as send_along

CHUNK = {"record": 2048, "text": 256, "image": 32, "audio": 8, "video": 4, "episode": 4}  # inputs at most
PARTS = 16  # chunks at least, so that workers share few inputs evenly, too
MEANWHILE = "The model was taught while it answered; the same command answers again with what it knows now."
Answers = list[dict[str, Any]]
_shipped: dict[str, Learner] = {}  # of a worker: the last model that was sent along, by what it was made of


@dataclass(frozen=True)
class Answerer:
    """Answers chunks of inputs on any machine, by a model of a workspace or by one that is sent along."""

    application: str
    reference: str
    home: str
    model: str
    taught: str
    settings: Mapping[str, Any]
    alone: bool
    parcel: Parcel | None = None
    corrections: tuple[Correction, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, context: Context, loaded: ModelInMemory, settings: Mapping[str, Any], *, alone: bool) -> Answerer:
        """Return what answers as this model does now."""
        app, home = context.application, context.workspace.home
        folder = str(loaded.artifact.folder.absolute())
        return cls(app.name, app.reference, str(home), folder, _last_row(loaded), dict(settings), alone)

    @property
    def key(self) -> str:
        """What answers depend on, besides the inputs."""
        checksum = read_artifact(Path(self.model)).facts["checksum"]
        return repr((self.reference, self.home, checksum, self.taught, sorted(self.settings.items()), self.alone))

    def with_parcel(self, context: Context, run: Engine) -> Answerer:
        """Return the same with the model and its corrections, for machines that do not see the workspace."""
        taught = context.corrections(read_artifact(Path(self.model)))[0]
        return replace(self, parcel=send_along(run, self.model), corrections=tuple(map(_with_contents, taught)))

    def __call__(self, chunk: Chunk) -> Answers:
        """Return the answers to a chunk's inputs as JSON values."""
        with use_home(Path(self.home)) if self.parcel is None else nullcontext():
            return [_to_json(prediction) for prediction in predict_each(self._learner(), chunk.items)]

    def _learner(self) -> Learner:
        if self.parcel is not None:
            return self._learner_sent_along(self.parcel)
        if not Path(self.model).exists():
            where = "put PIPPIN_HOME where all machines see it, or give --ship"
            raise PippinError(f"The model {self.model} is not there on {socket.gethostname()}; {where}.")
        context = Context(self._application(), Workspace(Path(self.home)))
        loaded = context.load(read_artifact(Path(self.model)), self.settings, alone=self.alone)
        if _last_row(loaded) != self.taught:
            raise PippinError(MEANWHILE)
        return loaded.learner

    def _learner_sent_along(self, parcel: Parcel) -> Learner:
        key = f"{parcel.fingerprint} {self.taught} {sorted(self.settings.items())}"
        if key not in _shipped:
            app, artifact = self._application(), read_artifact(parcel.unpack())
            learner = app.make_learner(app.override_settings(artifact.facts["config"], self.settings))
            load_learner(learner, artifact.part("model"))
            if self.corrections:
                learner.update(self.corrections)  # type: ignore[attr-defined]  # taught to a Teachable
            _shipped.clear()
            _shipped[key] = learner
        return _shipped[key]

    def _application(self) -> Application:
        try:
            return registry.get(self.application)
        except PippinError:  # one that is registered in the caller alone, or saved there under a name
            return replace(registry.resolve(self.reference), name=self.application)


def _last_row(loaded: ModelInMemory) -> str:
    return str(loaded.rows[-1].id) if loaded.rows else ""


def _with_contents(one: Correction) -> Correction:
    answer = read_input(one.answer) if isinstance(one.answer, Input) else one.answer
    return Correction(read_input(one.input), answer)


def read_input(item: Input) -> Input:
    """Return an input with its bytes, for a machine that does not see its file; one that cannot be read stays."""
    if item.content is not None:
        return item
    try:
        return replace(item, content=item.read(), path=None)
    except PippinError:
        return item


def answer_all(
    run: Engine,
    answerer: Answerer,
    items: Sequence[Input],
    title: str,
    store: ChunkStore | None = None,
) -> list[Prediction]:
    """Return a prediction for each input, in order and without files, with a bar.

    With `store` each chunk is stored as soon as it is answered, and those that are stored are not answered again. An
    input whose worker ended in each of three tries gets that as its error.
    """
    chunks = list(chunked(items))
    keys = [store.key(answerer.key, chunk) for chunk in chunks] if store else []
    found: list[Answers | None] = [store.read(key) if store else None for key in keys] or [None] * len(chunks)
    whole = answerer.parcel is not None

    def keep(chunk: Chunk, answers: Answers | None) -> None:
        if store is not None and answers is not None and len(chunk.items) == len(chunks[chunk.number]):
            store.write(keys[chunk.number], answers)

    def steps() -> Iterator[None]:
        """Fill `found`, and yield once for each input."""
        waiting = [number for number, answers in enumerate(found) if answers is None]
        yield from (None for number, chunk in enumerate(chunks) if found[number] is not None for _ in chunk)
        asked = (Chunk.of(number, chunks[number], whole=whole) for number in waiting)
        for number, answers in zip(waiting, run(answerer, asked, on_outcome=keep, on_lost=_no_answers), strict=True):
            found[number] = answers if answers is not None else _one_by_one(run, answerer, number, chunks[number])
            yield from (None for _ in chunks[number])

    try:
        for _ in track(steps(), len(items), title):
            pass
    except KeyboardInterrupt:
        if store is not None:
            stored = f"{sum(map(store.has, keys))} of {len(chunks)} chunks are stored"
            print(f"Stopped. {stored}; the same command goes on from there.", file=sys.stderr)
        raise
    return [_from_json(answer) for answers in found for answer in answers or ()]


def _one_by_one(run: Engine, answerer: Answerer, number: int, items: Sequence[Input]) -> Answers:
    """Return the answers to a chunk that was lost, each input by itself, so that one costs the others nothing."""
    alone = [Chunk.of(number, [item], whole=answerer.parcel is not None) for item in items]
    return [answer for answers in run(answerer, alone, on_lost=_lost) for answer in answers]


def _no_answers(chunk: Chunk, why: str) -> Answers | None:
    """Return no answers for a chunk that was lost: its inputs are asked one by one."""
    return _lost(chunk, why) if len(chunk.items) == 1 else None


def _lost(chunk: Chunk, why: str) -> Answers:
    return [_to_json(Prediction(None, known=False, error=f"{item.name} was lost: {why}")) for item in chunk.items]


def chunked(items: Sequence[Input]) -> Iterator[tuple[Input, ...]]:
    """Yield the inputs in chunks whose bounds depend on their number and kind alone."""
    size = max(1, min(CHUNK.get(items[0].kind, 1), len(items) // PARTS)) if items else 1
    yield from (tuple(items[start : start + size]) for start in range(0, len(items), size))


@dataclass(frozen=True)
class Chunk:
    """Some of the inputs, and which chunk they are."""

    number: int
    items: tuple[Input, ...] = field(repr=False)

    @classmethod
    def of(cls, number: int, items: Sequence[Input], *, whole: bool) -> Chunk:
        """Return a chunk for a worker: with absolute paths, or (`whole`) with the bytes themselves."""
        return cls(number, tuple(read_input(item) if whole else _absolute(item) for item in items))

    @property
    def name(self) -> str:
        """What messages call it."""
        more = f" and {len(self.items) - 1} more" if len(self.items) > 1 else ""
        return self.items[0].name + more


def _absolute(item: Input) -> Input:
    return item if item.path is None else replace(item, path=Path(os.path.abspath(item.path)))


class ChunkStore:
    """Answers of chunks in a hidden folder beside the table that they will become."""

    def __init__(self, out: Path) -> None:
        self._out, self._folder = out, out.with_name(f".{out.name}.parts")

    @contextmanager
    def opened(self) -> Iterator[ChunkStore]:
        """Hold the folder for this call alone; it goes when the block ends well."""
        with lock(self._folder / "lock", self._refuse):
            yield self
            shutil.rmtree(self._folder, ignore_errors=True)

    def _refuse(self) -> None:
        raise PippinError(f"{self._out} is being written by another call; wait for it.", input=self._out)

    def key(self, model: str, items: Sequence[Input]) -> str:
        """Return the name of a chunk: other inputs, changed files or another model make another."""
        text = "\n".join((model, *map(_identity, items)))
        return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]

    def read(self, key: str) -> Answers | None:
        """Return the answers of a chunk, None where they are not stored."""
        path = self._folder / f"{key}.json"
        return read_json(path) if path.exists() else None

    def write(self, key: str, answers: Answers) -> None:
        """Store the answers of a chunk."""
        write_json(self._folder / f"{key}.json", answers)

    def has(self, key: str) -> bool:
        """Return whether the answers of a chunk are stored."""
        return (self._folder / f"{key}.json").exists()


def _identity(item: Input) -> str:
    if item.path is None:
        return f"{item.kind} {item.digest()}"
    try:
        found = item.path.stat()
    except (OSError, ValueError):
        return f"{item.kind} {item.path} is not there"
    return f"{item.kind} {os.path.abspath(item.path)} {found.st_size} {found.st_mtime_ns}"


class ListWithText(list[Any]):
    """An answer of several parts, with the text in which its application writes it."""

    def __init__(self, parts: Sequence[Any], text: str) -> None:
        super().__init__(parts)
        self._text = text

    def __str__(self) -> str:
        return self._text


def _to_json(prediction: Prediction) -> dict[str, Any]:
    """Return a prediction without files as JSON values; `text` is the answer as people read it."""
    plain: dict[str, Any] = plain_values({**asdict(replace(prediction, files=())), "files": ()})
    return {**plain, "text": str(prediction.answer)}


def _from_json(stored: Mapping[str, Any]) -> Prediction:
    """Return the prediction that was stored; an application's own fields take no part in a table."""
    answer, interval = stored["answer"], stored["interval"]
    changed = {
        "answer": ListWithText(answer, stored["text"]) if isinstance(answer, list) else answer,
        "alternatives": tuple((label, confidence) for label, confidence in stored["alternatives"]),
        "evidence": tuple(stored["evidence"]),
        "interval": None if interval is None else (interval[0], interval[1]),
        "files": (),
    }
    names = {one.name for one in fields(Prediction)}
    return Prediction(**{name: value for name, value in {**stored, **changed}.items() if name in names})
