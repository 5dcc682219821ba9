"""The networks as files for other programs, and how to enlarge by nothing but those files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pippin.apps.upscale.config import UpscaleConfig
from pippin.apps.upscale.corrections import planes_of
from pippin.apps.upscale.degradation import CONDITIONS
from pippin.apps.upscale.enlargement import Enlargement, strength_of
from pippin.apps.upscale.estimation import (
    DEGRADED_STRENGTH,
    JPEG_LIMIT,
    LIMITS,
    SURE,
    clean_share,
    estimate,
    jpeg_quality,
    overridden,
    strength_for,
    tiles_of,
    with_quality,
)
from pippin.apps.upscale.image_io import open_photograph
from pippin.apps.upscale.learner import UpscaleLearner
from pippin.apps.upscale.onnx_model import Model, Shape, choose, run
from pippin.apps.upscale.predictions import output_file
from pippin.apps.upscale.provenance import settings_of
from pippin.apps.upscale.sizes import NETWORK_SCALES, Size, denoising
from pippin.apps.upscale.tiling import TiledUpscaler
from pippin.core.errors import PippinError
from pippin.core.files import read_json, write_bytes, write_json
from pippin.core.inputs import Input
from pippin.learn.nn.onnx_session import session

Array = np.ndarray
MODEL, CLEAN, ESTIMATOR, FACTS = "upscale.onnx", "clean.onnx", "estimator.onnx", "upscale.json"
USE = (
    "`picture`: float32 [1,3,h+2*radius,w+2*radius] in 0..1, RGB, mirrored at its borders, each side a multiple of "
    "`fold`; the larger image is `bicubic` + `strength` * `added`, clipped to 0..1. `upscale` then corrects its "
    "local mean to that of `picture`, which matters for dithers and halftones."
)
CONDITIONED = (
    "`condition`: float32 [conditions], as estimator.onnx gives it for `tiles` [N,3,h,w] of the image (96 x 96 pixels, "
    "from a grid of at most 6 x 6, without flat ones; smaller ones are mirrored to 24), its first three numbers by the "
    "third of them with most detail where the first is less by that; for a JPEG file of quality q set `jpeg` to "
    "(100 - q) / 70. Where `denoise` is a number, not auto, set `noise` and `jpeg` to it and `earlier` to 0, also for "
    "a JPEG file, whose quality does not count then."
)
CLEANED = (
    "Where all |condition| are below `limits` (of a JPEG file, its `jpeg` below `jpeg_limit`), clean.onnx enlarges the "
    "image, which takes no condition and has the radius `clean.radius`; where none reaches `sure` times them, `added` "
    "is the mean of both; elsewhere `added` counts `degraded_strength` times, if the image becomes larger. `upscale` "
    "also undoes motion and clear blur of images without noise first, which this export does not."
)


def export(learner: UpscaleLearner, folder: Path) -> list[Path]:
    """Write the networks with their corrections as ONNX files, and a JSON file on how to use them."""
    return _write(learner.ready, learner.clean_ready, learner.config, folder)


def _write(model: Model, clean: Model | None, config: UpscaleConfig, folder: Path) -> list[Path]:
    """Write the networks as ONNX files, and a JSON file on how to use them; returns their paths."""
    from pippin.apps.upscale import onnx_graph

    _refuse_size(config, model.shape.scale)
    shape, use = model.shape, [USE]
    facts = _facts(shape) | {"settings": settings_of(config, [model]), "strength": strength_of(config)}
    share = denoising(config)
    files = {
        MODEL: onnx_graph.filled(
            onnx_graph.conditioned(shape) if shape.experts else model.graphs["network"], model.weights
        )
    }
    if shape.experts:
        files[ESTIMATOR] = onnx_graph.filled(model.graphs["estimator"], model.weights)
        facts |= {"conditions": CONDITIONS, "denoise": "auto" if share is None else share}
        use.append(CONDITIONED)
        facts |= {"limits": LIMITS, "jpeg_limit": JPEG_LIMIT, "sure": SURE, "degraded_strength": DEGRADED_STRENGTH}
    elif shape.scale == 1 and share is not None:  # all such a network does is to take noise away
        facts["strength"] *= share
    if clean is not None:
        files[CLEAN] = onnx_graph.filled(clean.graphs["network"], clean.weights)
        facts |= {"clean": _facts(clean.shape)}
        use.append(CLEANED)
    for name, content in files.items():
        write_bytes(folder / name, content)
    write_json(folder / FACTS, facts | {"use": " ".join(use)})
    return [folder / name for name in (*files, FACTS)]


def _refuse_size(config: UpscaleConfig, scale: int) -> None:
    """Raise PippinError where settings ask for a size that no network makes by itself: programs resize its result."""
    size = Size.of(config)
    if size.width or size.box or size.factor not in NETWORK_SCALES:
        asked = f"--fit {config.fit}" if size.box else f"--width {size.width}" if size.width else ""
        raise PippinError(
            f"An exported network makes images {scale} times as wide, not what {asked or f'--scale {size.factor:g}'} "
            "asks for; export with --scale 1, 2, 3 or 4 and resize its results.",
            input=asked or size.factor,
        )


def _facts(shape: Shape) -> dict[str, Any]:
    return {**asdict(shape), "radius": shape.radius, "fold": shape.fold}


def _shape(facts: Mapping[str, Any]) -> Shape:
    return Shape(**{name: facts[name] for name in Shape.__dataclass_fields__})


@dataclass(frozen=True)
class ExportedNetwork:
    """An ONNX file that enlarges, for images of one condition where it takes one."""

    session: Any
    shape: Shape
    more: Mapping[str, Array] = field(default_factory=dict)

    @property
    def radius(self) -> int:
        """Pixels a result needs around it."""
        return self.shape.radius

    def __call__(self, image: Array) -> tuple[Array, Array]:
        """Return a float32 image [1,3,h+2r,w+2r] -> bicubic [1,3,s*h,s*w] and what to add, [1,1,...] or [1,3,...]."""
        return run(self.session, self.shape, image, **self.more)


def load_exported(folder: Path) -> Callable[[Sequence[Input]], list[bytes]]:
    """Return a function from images to larger ones (as files) that uses nothing but the exported files."""
    facts = read_json(folder / FACTS)
    shape, opened = _shape(facts), session(folder / MODEL)
    estimator = session(folder / ESTIMATOR) if shape.experts else None
    clean = ExportedNetwork(session(folder / CLEAN), _shape(facts["clean"])) if "clean" in facts else None

    def enlarger(item: Input) -> TiledUpscaler:
        if estimator is None:
            network = ExportedNetwork(opened, shape)
            return TiledUpscaler(network, shape.scale, shape.radius, facts["strength"], keeps_mean=True)
        tiles, denoise = tiles_of([planes_of(item)], *open_photograph(item).size), facts["denoise"]
        quality = jpeg_quality(item.read()) if denoise == "auto" else None
        found = estimate(lambda part: np.asarray(estimator.run(["condition"], {"tiles": part})[0]), tiles)
        estimated = with_quality(found, quality)
        condition = overridden(estimated, denoise)
        adapted = ExportedNetwork(opened, shape, {"condition": condition})
        share = clean_share(condition, quality)
        chosen, _ = choose(clean, adapted, share)
        strength = facts["strength"] * strength_for(share, shape.scale)
        return TiledUpscaler(chosen, shape.scale, chosen.radius, strength, keeps_mean=share > 0)

    def enlarged(item: Input) -> bytes:
        photograph, size = open_photograph(item), Size(float(shape.scale))
        enlargement = Enlargement((enlarger(item),), photograph.size, size.target(*photograph.size))
        return output_file(item, lambda: enlargement, photograph.format, size.label, facts["settings"]).read()

    return lambda inputs: [enlarged(item) for item in inputs]
