"""Commands of the application's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pippin.core.context import Context
from pippin.core.files import write_bytes
from pippin.core.report.report import Report

from .data import load_digits


def sample(context: Context, folder: Annotated[Path, "where to put it"] = Path("sample")) -> Report:
    """Write the sample as images in folders, the form in which your own data may come."""
    examples, _ = load_digits()
    for number, example in enumerate(examples):
        write_bytes(Path(folder) / example.answer / f"{number:04}.png", example.input.read())
    return Report(
        title=f"{len(examples)} images in {folder}, in folders named by what they show",
        payload={"application": context.name, "folder": str(folder), "images": len(examples)},
        next=f"pippin {context.name} train {folder}",
    )
