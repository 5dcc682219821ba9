"""The exported ONNX graphs of the model in use: sessions, the sample they answered, and the batch sizes that pay."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from pippin.core.application import Application
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.files import read_json
from pippin.core.loaded_models import may_have_rows, predict_with_bar
from pippin.core.workspace import Workspace
from pippin.learn.nn.onnx_session import session
from pippin.learn.nn.runtimes import record_feeds
from pippin.verbs import describe
from pippin.web.serving.tensors import ONNX_TYPES, TYPES, Array, TensorInfo

Feeds = Mapping[str, Array]
BATCH_SIZES = (2, 4, 8, 16)
MIN_GAIN = 0.1  # of the time of an input, from which a larger batch is worth it
MAX_TIMING_SECONDS = 4.0  # of all batch sizes of a graph together
REPEATS = 3  # of which the fastest counts: other programs only ever make one slower
DYNAMIC_SIZES = (1, 32, 64)  # tried for sizes that a graph leaves open, where no sample tells them
MAX_FACTS = 16_384  # bytes of the file beside a graph that its metadata repeat
RTOL, ATOL = 1e-2, 1e-3  # between outputs of one input alone and in a batch


@dataclass(frozen=True)
class BatchTimes:
    """Seconds of one input by batch size, and the size chosen: 1 where waiting for more only costs."""

    seconds: Mapping[int, float]
    chosen: int

    @property
    def sentence(self) -> str:
        """What was measured, and what follows."""
        times = {size: f"{1000 * seconds:.3g} ms" for size, seconds in self.seconds.items()}
        if len(times) == 1:
            return f"{times[1]} an input; each request runs alone"
        batches = ", ".join(f"{text} in {size}" for size, text in times.items() if size > 1)
        choice = f"batches of up to {self.chosen}" if self.chosen > 1 else "each request runs alone"
        return f"{times[1]} an input alone, {batches}; {choice}"


@dataclass(frozen=True)
class Graph:
    """One ONNX graph that answers: `sample` is what it has answered, `facts` the JSON file beside it."""

    name: str
    opened: Any
    inputs: tuple[TensorInfo, ...]
    outputs: tuple[TensorInfo, ...]
    sample: Feeds
    facts: Mapping[str, Any]
    batch: BatchTimes
    splits: bool

    def run(self, feeds: Feeds) -> dict[str, Array]:
        """Return all outputs by name; PippinError where the graph cannot take these sizes."""
        names = [info.name for info in self.outputs]
        try:
            return dict(zip(names, self.opened.run(names, dict(feeds)), strict=True))
        except Exception as problem:  # ONNX Runtime raises a type of its own for each of its status codes
            sizes = ", ".join(f"{name} {list(array.shape)}" for name, array in feeds.items())
            raise PippinError(f"The model {self.name} cannot compute tensors of these shapes: {sizes}.") from problem


@dataclass(frozen=True)
class Served:
    """An application's model as it is served: its graphs by name, under the version that answers carry."""

    artifact: str
    version: str
    graphs: Mapping[str, Graph]


@dataclass(frozen=True)
class Exported:
    """A model that was written as files into a folder, all corrections of its version included."""

    artifact: str
    version: str
    folder: Path
    files: tuple[Path, ...]


def current_version(context: Context) -> str:
    """Return the version of the model in use: its id, and what changes with every correction."""
    app, space, artifact = context.application, context.workspace, context.artifact()
    if not may_have_rows(space) or "teach" in app.unsupported:
        return artifact.id
    return _version(artifact.id, *space.feedback.version(app.name, artifact.id))


def _version(artifact: str, count: int, last: int) -> str:
    return f"{artifact}-taught-{count}-{last}" if count else artifact


def export_model(app: Application, *, first: bool) -> Exported:
    """Write the model in use into a folder of its own; before the `first` time it has answered its sample.

    No other thread may use or correct the model meanwhile.
    """
    context = Context(app, Workspace())
    artifact = context.artifact()
    loaded = context.load(artifact)
    version = _version(artifact.id, len(loaded.rows), loaded.rows[-1].id if loaded.rows else 0)
    if first:
        _answer_sample(app, lambda items: list(predict_with_bar(app, loaded, items)))
    folder = Path(tempfile.mkdtemp(prefix="pippin-serve-"))
    try:
        has_export = app.export is not None and "export" not in app.unsupported
        files = app.export.write(loaded.learner, folder) if app.export and has_export else []
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Exported(artifact.id, version, folder, tuple(path for path in files if path.suffix == ".onnx"))


def open_graphs(app: Application, exported: Exported, before: Served | None = None) -> Served:
    """Open the exported graphs and have them answer the sample; the files are removed, for they hold what was taught.

    Of the version served `before`, samples and batch sizes stay where the new graphs take the same tensors.
    """
    try:
        known, files = dict(before.graphs) if before else {}, exported.files
        samples: Mapping[str, Feeds] = {}
        if not all(_model_name(app, files, file) in known for file in files):
            samples = _record_samples(app, exported.folder)
        return Served(exported.artifact, exported.version, _graphs(app, files, samples, known))
    finally:
        shutil.rmtree(exported.folder, ignore_errors=True)


def _answer_sample(app: Application, answer: Callable[[Sequence[Any]], Sequence[Any]]) -> None:
    """Have the sample answered; PippinError where its answer is an error."""
    for prediction in answer([describe.sample(app, 0)]):
        if getattr(prediction, "error", None):
            raise PippinError(f"{app.name} does not answer its sample: {prediction.error}")


def _record_samples(app: Application, folder: Path) -> Mapping[str, Feeds]:
    """Have the exported files answer the sample by themselves, and return what each graph was run on."""
    if app.export is None or app.export.load is None:
        return {}
    with record_feeds() as feeds:
        exported = app.export.load(folder)
        _answer_sample(app, exported)
    return {feed.model.name: feed.arrays for feed in feeds if isinstance(feed.model, Path)}


def _graphs(
    app: Application, files: Sequence[Path], samples: Mapping[str, Feeds], known: Mapping[str, Graph]
) -> dict[str, Graph]:
    graphs: dict[str, Graph] = {}
    for file in files:
        name = _model_name(app, files, file)
        hints = [dict(graph.sample) for graph in graphs.values()]
        if graph := _graph(name, file, samples.get(file.name), known.get(name), hints):
            graphs[name] = graph
    return graphs


def _model_name(app: Application, files: Sequence[Path], file: Path) -> str:
    """Return the application's name for its main graph, and that with the file's for the others."""
    main = next((path for path in files if path.stem == app.name), files[0])
    return app.name if file == main else f"{app.name}-{file.stem}"


def _graph(name: str, file: Path, sample: Feeds | None, before: Graph | None, hints: Sequence[Feeds]) -> Graph | None:
    """Open a graph and run it; None where it runs on nothing that is known here."""
    opened = session(file)
    inputs, outputs = _infos(opened.get_inputs()), _infos(opened.get_outputs())
    if inputs is None or outputs is None:
        return None
    facts = _facts(file)
    if before is not None and before.inputs == inputs:
        graph = Graph(name, opened, inputs, outputs, before.sample, facts, before.batch, before.splits)
        graph.run(graph.sample)
        return graph
    for feeds in _candidates(inputs, sample, hints):
        graph = Graph(name, opened, inputs, outputs, feeds, facts, BatchTimes({}, 1), False)
        try:
            graph.run(feeds)
        except PippinError:
            continue
        return time_batches(graph)
    return None


def _infos(found: Sequence[Any]) -> tuple[TensorInfo, ...] | None:
    """Return what the graph takes or gives; None where a type has no name in the protocol."""
    if any(one.type not in ONNX_TYPES for one in found):
        return None
    return tuple(
        TensorInfo(one.name, ONNX_TYPES[one.type], tuple(size if isinstance(size, int) else -1 for size in one.shape))
        for one in found
    )


def _facts(file: Path) -> Mapping[str, Any]:
    beside = file.with_suffix(".json")
    if not beside.is_file() or beside.stat().st_size > MAX_FACTS:
        return {}
    facts = read_json(beside)
    return facts if isinstance(facts, dict) else {}


def _candidates(inputs: Sequence[TensorInfo], sample: Feeds | None, hints: Sequence[Feeds]) -> list[Feeds]:
    """Return what to try a graph on: its sample, samples of its neighbours, zeros."""
    names = {info.name for info in inputs}
    fitting = [feeds for feeds in ([sample] if sample else []) + list(hints) if names <= feeds.keys()]
    zeros: list[Feeds] = [
        {info.name: np.zeros([size if at < 0 else at for at in info.shape], TYPES[info.datatype]) for info in inputs}
        for size in DYNAMIC_SIZES
    ]
    samples: list[Feeds] = [{name: np.ascontiguousarray(feeds[name]) for name in names} for feeds in fitting]
    return samples + zeros


def time_batches(graph: Graph) -> Graph:
    """Time batch sizes where the first dimension is one of inputs that do not see each other."""
    one = {name: array[:1] for name, array in graph.sample.items() if array.ndim}
    splits = len(one) == len(graph.sample) and _is_batch(graph, one)
    if not splits:
        seconds = {1: _fastest(graph, graph.sample)}
        return replace(graph, batch=BatchTimes(seconds, 1))
    times, began = {1: _fastest(graph, one)}, time.monotonic()
    for size in BATCH_SIZES:
        if time.monotonic() - began + size * times[1] * (REPEATS + 1) > MAX_TIMING_SECONDS:
            break
        times[size] = _fastest(graph, _repeated(one, size)) / size
    best = min(times, key=lambda size: times[size])
    chosen = best if times[best] < (1 - MIN_GAIN) * times[1] else 1
    return replace(graph, sample=one, batch=BatchTimes(times, chosen), splits=True)


def _is_batch(graph: Graph, one: Feeds) -> bool:
    """Return whether inputs below each other are answered as each alone."""
    if any(not info.shape or info.shape[0] != -1 for info in graph.inputs):
        return False
    alone = graph.run(one)
    if any(array.ndim == 0 or len(array) != 1 for array in alone.values()):
        return False
    try:
        together = graph.run(_repeated(one, 2))
    except PippinError:
        return False
    return all(
        array.shape == (2, *alone[name].shape[1:]) and np.allclose(array, np.concatenate([alone[name]] * 2), RTOL, ATOL)
        for name, array in together.items()
    )


def _repeated(one: Feeds, count: int) -> Feeds:
    return {name: np.concatenate([array] * count) for name, array in one.items()}


def _fastest(graph: Graph, feeds: Feeds) -> float:
    graph.run(feeds)  # the first run of a size also finds room for it
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        graph.run(feeds)
        times.append(time.perf_counter() - began)
    return min(times)
