"""What the network sees in each image: 1,280 numbers and its own first guesses, computed once and remembered."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pippin.apps.recognize.pretrained import embedding
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.workspace import cache
from pippin.learn.nn.onnx_session import session
from pippin.learn.nn.runtimes import current_runtime
from pippin.learn.nn.runtimes import submit as keep_runtime
from pippin.learn.threads import usable_threads
from pippin.learn.vision import backbone
from pippin.learn.vision.image_decoding import open_image

if TYPE_CHECKING:
    import onnxruntime

GUESSES = 3
WIDTH = 1280  # numbers for each image
SIDE = 224
COMMIT_EVERY = 64
# How an image becomes pixels, by recipe: another name for another method, so that no cache mixes them.
PREPARATIONS = {embedding.PLAIN: "framed", embedding.VIEWS: "framed-views"}


class Features(NamedTuple):
    """What the network saw: `features` float32 [1280] and `guesses`, its own class names with probabilities.

    Where it had several views of the image, both are of their mean. `late`, float32 [192,7,7], is what its last
    block was given of the image itself, where that was asked for.
    """

    features: NDArray[np.float32]
    guesses: tuple[tuple[str, float], ...]
    late: NDArray[np.float32] | None = None


@lru_cache(maxsize=2)
def network(folder: Path) -> onnxruntime.InferenceSession:
    """Return the backbone, opened once per process.

    Images run in parallel, each on one thread, so that results never depend on the number of threads.
    """
    return session(prepared(folder), threads=1)


@lru_cache(maxsize=2)
def prepared(folder: Path) -> Path:
    """Return the backbone's file, made if need be; looked at once per process."""
    return backbone.prepare(folder)


def see(
    inputs: Iterable[Input], threads: int | None = None, *, late: bool = False, recipe: str = embedding.RECIPE
) -> Iterator[Features | PippinError]:
    """Yield the network's features of each input, in order; an image that cannot be used gives its error instead.

    `recipe` says which views of it (`embedding.views`).
    Images seen before (by the SHA-256 of their bytes) come from a cache in the workspace, which has no `late`.
    """
    workers = threads or usable_threads()
    folder = cache("backbone")
    waiting = iter(inputs)
    with (
        closing(_Memory(cache("features"), _memory_name(folder, recipe))) as memory,
        ThreadPoolExecutor(workers) as pool,
    ):
        pending: list[tuple[str, bool, Future[Features]]] = []

        def submit(item: Input) -> None:
            try:
                key = item.digest()
            except PippinError as problem:
                pending.append(("", True, _failed(problem)))
                return
            known = memory.get(key)
            if known and not late:
                future = _done(known)
            else:
                future = (
                    keep_runtime(pool, _look_late, item, folder, known)
                    if known
                    else keep_runtime(pool, _look_at, item, folder, late, recipe)
                )
            pending.append((key, known is not None, future))

        for item in islice(waiting, 4 * workers):
            submit(item)
        while pending:
            key, remembered, future = pending.pop(0)
            try:
                seen = future.result()
            except PippinError as problem:
                yield problem
            else:
                if not remembered:
                    memory.put(key, seen)
                yield seen
            for item in islice(waiting, 1):
                submit(item)


def _memory_name(folder: Path, recipe: str) -> str:
    """Return the name of a cache: the backbone, how images are prepared, and the runtime where it is another."""
    name = f"{prepared(folder).parent.name}-{PREPARATIONS[recipe]}"
    return name if current_runtime() == "onnx" else f"{name}-{current_runtime()}"


def _look_at(item: Input, folder: Path, late: bool, recipe: str) -> Features:
    pixels = embedding.views(backbone.pixels(open_image(item, about=(SIDE, SIDE))), recipe)
    outputs = ["features", "logits", "late"][: 3 if late else 2]
    features, logits, *below = network(folder).run(outputs, {"pixels": pixels})
    return Features(features.mean(axis=0), guesses(logits.mean(axis=0)), *(maps[0] for maps in below))


def _look_late(item: Input, folder: Path, known: Features) -> Features:
    """Return the known features of an image, with its `late`."""
    pixels = backbone.pixels(open_image(item, about=(SIDE, SIDE)))[None]
    return known._replace(late=network(folder).run(["late"], {"pixels": pixels})[0][0])


def guesses(logits: NDArray[np.float32]) -> tuple[tuple[str, float], ...]:
    """Return the network's own best classes among the 1,000 it was trained on."""
    shares = np.exp(logits - logits.max())
    shares /= shares.sum()
    best = np.argsort(-shares)[:GUESSES]
    return tuple((backbone.class_names()[index], float(shares[index])) for index in best)


def _done(seen: Features) -> Future[Features]:
    future: Future[Features] = Future()
    future.set_result(seen)
    return future


def _failed(problem: PippinError) -> Future[Features]:
    future: Future[Features] = Future()
    future.set_exception(problem)
    return future


class _Memory:
    """Features by content, in one SQLite file per backbone; many processes may share it."""

    def __init__(self, folder: Path, network_name: str) -> None:
        self._new: list[tuple[str, bytes, str]] = []
        self._folder = folder
        with self._translate_errors():
            self._connection = sqlite3.connect(folder / f"{network_name}.sqlite", timeout=30)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS seen (key TEXT PRIMARY KEY, features BLOB, guesses TEXT)"
            )

    def get(self, key: str) -> Features | None:
        with self._translate_errors():
            row = self._connection.execute("SELECT features, guesses FROM seen WHERE key = ?", (key,)).fetchone()
        if row is None:
            return None
        try:
            pairs = (line.split("\t") for line in row[1].split("\n"))
            features = np.frombuffer(row[0], np.float32).reshape(WIDTH)
            return Features(features, tuple((name, float(share)) for name, share in pairs))
        except (ValueError, TypeError, AttributeError):
            return None  # damaged: it is looked at again

    def put(self, key: str, seen: Features) -> None:
        text = "\n".join(f"{name}\t{share!r}" for name, share in seen.guesses)
        self._new.append((key, seen.features.tobytes(), text))
        if len(self._new) >= COMMIT_EVERY:
            self._write()

    def close(self) -> None:
        with closing(self._connection):
            self._write()

    def _write(self) -> None:
        """Write what is new at once: kept open while images are looked at, it would lock other processes out."""
        with self._translate_errors(), self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO seen VALUES (?, ?, ?)", self._new)
        self._new.clear()

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        """Turn an error of the database into a PippinError of one sentence."""
        try:
            yield
        except sqlite3.Error as problem:
            raise PippinError(
                f"Cannot use the cache {self._folder}: {problem}; make room on the disk, or remove that folder.",
                input=self._folder,
            ) from problem
