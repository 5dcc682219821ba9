"""The network that enlarges: trained by PyTorch, answering through ONNX Runtime, and taught by pairs of pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from pippin.apps.upscale import teaching
from pippin.apps.upscale.data import pixels
from pippin.apps.upscale.enlarging import Enlarging, as_file, processors, strength_of
from pippin.apps.upscale.files import open_photograph
from pippin.apps.upscale.model import Model, Shape
from pippin.apps.upscale.presets import PRESETS, preset_of
from pippin.apps.upscale.tiles import Enlarger
from pippin.core.data import Dataset
from pippin.core.errors import PippinError, missing_extra
from pippin.core.files import read_json, write_bytes, write_json
from pippin.core.kinds import Input
from pippin.core.learner import Saved, Taught
from pippin.core.report import Report
from pippin.core.run import Run
from pippin.learn.onnx_session import session

MOST = 300_000_000  # pixels to learn from; of more photographs, less of each
MODEL, FACTS = "upscale.onnx", "upscale.json"
USE = (
    "`picture`: float32 [1,3,h+2*radius,w+2*radius] in 0..1, RGB, mirrored at its borders; the larger picture is "
    "`bicubic` + `added`, clipped to 0..1."
)


class Network(Enlarging):
    """Follows core.learner's protocols; what it is taught changes its last convolution."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.config = dict(config)
        self.preset = PRESETS[preset_of(config)]
        self.model: Model | None = None
        self.lessons = teaching.Lessons()
        self.branches: dict[str, np.ndarray] = {}

    @property
    def shape(self) -> Shape:
        """Of the network, as the settings say."""
        return Shape(self.config["scale"], self.preset.channels, self.preset.width, self.preset.blocks)

    @property
    def ready(self) -> Model:
        """The network with what it was taught."""
        if self.model is None:
            raise PippinError("This network has learned nothing yet.")
        return self.lessons.applied(self.model)

    def enlarger(self) -> Enlarger:
        """The network with the strength asked for."""
        model, strength = self.ready, strength_of(self.config)
        return Enlarger(model, model.shape.scale, model.shape.radius, strength, processors())

    def fit(self, data: Dataset, run: Run) -> None:
        """Learn from `data.train` and `data.val`; a network loaded before lends what fits of it."""
        try:
            from pippin.apps.upscale import graph
            from pippin.apps.upscale.training import learned
        except ImportError as problem:
            raise missing_extra("torch", "train", "Training") from problem
        examples = data.train + data.val
        each = MOST // len(examples)
        photographs = [_middle(pixels(example.answer), each) for example in examples]
        before = self.ready.weights if self.model else {}
        network = learned(photographs, self.shape, self.preset, run, before)
        graphs = {"network": graph.network(self.shape), "features": graph.features(self.shape)}
        self.model = Model(self.shape, network.collapsed(), graphs)
        self.branches = network.branches()
        self.lessons = teaching.Lessons(usual=teaching.usual(self.model, [example.input for example in examples]))

    def update(self, items: Sequence[Taught]) -> None:
        """Take in pairs of a picture and what it should have become."""
        assert self.model is not None
        self.lessons.add(self.model, items)

    def save(self) -> Saved:
        """The kernels, the graphs that say how they go together, and what is usual in what the last one sees."""
        model = self.ready  # with what it was taught, which a later lesson then starts from
        tensors = {**model.weights, **self.branches, **self.lessons.save()}
        files = {f"{name}.onnx": content for name, content in model.graphs.items()}
        return Saved(tensors, {"shape": model.facts}, files)

    def load(self, saved: Saved) -> None:
        """Become the learner that was saved; PippinError where something of it is missing."""
        try:
            shape = Shape(**saved.config["shape"])
            names = [f"{number}.{part}" for number in range(shape.layers) for part in ("weight", "bias")]
            weights = {name: saved.tensors[name] for name in names}
            graphs = {name: saved.files[f"{name}.onnx"] for name in ("network", "features")}
            self.lessons = teaching.Lessons.load(saved.tensors)
        except (KeyError, TypeError) as problem:
            raise PippinError(f"The model lacks {problem}: another Pippin made it; train it again.") from problem
        self.branches = {name: array for name, array in saved.tensors.items() if name.startswith("branches.")}
        self.model = Model(shape, weights, graphs)

    def explain(self, input: Input | None, data: Callable[[], Dataset] | None = None) -> Report:
        """What its filters look for, or what it added to a picture and where."""
        from pippin.apps.upscale import explain

        return explain.model(self) if input is None else explain.picture(self, input)

    def export(self, folder: Path) -> list[Path]:
        """The network with what it was taught as one ONNX file, and a JSON file on how to use it."""
        from pippin.apps.upscale import graph

        model = self.ready
        write_bytes(folder / MODEL, graph.filled(model.graphs["network"], model.weights))
        write_json(folder / FACTS, {**asdict(model.shape), "radius": model.shape.radius, "use": USE})
        return [folder / MODEL, folder / FACTS]


def exported(folder: Path) -> Callable[[Sequence[Input]], list[bytes]]:
    """A function from pictures to larger ones (as files) that uses nothing but the exported files."""
    facts, opened = read_json(folder / FACTS), session(folder / MODEL)

    def network(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        bicubic, added = opened.run(["bicubic", "added"], {"picture": picture})
        return bicubic, added

    enlarger = Enlarger(network, facts["scale"], facts["radius"])
    return lambda inputs: [as_file(item, enlarger, open_photograph(item).format, "").read() for item in inputs]


def _middle(photograph: np.ndarray, most: int) -> np.ndarray:
    """At most so many pixels from the middle of a photograph."""
    share = min(1.0, (most / (photograph.shape[0] * photograph.shape[1])) ** 0.5)
    height, width = (max(1, round(share * side)) for side in photograph.shape[:2])
    top, left = (photograph.shape[0] - height) // 2, (photograph.shape[1] - width) // 2
    return photograph[top : top + height, left : left + width]
