"""Slides larger than memory: rendered ones of gigapixels, whose tiles share their bytes, within bounded memory."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PilImage

from pippin.apps.pathology.rendering.tiff import TILE, _append_directory, _entries
from pippin.apps.pathology.rendering.tissue import BLUE, GLASS, PINK
from pippin.apps.pathology.slides.reader import open_slide
from pippin.apps.pathology.slides.tiles import span_of, tissue_grid
from pippin.core.errors import PippinError

pytest.importorskip("openslide", reason="slides need the extra pathology")

ALLOWED = 300  # MB on top of what a small slide takes

READING = """
import json, resource, sys
from pathlib import Path
import pippin
from pippin.apps.pathology.config import PathologyConfig
from pippin.apps.pathology.learner import PathologyLearner
from pippin.apps.pathology.slides.heat_map import answer_tiles, draw_heat, fill
from pippin.apps.pathology.slides.reader import open_slide
from pippin.apps.pathology.slides.tiles import span_of, tissue_grid
from pippin.core.artifact import read_artifact
import numpy as np

learner = PathologyLearner(PathologyConfig(organ="breast"))
learner.load(read_artifact(Path(pippin.__file__).parent / "apps/pathology/model/breast").part("model"))
found = []
for path, microns in zip(sys.argv[1::2], map(float, sys.argv[2::2])):
    slide = open_slide(Path(path))
    grid = tissue_grid(slide, span_of(slide, microns, None))
    indices = np.arange(len(grid.places))
    answers = answer_tiles(learner, slide, grid, indices)
    draw_heat(slide.overview(4096), slide, grid, fill(grid, indices, answers.shares[:, 0]))
    found.append([len(indices), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024])
print(json.dumps(found))
"""


def write_shared(path: Path, width: int, height: int, levels: int) -> Path:
    """Write a slide whose tiles are tissue or, at the left, glass: each kind lies in the file once."""
    tissue = np.tile(np.array([PINK, PINK, BLUE], np.uint8)[:, None], (TILE // 3 + 1, TILE, 1))[:TILE]
    packed = [zlib.compress(pixels.tobytes()) for pixels in (np.full((TILE, TILE, 3), GLASS, np.uint8), tissue)]
    content, places, link = bytearray(b"II*\0" + bytes(4)), [], 4
    for tile in packed:
        places.append(len(content))
        content += tile
    for number in range(levels):
        across, down = -(-width // TILE), -(-height // TILE)
        kinds = [int(column >= across // 4) for _ in range(down) for column in range(across)]
        level = np.broadcast_to(np.uint8(0), (height, width, 3))
        offsets, counts = [places[kind] for kind in kinds], [len(packed[kind]) for kind in kinds]
        content += bytes(len(content) % 2)
        struct.pack_into("<I", content, link, len(content))
        link = _append_directory(content, _entries(level, number > 0, offsets, counts, 0.5 * 2**number))
        width, height = width // 2, height // 2
    path.write_bytes(content)
    return path


def test_memory_does_not_grow_with_the_slide(tmp_path: Path) -> None:
    small = write_shared(tmp_path / "small.tiff", 2048, 2048, 2)
    huge = write_shared(tmp_path / "huge.tiff", 61_440, 40_960, 7)  # 7.5 GB of pixels
    assert huge.stat().st_size < 2_000_000
    given = [small, 4.0, huge, 16.0]
    done = subprocess.run(
        [sys.executable, "-c", READING, *map(str, given)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (few, base), (many, peak) = json.loads(done.stdout)
    assert 0 < few < many
    assert many > 30
    assert peak - base < ALLOWED


def test_too_many_tiles_are_refused_before_any_is_read(tmp_path: Path) -> None:
    slide = open_slide(write_shared(tmp_path / "huge.tiff", 61_440, 40_960, 7))
    with pytest.raises(PippinError, match="give larger --microns"):
        tissue_grid(slide, span_of(slide, 0.05, None))


def test_a_slide_cut_off_is_told_wherever_it_ends(tmp_path: Path) -> None:
    whole = write_shared(tmp_path / "whole.tiff", 3000, 2000, 1).read_bytes()
    for share in (0.02, 0.3, 0.6, 0.95):
        path = tmp_path / f"cut-{share}.tiff"
        path.write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(PippinError) as problem:
            find_tiles(path)
        assert path.name in problem.value.message
        assert len(problem.value.message) < 300


def find_tiles(path: Path) -> None:
    slide = open_slide(path)
    tissue_grid(slide, span_of(slide, 0.5, None))


def test_an_ordinary_image_of_any_size_is_told_or_read(tmp_path: Path) -> None:
    PilImage.new("RGB", (900, 700), tuple(PINK.tolist())).save(tmp_path / "a.png")
    slide = open_slide(tmp_path / "a.png")
    assert (slide.width, slide.levels) == (900, 1)
    assert len(tissue_grid(slide, 224).places) > 6
