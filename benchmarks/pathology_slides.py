"""How long `pathology` takes for a slide's tiles, and what looking at half of them costs.

Everything is rendered: slides in the manner of stained tissue with sparse and crowded nuclei. A tile model learns from
four of them; others are answered. Each seed renders its own. AUC is of tiles against the areas that were drawn.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import resource
import tempfile
import time
from pathlib import Path

import numpy as np
from _results import Row, arguments, write

from pippin.apps.pathology.commands.sample import write_slides
from pippin.apps.pathology.commands.slide import choose_tiles
from pippin.apps.pathology.config import PathologyConfig
from pippin.apps.pathology.data import load
from pippin.apps.pathology.learner import PathologyLearner
from pippin.apps.pathology.rendering.tiff import write_tiff
from pippin.apps.pathology.rendering.tissue import CROWDED, MICRONS, SPARSE, pyramid, render_slide
from pippin.apps.pathology.slides.geojson import label_points, read_areas
from pippin.apps.pathology.slides.heat_map import answer_tiles, fill
from pippin.apps.pathology.slides.reader import open_slide
from pippin.apps.pathology.slides.tiles import span_of, tissue_grid
from pippin.core.run import Run
from pippin.learn.metrics import mean_interval

N_TILES = 1000
N_SCORED = 2  # slides of each seed


def train(folder: Path, seed: int) -> PathologyLearner:
    """Return a tile model that learned from four rendered slides."""
    write_slides(folder, first_seed=1000 * seed)
    config = PathologyConfig(organ="drawn")
    learner = PathologyLearner(config)
    learner.fit(load(str(folder), config), Run(folder / "run", seed=seed))
    return learner


def score(learner: PathologyLearner, path: Path, every: int) -> float:
    """Return the AUC of all tiles of a slide in annotated areas, where every Nth was looked at."""
    slide = open_slide(path)
    grid = tissue_grid(slide, span_of(slide, MICRONS, None))
    answers = answer_tiles(learner, slide, grid, choose_tiles(grid, every))
    heat = fill(grid, answers.indices, answers.shares[:, learner.labels.index(CROWDED)])
    labels = np.array(label_points(read_areas(path.with_suffix(".geojson")), grid.centres())[0])
    above = heat[labels == CROWDED][:, None] > heat[labels == SPARSE]
    equal = heat[labels == CROWDED][:, None] == heat[labels == SPARSE]
    return float((above + 0.5 * equal).mean())


def clock(learner: PathologyLearner, folder: Path) -> tuple[float, int]:
    """Return the CPU seconds that 1,000 tiles of a large slide took, tissue search included, and levels it had."""
    pixels = np.tile(render_slide(7).pixels, (6, 5, 1))  # thirty pieces of tissue
    path = folder / "large.tiff"
    write_tiff(path, pyramid(pixels), MICRONS)
    start = time.process_time()
    slide = open_slide(path)
    grid = tissue_grid(slide, span_of(slide, MICRONS, None))
    answer_tiles(learner, slide, grid, np.arange(len(grid.places))[:N_TILES])
    assert len(grid.places) >= N_TILES
    return time.process_time() - start, slide.levels


def main() -> None:
    """Measure, and write the results."""
    seeds = arguments(__doc__, seeds=5).seeds
    whole, half = [], []
    seconds, levels = 0.0, 0
    for seed in range(seeds):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            learner = train(folder / "train", seed)
            tests = write_slides(folder / "test", N_SCORED, 1000 * seed + 500)
            whole += [score(learner, path, 1) for path in tests]
            half += [score(learner, path, 2) for path in tests]
            if seed == 0:
                seconds, levels = clock(learner, folder)
        print(seed, whole[-N_SCORED:], half[-N_SCORED:], round(seconds, 1), flush=True)
    losses = [one - other for one, other in zip(whole, half, strict=True)]
    slides = f"{len(whole)} rendered slides, {seeds} trainings"
    lost, all_tiles, half_tiles = (mean_interval(values) for values in (losses, whole, half))
    rows = [
        Row("1,000 tiles of 224 pixels", seconds, "CPU s", aim="at most 15", note=f"one thread, {levels} levels"),
        Row("AUC of tiles", all_tiles.value, "", all_tiles.low, all_tiles.high, "", None, slides),
        Row("AUC at half the tiles", half_tiles.value, "", half_tiles.low, half_tiles.high, "", None, slides),
        Row("loss of AUC at half the tiles", lost.value, "", lost.low, lost.high, "", None, slides),
    ]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    write("pathology_slides", "Rendered slides: speed, and half the tiles", rows, peak_memory_mb=memory)


if __name__ == "__main__":
    main()
