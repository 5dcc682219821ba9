"""Commands of `upscale`'s own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pippin.apps.upscale.sizes import BOX, MAX_SIDE, Size
from pippin.core.errors import PippinError
from pippin.core.files import write_bytes
from pippin.core.kinds import Input
from pippin.core.report import Report, duration
from pippin.core.workspace import Workspace

USUAL = (1000, 1000)  # pixels, where no size is told


def sample(
    workspace: Workspace,
    folder: Annotated[Path, "where to write the pictures"],
    *,
    scale: Annotated[int, "how many times smaller"] = 2,
) -> Report:
    """Write small rendered pictures into FOLDER, and what each should become into FOLDER/large."""
    from pippin.apps.upscale.data import Shrunk
    from pippin.apps.upscale.sample import rendered

    large = rendered()
    for picture in large:
        write_bytes(folder / picture.name, Shrunk(original=picture, scale=scale).read())
        write_bytes(folder / "large" / picture.name, picture.read())
    return Report(
        title=f"{len(large)} pictures in {folder}",
        payload={"folder": str(folder), "pictures": len(large)},
        next=f"pippin upscale {folder / large[0].name}",
    )


def added(workspace: Workspace, picture: Annotated[Any, "a photograph"], **config: Any) -> Report:
    """Show what the network added to a photograph, and how far the result is still that photograph."""
    from pippin.apps.upscale.explain import layer
    from pippin.learn.picture_files import pictures

    item = picture if isinstance(picture, Input) else pictures(picture)[0]
    learner = workspace.verbs["learner"](workspace.application, workspace, **config)
    return layer(learner, item)


def pace(
    workspace: Workspace,
    *,
    sizes: Annotated[str, "of the images in pixels: 640x480,4000x3000"] = "",
    **config: Any,
) -> Report:
    """Tell how long images take with these settings on this machine."""
    from pippin.apps.upscale.enlarging import Enlarging, seconds_for

    learner = workspace.verbs["learner"](workspace.application, workspace, **config)
    assert isinstance(learner, Enlarging)
    images, find = _sizes(sizes), learner.enlargers()
    made = [learner.enlargement(height, width, find) for width, height in images]
    pixels = sum(width * height for width, height in images)
    seconds = 1e6 * seconds_for(made) / pixels
    return Report(
        title=f"A megapixel takes {duration(seconds)}",
        summary=f"To become {Size.of(learner.config).words}, by each network timed on one tile.",
        payload={"seconds_a_megapixel": seconds, "scale": learner.own_scale, "seconds": seconds * pixels / 1e6},
    )


def _sizes(text: str) -> list[tuple[int, int]]:
    """Read widths and heights; PippinError where one is no size."""
    found = []
    for one in filter(None, (part.strip() for part in text.split(","))):
        match = BOX.fullmatch(one)
        if match is None or not all(1 <= int(side) <= MAX_SIDE for side in match.groups()):
            raise PippinError(f"--sizes must be WIDTHxHEIGHT,... in pixels, not {one[:40]}.", input=one[:40])
        found.append((int(match[1]), int(match[2])))
    return found or [USUAL]
