"""`sample` writes rendered images, and rendered slides with annotations, to try the application on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pippin.apps.pathology.config import PathologyConfig
from pippin.apps.pathology.data import load
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.files import write_bytes, write_json
from pippin.core.report.report import Report

N_SLIDES = 4


def sample(
    context: Context,
    folder: Annotated[Path, "a new or empty folder to write to"],
    *,
    organ: Annotated[str, "breast or chest: which images are drawn"] = "breast",
) -> Report:
    """Write rendered images and slides to try it on.

    None shows a patient: `images/LABEL/N.png` and `slides/N.tiff` with `slides/N.geojson`.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise PippinError(f"{folder} is there and not an empty folder; name another.", input=folder)
    data = load(None, PathologyConfig(organ=organ))
    for number, example in enumerate(data.examples):
        write_bytes(
            folder / "images" / str(example.answer).replace("/", "-") / f"{number:03}.png", example.input.read()
        )
    write_slides(folder / "slides")
    return Report(
        title=f"{len(data.examples)} rendered images and {N_SLIDES} rendered slides in {folder}",
        notes=("They are drawn by rules; none shows a patient.",),
        payload={"folder": str(folder), "images": len(data.examples), "slides": N_SLIDES},
        next=f"pippin {context.name} train {folder / 'slides'} --organ rendered",
    )


def write_slides(
    folder: Path, count: int = N_SLIDES, first_seed: int = 0, columns: int = 9, rows: int = 7
) -> list[Path]:
    """Write rendered slides of so many tiles with their annotations; returns the slides."""
    from pippin.apps.pathology.rendering.tiff import write_tiff
    from pippin.apps.pathology.rendering.tissue import MICRONS, pyramid, render_slide

    paths = []
    for number in range(count):
        rendered = render_slide(first_seed + number, columns, rows)
        path = folder / f"rendered-{number + 1}.tiff"
        write_tiff(path, pyramid(rendered.pixels), MICRONS)
        write_json(path.with_suffix(".geojson"), rendered.areas)
        paths.append(path)
    return paths
