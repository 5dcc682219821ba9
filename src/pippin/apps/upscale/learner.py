"""The network that enlarges: trained by PyTorch, answering through ONNX Runtime, and taught by pairs of images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np

from pippin.apps.upscale import corrections
from pippin.apps.upscale.config import UpscaleConfig
from pippin.apps.upscale.data import pixels
from pippin.apps.upscale.deconvolution import BlurFit, Deconvolution, describe_blur, find_blur, wiener
from pippin.apps.upscale.degradation import CONDITIONS
from pippin.apps.upscale.enlargement import strength_of
from pippin.apps.upscale.estimation import (
    clean_share,
    jpeg_quality,
    overridden,
    readable,
    strength_for,
    tiles_of,
    with_quality,
)
from pippin.apps.upscale.image_io import open_photograph
from pippin.apps.upscale.onnx_model import Model, Shape, choose
from pippin.apps.upscale.presets import PRESETS, preset_of
from pippin.apps.upscale.reasons import Cause, describe
from pippin.apps.upscale.sizes import denoising, learning_scale
from pippin.apps.upscale.tiling import TiledUpscaler
from pippin.apps.upscale.upscaler import UpscaleBase
from pippin.core.data import Dataset
from pippin.core.errors import PippinError, missing_extra
from pippin.core.inputs import Input
from pippin.core.run import Run
from pippin.core.values import Correction, SavedState
from pippin.learn.threads import usable_threads

HELD_OUT, PIXELS_HELD_OUT = 8, 250_000  # photographs, and pixels of each, whose loss is shown as it learns
MOST = 300_000_000  # pixels to learn from; of more photographs, less of each


class UpscaleLearner(UpscaleBase):
    """Follows core.learner's protocols; what it is taught changes its last convolution."""

    def __init__(self, config: UpscaleConfig) -> None:
        self.config = config
        self.preset = PRESETS[preset_of(config)]
        self.model: Model | None = None
        self.clean: Model | None = None  # for clean images, beside one for degraded ones
        self.lessons, self.clean_lessons = corrections.Lessons(), corrections.Lessons()
        self._conditions: dict[str, tuple[np.ndarray, int | None]] = {}  # by an image's digest
        self._blurs: dict[str, BlurFit | None] = {}
        self.branches: dict[str, np.ndarray] = {}

    @property
    def shape(self) -> Shape:
        """Of the network, as the settings say."""
        preset = self.preset
        return Shape(learning_scale(self.config), preset.channels, preset.width, preset.blocks, preset.experts)

    @property
    def ready(self) -> Model:
        """The network with what it was taught."""
        if self.model is None:
            raise PippinError("This network has learned nothing yet.")
        return self.lessons.applied(self.model)

    @property
    def clean_ready(self) -> Model | None:
        """The network for clean images, where there is one, with what it was taught."""
        return None if self.clean is None else self.clean_lessons.applied(self.clean)

    def frozen(self) -> UpscaleLearner:
        """Return this learner as it is now: what it learns later changes no answer it has given."""
        found = copy(self)
        found.model, found.clean = self.ready, self.clean_ready
        found.lessons, found.clean_lessons = corrections.Lessons(), corrections.Lessons()
        return found

    @property
    def own_scale(self) -> int:
        """Of the network that was loaded."""
        return self.ready.shape.scale

    def enlarger(self, item: Input | None = None) -> TiledUpscaler:
        """Return the network with the strength asked for; with experts, as the image's condition asks for."""
        model, strength = self.ready, strength_of(self.config)
        if not model.shape.experts:
            strength *= self.share if model.shape.scale == 1 else 1  # all such a network does is to take noise away
            return TiledUpscaler(
                model, model.shape.scale, model.shape.radius, strength, usable_threads(), keeps_mean=True
            )
        condition, quality = np.zeros(len(CONDITIONS), np.float32), None
        if item is not None:
            condition, quality = self.condition_of(item)
        undone = self._deconvolved(item, strength)
        if undone is not None:
            return undone
        share = clean_share(condition, quality)
        network, name = choose(self.clean_ready, model.for_condition(condition), share)
        facts = {"network": name, **readable(condition)}
        if self.clean is not None or model.shape.scale == 1:  # else there is no choice to tell of
            facts["why"] = describe(share, Cause(condition, quality, denoising(self.config)))
        strength *= strength_for(share, model.shape.scale)
        return TiledUpscaler(
            network, model.shape.scale, network.radius, strength, usable_threads(), facts, keeps_mean=share > 0
        )

    def _deconvolved(self, item: Input | None, strength: float) -> TiledUpscaler | None:
        """Return what undoes an image's blur, then makes it larger as a sharp one; None where there is none."""
        fit = None if item is None or denoising(self.config) is not None else self._blurs.get(item.digest())
        scale = self.own_scale
        if fit is None or (self.lessons.pairs if scale == 1 else self.clean is None):
            return None
        network = Deconvolution(wiener(fit, scale), None if scale == 1 else self.clean_ready)
        facts = {
            "network": "deconvolution",
            "why": f"Taken as blurred ({describe_blur(fit.blur, scale)}), which was undone.",
        }
        return TiledUpscaler(network, scale, network.radius, strength, usable_threads(), facts, keeps_mean=True)

    @property
    def share(self) -> float:
        """How much of the noise to take away, 0 to 1."""
        found = denoising(self.config)
        return 1.0 if found is None else found

    def slowest(self) -> TiledUpscaler:
        """Return the upscaler of images that are not clean."""
        model = self.ready.for_condition(np.zeros(len(CONDITIONS), np.float32))
        return replace(self.enlarger(), network=model, radius=model.shape.radius)

    def condition_of(self, item: Input) -> tuple[np.ndarray, int | None]:
        """Estimate what an image went through (`degradation.CONDITIONS`), and read its JPEG quality where it has one.

        The setting `denoise` overrides noise and JPEG.
        """
        key = item.digest()
        if key not in self._conditions:
            self._conditions[key] = self._estimated(item)
        condition, quality = self._conditions[key]
        if denoising(self.config) is None:
            return condition, quality
        return overridden(condition, self.share), None

    def _estimated(self, item: Input) -> tuple[np.ndarray, int | None]:
        photograph = open_photograph(item)
        slabs = (corrections.colour_planes(slab, alpha=photograph.alpha) for slab in photograph.rows())
        tiles, quality = tiles_of(slabs, *photograph.size), jpeg_quality(item.read())
        condition = with_quality(self.ready.estimate(tiles), quality)
        self._blurs[item.digest()] = find_blur(tiles, condition, quality, self.own_scale)
        return condition, quality

    def fit(self, data: Dataset, run: Run) -> None:
        """Learn from `data.train` and `data.val`; a network loaded before lends what fits of it.

        One for clean images, of the same scale, is kept beside one that learns from degraded images.
        """
        try:
            from pippin.apps.upscale import onnx_graph
            from pippin.apps.upscale.training import learned
            from pippin.learn.nn.held_out_loss import held_out_examples
        except ImportError as problem:
            raise missing_extra("torch", "train", "Training") from problem
        examples = data.train + data.val
        each = MOST // len(examples)
        photographs = [_middle(pixels(example.answer), each) for example in examples]
        before = self._first_weights()
        with run.pause():
            apart = held_out_examples(data, learns_val=True, limit=HELD_OUT)
            held_out = [_middle(pixels(example.answer), PIXELS_HELD_OUT) for example in apart]
        network = learned(photographs, self.shape, self.preset, run, before, held_out)
        graphs = {"network": onnx_graph.network(self.shape), "features": onnx_graph.features(self.shape)}
        if self.shape.experts:
            graphs["estimator"] = onnx_graph.estimator()
        self.model = Model(self.shape, network.collapsed(), graphs)
        self.branches = network.branches()
        self.lessons = corrections.Lessons(usual=corrections.usual(self.model, [example.input for example in examples]))

    def keep_clean(self, other: UpscaleLearner) -> None:
        """Copy another learner's network for clean images."""
        self.clean, self.clean_lessons = other.ready, corrections.Lessons(usual=other.lessons.usual)

    def _first_weights(self) -> Mapping[str, np.ndarray]:
        """Return the weights to begin with; a loaded network for clean images is kept beside."""
        if self.model is None:
            return {}
        if self.shape.experts and not self.model.shape.experts:
            if self.model.shape.scale == self.shape.scale:
                self.keep_clean(self)
            return {}
        if self.clean is not None and self.clean.shape.scale != self.shape.scale:
            self.clean = None
        return self.ready.weights

    def check_corrections(self, items: Sequence[Correction]) -> None:
        """Refuse pairs that do not show the same."""
        assert self.model is not None
        corrections.check(self.model, items)

    def update(self, items: Sequence[Correction]) -> None:
        """Learn from pairs of an image and the image it should have become."""
        assert self.model is not None
        self.lessons.add(self.model, items)
        if self.clean is not None:
            self.clean_lessons.add(self.clean, items)

    def save(self) -> SavedState:
        """Return the kernels, the graphs that say how they go together, and what is usual in what the last one sees."""
        model = self.ready  # with what it was taught, which a later correction then starts from
        tensors = {**model.weights, **self.branches, **self.lessons.save()}
        files = {f"{name}.onnx": content for name, content in model.graphs.items()}
        facts: dict[str, Any] = {"shape": model.facts}
        clean = self.clean_ready
        if clean is not None:
            arrays = {**clean.weights, **self.clean_lessons.save()}
            tensors |= {f"clean.{name}": array for name, array in arrays.items()}
            files |= {f"clean.{name}.onnx": content for name, content in clean.graphs.items()}
            facts["clean"] = clean.facts
        return SavedState(tensors, facts, files)

    def load(self, saved: SavedState) -> None:
        """Restore the learner that was saved."""
        self.model = _stored(saved, "shape", "")
        self.lessons = corrections.Lessons.load(saved.tensors)
        if "clean" in saved.config:
            self.clean = _stored(saved, "clean", "clean.")
            self.clean_lessons = corrections.Lessons.load({"usual": saved.tensors["clean.usual"]})
        self.branches = {name: array for name, array in saved.tensors.items() if name.startswith("branches.")}


def _stored(saved: SavedState, key: str, prefix: str) -> Model:
    """Return one of the networks that were saved; KeyError or TypeError where something of it is missing."""
    shape = Shape(**saved.config[key])
    names = ["network", "features", *(["estimator"] if shape.experts else [])]
    weights = {name: saved.tensors[prefix + name] for name in shape.names}
    return Model(shape, weights, {name: saved.files[f"{prefix}{name}.onnx"] for name in names})


def _middle(photograph: np.ndarray, most: int) -> np.ndarray:
    """Cut at most so many pixels from the middle of a photograph."""
    share = min(1.0, (most / (photograph.shape[0] * photograph.shape[1])) ** 0.5)
    height, width = (max(1, round(share * side)) for side in photograph.shape[:2])
    top, left = (photograph.shape[0] - height) // 2, (photograph.shape[1] - width) // 2
    return photograph[top : top + height, left : left + width]
