"""Checks of exports: other programs and other frameworks answer as the application does."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from pippin.conformance.fixture import ApplicationUnderTest, ConformanceError, require, require_reason


def exported_it_answers_the_same(s: ApplicationUnderTest) -> str:
    """Require that another program running the exported files gives the same answers."""
    if "export" in s.app.unsupported:
        return require_reason(s, "export")
    with tempfile.TemporaryDirectory() as folder:
        s.call("export", Path(folder))
        if s.app.export is None or s.app.export.load is None:
            raise ConformanceError("it does not say how to run what it exports")
        theirs = s.app.export.load(Path(folder))(s.unseen())
    if s.app.output.kind:
        ours = [s.file(item).files[0].read() for item in s.unseen()]
    else:
        ours = [result["answer"] for result in s.call("predict", *s.unseen()).payload["results"]]
    require(list(theirs) == ours, f"{sum(a != b for a, b in zip(theirs, ours, strict=True))} answers differ")
    return f"{len(ours)} answers"


def exported_formats_answer_the_same(s: ApplicationUnderTest) -> str:
    """Require that Keras, TensorFlow and LiteRT give what ONNX Runtime gives, before and after a correction."""
    if "export" in s.app.unsupported:
        return require_reason(s, "export")
    from pippin.learn.keras_graph.client import has_tensorflow

    if not has_tensorflow():
        return "left out: TensorFlow is not installed (pip install 'pippin[tensorflow]')"
    measured: set[str] = set()
    found = _measure_formats(s, measured, real=20, random=50)
    if not found:
        return "it exports no ONNX graph"
    if "teach" not in s.app.unsupported and not s.app.output.kind:
        item = s.unseen()[0]
        answer = s.call("predict", item).payload["results"][0]["answer"]
        s.call("teach", item, next(e.answer for e in s.data.train if not s.app.output.is_right(answer, e.answer)))
        try:
            found |= {k: max(value, found[k]) for k, value in _measure_formats(s, measured, real=3, random=5).items()}
        finally:
            s.call("undo")
    return ", ".join(f"{name} {value:.0e}" for name, value in found.items())


def _measure_formats(s: ApplicationUnderTest, measured: set[str], *, real: int, random: int) -> dict[str, float]:
    """Return the largest difference of each format on real and random inputs of three sizes; {} without a new graph.

    Graphs whose digests are in `measured` are left out, for a correction need not change them; others are added to it.
    """
    from pippin.learn.keras_graph.exporting import gather_feeds, measure_formats

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        s.call("export", folder)
        assert s.app.export is not None
        graphs = {hashlib.sha256(path.read_bytes()).hexdigest(): path for path in sorted(folder.glob("*.onnx"))}
        files = [path for digest, path in graphs.items() if digest not in measured]
        measured |= graphs.keys()
        if not files:
            return {}
        feeds = gather_feeds(s.app.export.load, folder, s.unseen()[:real])
        return {name: one.value for name, one in measure_formats(files, feeds, real=real, random=random).items()}
