"""Commands of `upscale`'s own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pippin.core.files import write_bytes
from pippin.core.report import Report
from pippin.core.workspace import Workspace


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
