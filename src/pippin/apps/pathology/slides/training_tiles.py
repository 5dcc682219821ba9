"""Slides with annotations beside them as labelled tiles: NAME.svs with NAME.geojson."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pippin.apps.pathology.config import PathologyConfig
from pippin.apps.pathology.images.folders import compile_group, match_group
from pippin.apps.pathology.images.medmnist import FoundImages, LabelledImage, organ_of
from pippin.apps.pathology.slides.geojson import label_points, read_areas
from pippin.apps.pathology.slides.reader import Slide, is_slide, open_slide
from pippin.apps.pathology.slides.tiles import TileImage, span_of, tissue_grid
from pippin.core.errors import PippinError

MIN_SLIDES = 3  # from which whole slides stay in one part
ANNOTATIONS = ".geojson"


def annotated_slides(folder: Path) -> list[Path]:
    """Return the slides of a folder that have annotations beside them."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and is_slide(path) and path.with_suffix(ANNOTATIONS).is_file()
    )


def read_slides(folder: Path, paths: list[Path], config: PathologyConfig) -> FoundImages:
    """Return the tiles that lie in annotated areas, labelled by the area's class.

    All tiles of a slide (or of a patient, by `config.group` on the slide's name) stay in one part; of fewer than three
    slides, those of an area.
    """
    by_area = len(paths) < MIN_SLIDES and not config.group
    images = [image for path in paths for image in _tiles(path, config, by_area=by_area)]
    if not images:
        raise PippinError(f"No tile of the slides in {folder} lies in an annotated area; check the annotations.")
    notes = [f"{len(images)} tiles of {len(paths)} slides, at {config.microns} µm a pixel, in annotated areas."]
    if by_area:
        notes.append(
            f"There are fewer than {MIN_SLIDES} slides, so tiles of one slide lie in several parts (of one area they "
            "do not): scores on them flatter."
        )
    return FoundImages(images, organ_of(folder), "tiles of annotated slides", notes, has_patients=bool(config.group))


def _tiles(path: Path, config: PathologyConfig, *, by_area: bool) -> list[LabelledImage]:
    slide = open_slide(path)
    areas = read_areas(path.with_suffix(ANNOTATIONS))
    grid = tissue_grid(slide, span_of(slide, config.microns, None))
    labels, owners = label_points(areas, np.asarray(grid.centres()))
    group = _group(slide, config)
    found = []
    for index, (label, owner) in enumerate(zip(labels, owners, strict=True)):
        if label:
            left, top, right, _ = grid.box(index)
            name = f"{slide.name}:{left},{top}"
            tile = TileImage(None, None, name, "image/png", path, left, top, right - left)
            found.append(LabelledImage(tile, label, "", f"{group} {owner}" if by_area else group))
    return found


def _group(slide: Slide, config: PathologyConfig) -> str:
    return match_group(compile_group(config.group), slide.name) if config.group else slide.name
