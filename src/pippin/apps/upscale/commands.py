"""Commands of `upscale`'s own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

from pippin.apps.upscale.sizes import MAX_SIDE, Size
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.files import write_bytes
from pippin.core.inputs import Input
from pippin.core.report.formatting import duration
from pippin.core.report.report import Report

USUAL = (1000, 1000, 1)  # height, width and count, where no size is told
SIZE = re.compile(r"(\d{1,6})x(\d{1,6})(?:\*(\d{1,7}))?")


def sample(
    context: Context,
    folder: Annotated[Path, "where to write the images"],
    *,
    scale: Annotated[int, "how many times smaller"] = 2,
) -> Report:
    """Write small sample images and their originals into FOLDER.

    The originals lie in FOLDER/large.
    """
    from pippin.apps.upscale.data import LowResInput
    from pippin.apps.upscale.photographs import SOURCES, photographs
    from pippin.apps.upscale.sample import rendered

    real, scenes = photographs(), rendered()
    for image in (*real, *scenes):
        name = Path(image.name).name
        write_bytes(folder / Path(name).with_suffix(".png"), LowResInput(original=image, scale=scale).read())
        write_bytes(folder / "large" / name, image.read())
    told = [f"{Path(image.name).name}: {SOURCES[Path(image.name).name]}, from scikit-image." for image in real]
    return Report(
        title=f"{len(real) + len(scenes)} images in {folder}",
        notes=(*told, f"{len(scenes)} scenes, rendered-*.png, were rendered by this project; they are no photographs."),
        payload={"folder": str(folder), "pictures": len(real) + len(scenes), "photographs": len(real)},
        next=f"pippin upscale {folder / Path((*real, *scenes)[0].name).with_suffix('.png').name}",
    )


def added(context: Context, image: Annotated[Any, "a photograph"], **config: Any) -> Report:
    """Show what the network added to a photograph.

    The report also measures how far the result is still that photograph.
    """
    from pippin.apps.upscale.explain import layer
    from pippin.learn.vision.image_files import images

    item = image if isinstance(image, Input) else images(image)[0]
    learner = context.learner(**config)
    return layer(learner, item)


def pace(
    context: Context,
    *,
    sizes: Annotated[str, "of images in pixels, and how many of each: 640x480*250,4000x3000"] = "",
    **config: Any,
) -> Report:
    """Estimate how long images take with these settings.

    The estimate is for this machine.
    """
    from pippin.apps.upscale.enlargement import ImageEnlarger
    from pippin.apps.upscale.predictions import seconds_for_sizes

    learner = context.learner(**config)
    assert isinstance(learner, ImageEnlarger)
    images = _sizes(sizes)
    pixels = sum(count * height * width for height, width, count in images)
    seconds = seconds_for_sizes(learner, images)
    return Report(
        title=f"A megapixel takes {duration(1e6 * seconds / pixels)}",
        summary=f"To become {Size.of(learner.config).words}, by each network timed on one tile.",
        payload={"seconds_a_megapixel": 1e6 * seconds / pixels, "seconds": seconds, "scale": learner.own_scale},
    )


def probe(context: Context, clip: Annotated[Any, "a video"], **config: Any) -> Report:
    """Describe a video and estimate how long it takes.

    The estimate is for these settings on this machine.
    """
    from pippin.apps.upscale.predictions import seconds_for_sizes
    from pippin.apps.upscale.video_reader import open_film

    film = open_film(_one(clip))
    learner = context.learner(**config)
    height, width = film.size
    seconds = seconds_for_sizes(learner, [(height, width, film.frames)])
    return Report(
        title=f"{film.frames} frames of {width} x {height} pixels take at most {duration(seconds)}",
        summary=f"It runs {duration(film.seconds)}; to become {Size.of(learner.config).words}. What does not change "
        "from frame to frame takes no time.",
        notes=film.notes,
        payload={"seconds": seconds, "frames": film.frames, "width": width, "height": height, "runs": film.seconds},
    )


def clip(
    context: Context,
    film: Annotated[Any, "a video"],
    *,
    out: Annotated[Path, "the folder of the result"] = Path(),
    **config: Any,
) -> Report:
    """Upscale one video in a process of its own.

    The result is that of `predict`.
    """
    report = context.run("predict", _one(film), out=out, **config)
    return report


def _one(argument: Any) -> Input:
    """Return the input an argument means: itself, a file, or the only one in a folder."""
    from pippin.apps.upscale.video_inputs import expand

    if isinstance(argument, Input):
        return argument
    folder = Path(argument)
    if folder.is_dir():
        files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
        if len(files) != 1:
            raise PippinError(f"{argument} holds {len(files)} files; name one video.", input=argument)
        return expand(str(files[0]))[0]
    return expand(argument)[0]


def _sizes(text: str) -> list[tuple[int, int, int]]:
    """Read heights, widths and counts; PippinError where one is no size."""
    found = []
    for one in filter(None, (part.strip() for part in text.split(","))):
        match = SIZE.fullmatch(one)
        width, height, count = (int(part or 1) for part in match.groups()) if match else (0, 0, 0)
        if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE and count):
            raise PippinError(f"--sizes must be WIDTHxHEIGHT in pixels, not {one[:40]}.", input=one[:40])
        found.append((height, width, count))
    return found or [USUAL]
