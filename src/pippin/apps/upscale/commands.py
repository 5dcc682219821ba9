"""Commands of `upscale`'s own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pippin.core.files import write_bytes
from pippin.core.kinds import Input
from pippin.core.report import Report, duration
from pippin.core.workspace import Workspace


def sample(
    workspace: Workspace,
    folder: Annotated[Path, "where to write the pictures"],
    *,
    scale: Annotated[int, "how many times smaller"] = 2,
) -> Report:
    """Write small images into FOLDER, and what each should become into FOLDER/large."""
    from pippin.apps.upscale.data import Shrunk
    from pippin.apps.upscale.photographs import SOURCES, photographs
    from pippin.apps.upscale.sample import rendered

    real, scenes = photographs(), rendered()
    for image in (*real, *scenes):
        name = Path(image.name).name
        write_bytes(folder / Path(name).with_suffix(".png"), Shrunk(original=image, scale=scale).read())
        write_bytes(folder / "large" / name, image.read())
    told = [f"{Path(image.name).name}: {SOURCES[Path(image.name).name]}, from scikit-image." for image in real]
    return Report(
        title=f"{len(real) + len(scenes)} images in {folder}",
        notes=(*told, f"{len(scenes)} scenes, rendered-*.png, were rendered by this project; they are no photographs."),
        payload={"folder": str(folder), "pictures": len(real) + len(scenes), "photographs": len(real)},
        next=f"pippin upscale {folder / Path((*real, *scenes)[0].name).with_suffix('.png').name}",
    )


def added(workspace: Workspace, picture: Annotated[Any, "a photograph"], **config: Any) -> Report:
    """Show what the network added to a photograph, and how far the result is still that photograph."""
    from pippin.apps.upscale.explain import layer
    from pippin.learn.picture_files import pictures

    item = picture if isinstance(picture, Input) else pictures(picture)[0]
    learner = workspace.verbs["learner"](workspace.application, workspace, **config)
    return layer(learner, item)


def pace(workspace: Workspace, **config: Any) -> Report:
    """Tell how long a photograph takes with these settings on this machine, before any is begun."""
    from pippin.apps.upscale.enlarging import seconds_a_pixel

    enlarger = workspace.verbs["learner"](workspace.application, workspace, **config).enlarger()
    seconds = 1e6 * seconds_a_pixel(enlarger)
    return Report(
        title=f"A megapixel takes {duration(seconds)}",
        summary=f"To become {enlarger.scale} times as wide and high, from one tile of it, timed.",
        payload={"seconds_a_megapixel": seconds, "scale": enlarger.scale},
    )
