"""How near the built-in models of `upscale` come to Set5 and Set14, at what cost, beside bicubic and edge filters.

Needs those images (`--data`: a folder with `Set5` and `Set14`). `large` makes 400 megapixels and measures the memory.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", VIPS_CONCURRENCY="1")

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from _results import Row, write
from PIL import Image

from pippin.apps.upscale import application
from pippin.apps.upscale.classical import Bicubic, EdgeFilters
from pippin.apps.upscale.colour import LUMA
from pippin.apps.upscale.data import downscale, pixels
from pippin.apps.upscale.enlargement import upscaled_rows
from pippin.apps.upscale.image_io import open_photograph
from pippin.apps.upscale.learner import UpscaleLearner
from pippin.apps.upscale.metrics import measured
from pippin.apps.upscale.onnx_model import SLOPE
from pippin.apps.upscale.tiling import TiledUpscaler
from pippin.core.artifact import read_artifact
from pippin.core.inputs import Image as ImageInput
from pippin.learn.metrics import bootstrap
from pippin.learn.plots.image_grids import png

DATA = Path(__file__).parents[1].parent / "shared/data/upscale"
AIMS = {("Set5", 2, "clean"): 37.4, ("Set14", 2, "clean"): 32.9, ("Set5", 4, "clean"): 31.0, ("Set5", 3, "clean"): 33.4}
AIMS |= {("Set5", 2, "best"): 37.7}
COSTS = {"clean": 0.6, "best": 2.5}
MEGAPIXELS = 100
LARGE = """
import sys, time
from pathlib import Path
import pippin, resource
start = time.process_time()
pippin.predict("upscale", sys.argv[1], out=Path(sys.argv[2]), preset="clean", model="builtin")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time() - start)
"""


def learners(scale: int, preset: str) -> tuple[UpscaleLearner, EdgeFilters] | None:
    """The built-in model for these, and the edge filters fitted on the same photographs; None where there is none."""
    variant = application.variant(application.configure({"scale": scale, "preset": preset}))
    folder = application.builtin_for(variant)
    if not (folder / "artifact.json").exists() or read_artifact(folder).variant != variant:
        return None
    artifact = read_artifact(folder)
    network, filters = (
        UpscaleLearner(application.config.read(artifact.facts["config"])),
        EdgeFilters(application.config.read(artifact.facts["config"])),
    )
    network.load(artifact.part("model"))
    filters.load(artifact.part("baseline"))
    return network, filters


def one_thread(learner: Any) -> TiledUpscaler:
    """What enlarges, on one thread."""
    return replace(learner.enlarger(), threads=1)


def compared(folder: Path, scale: int, ways: dict[str, TiledUpscaler]) -> dict[str, dict[str, np.ndarray]]:
    """Each way's measures over the images of a folder, with the CPU seconds for a megapixel it makes."""
    found: dict[str, dict[str, list[float]]] = {name: {} for name in ways}
    for path in sorted(folder.glob("*.png")):
        original = pixels(ImageInput.of(path))
        small = ImageInput(content=png(Image.fromarray(downscale(original, scale, None))), name=path.name)
        for name, enlarger in ways.items():
            start = time.process_time()
            large = np.concatenate(list(upscaled_rows(open_photograph(small), enlarger)))
            seconds = time.process_time() - start
            values = measured(np.broadcast_to(large, (*large.shape[:2], 3)), original, scale)
            values["cost"] = seconds / (large.shape[0] * large.shape[1] / 1e6)
            for measure, value in values.items():
                found[name].setdefault(measure, []).append(value)
    return {name: {measure: np.array(values) for measure, values in by.items()} for name, by in found.items()}


def mean(values: np.ndarray) -> Any:
    """With its interval."""
    return bootstrap(lambda drawn: float(drawn.mean()), values)


def clean(data: Path) -> None:
    """Set5 and Set14, made smaller as the literature does."""
    rows, costs, kept = [], [], {}
    for scale, preset in ((2, "clean"), (3, "clean"), (4, "clean"), (2, "best")):
        found = learners(scale, preset)
        if found is None:
            continue
        network, filters = found
        ways = {"network": one_thread(network), "filters": one_thread(filters)}
        ways["bicubic"] = one_thread(Bicubic(network.config))
        for name in ("Set5", "Set14"):
            by = compared(data / name, scale, ways)
            kept[f"{name} x{scale} {preset}"] = {way: {m: v.tolist() for m, v in ms.items()} for way, ms in by.items()}
            score, others = mean(by["network"]["psnr_y"]), {way: by[way]["psnr_y"].mean() for way in by}
            note = f"bicubic {others['bicubic']:.2f}; SSIM {by['network']['ssim_y'].mean():.4f}"
            aim = AIMS.get((name, scale, preset))
            what = f"{name} x{scale}, `{preset}`: PSNR-Y"
            told = f"at least {aim}" if aim else ""
            rows.append(Row(what, score.value, "dB", score.low, score.high, told, others["filters"], note))
        cost = {way: float(by[way]["cost"].mean()) for way in by}  # of Set14
        limit = COSTS.get(preset) if scale == 2 else None
        note = f"bicubic in numpy {cost['bicubic']:.2f}"
        told = f"at most {limit}" if limit else ""
        what = f"x{scale}, `{preset}`: CPU seconds for a megapixel made, one thread"
        costs.append(Row(what, cost["network"], "s", aim=told, classical=cost["filters"], note=note))
    write("upscale_clean", "Larger photographs", rows + costs, images=kept)


def degraded(data: Path) -> None:
    """What a megapixel costs where the network for degraded images is taken."""
    found = learners(2, "photo")
    if found is None:
        return
    way = {"photo": replace(found[0].slowest(), threads=1)}
    cost = mean(compared(data / "Set14", 2, way)["photo"]["cost"])
    what = "x2, for degraded images: CPU seconds for a megapixel made, one thread"
    write("upscale_photo", "Degraded photographs: cost", [Row(what, cost.value, "s", cost.low, cost.high)])


def runtime(data: Path) -> None:
    """The same network by ONNX Runtime and by PyTorch (channels last), in turn, one thread each."""
    import torch
    from torch.nn import functional as F

    found = learners(2, "clean")
    if found is None:
        return
    torch.set_num_threads(1)
    model, side = found[0].ready, 256
    radius, layers = model.shape.radius, model.shape.layers
    image = np.random.default_rng(0).random((1, 3, side + 2 * radius, side + 2 * radius), np.float32)
    numbers = [
        [torch.from_numpy(model.weights[f"{n}.{part}"].astype(np.float32)) for part in ("weight", "bias")]
        for n in range(layers)
    ]
    kernels = [(weight.contiguous(memory_format=torch.channels_last), bias) for weight, bias in numbers]

    @torch.no_grad()
    def by_torch() -> None:
        x = torch.from_numpy(np.einsum("c,nchw->nhw", LUMA.astype(np.float32), image))[:, None]
        x = x.contiguous(memory_format=torch.channels_last)
        for number, (weight, bias) in enumerate(kernels):
            x = F.conv2d(x, weight, bias)
            x = F.leaky_relu(x, SLOPE) if number < layers - 1 else x
        F.pixel_shuffle(x, 2)

    seconds: dict[str, list[float]] = {"onnx": [], "torch": []}
    for _ in range(15):
        for name, run in (("onnx", lambda: model(image)), ("torch", by_torch)):
            start = time.process_time()
            run()
            seconds[name].append((time.process_time() - start) / (4 * side**2 / 1e6))
    onnx, other = (np.array(seconds[name][2:]) for name in ("onnx", "torch"))
    ratio = bootstrap(lambda a, b: float(np.median(a) / np.median(b)), onnx, other)
    note = f"{np.median(onnx):.2f} against {np.median(other):.2f} CPU s for a megapixel; it is what runs the network"
    what = "ONNX Runtime's time over PyTorch's (channels last), x2 `clean`, tiles of 256"
    write("upscale_runtime", "What runs the network", [Row(what, ratio.value, "×", ratio.low, ratio.high, note=note)])


def training(data: Path) -> None:
    """How long the built-in models learned, as their cards have it."""
    rows = []
    ways = [(2, "clean", 240), (3, "clean", 30), (4, "clean", 30), (2, "best", None)]
    for scale, preset, aim in (*ways, *((scale, "photo", None) for scale in (1, 2, 3, 4))):
        if learners(scale, preset) is None:
            continue
        config = application.configure({"scale": scale, "preset": preset})
        facts = read_artifact(application.builtin_for(application.model.variant(config))).facts
        note = "beside another training; " + ("began with the body for x2" if facts["parent"] else "from nothing")
        minutes = facts["history"][-1]["seconds"] / 60
        told = f"at most {aim}" if aim else ""
        rows.append(Row(f"x{scale}, `{preset}`: learning on one core", minutes, "minutes", aim=told, note=note))
    write("upscale_training", "Learning to enlarge", rows)


def large(data: Path) -> None:
    """An image of 100 megapixels: how much memory it takes."""
    side = int((MEGAPIXELS * 1e6) ** 0.5)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.jpg"
        tile = np.asarray(Image.open(data / "Set14" / "zebra.png").convert("RGB"))
        times = (-(-side // tile.shape[0]), -(-side // tile.shape[1]), 1)
        Image.fromarray(np.tile(tile, times)[:side, :side]).save(path, quality=90)
        done = subprocess.run(
            [sys.executable, "-c", LARGE, str(path), folder], capture_output=True, text=True, check=True
        )
        memory, seconds = map(float, done.stdout.split())
    note = f"{seconds / 60:.1f} CPU minutes, threads on all cores"
    what = f"{MEGAPIXELS} megapixels become {4 * MEGAPIXELS}: largest memory"
    write("upscale_large", "A very large photograph", [Row(what, memory / 1e6, "GB", aim="at most 2", note=note)])


def main() -> None:
    """Measure all, or the parts named."""
    parser = argparse.ArgumentParser(description=__doc__)
    todo: dict[str, Callable[[Path], None]] = {"clean": clean, "degraded": degraded, "runtime": runtime}
    todo |= {"training": training, "large": large}
    parser.add_argument("parts", nargs="*", default=list(todo))
    parser.add_argument("--data", type=Path, default=DATA)
    chosen = parser.parse_args()
    for part in chosen.parts:
        todo[part](chosen.data)


if __name__ == "__main__":
    main()
