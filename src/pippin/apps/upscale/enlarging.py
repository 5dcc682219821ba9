"""What every way of enlarging shares: pictures in, larger ones out, as files that keep all the others knew."""

from __future__ import annotations

import os
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from pippin.apps.upscale.files import (
    WRITERS,
    Photograph,
    kind_of,
    open_photograph,
    refuse_too_large,
    write_photograph,
)
from pippin.apps.upscale.provenance import result_name, settings_of
from pippin.apps.upscale.tiles import TILE, Enlarger
from pippin.core.errors import PippinError
from pippin.core.kinds import Input
from pippin.core.learner import File, Prediction
from pippin.core.progress import through
from pippin.core.provenance import Provenance
from pippin.core.report import counted, duration

Array = np.ndarray
WORTH_A_BAR = 16  # rows of tiles: a picture of fewer is done before anybody wonders
WORTH_A_WORD = 5  # seconds
FORMATS = ("same", *WRITERS)


class Enlarging(ABC):
    """Answers with larger pictures; what makes them is `enlarger()`, by those that build on this."""

    config: dict[str, Any]

    @abstractmethod
    def enlarger(self) -> Enlarger:
        """What makes a picture larger."""

    def predict(self, inputs: Iterable[Input]) -> Iterator[Prediction]:
        """Each picture's new size; the larger picture is made when its file is written."""
        if self.config["format"] not in FORMATS:
            raise PippinError(f"A picture can be written as {', '.join(FORMATS)}, not as {self.config['format']!r}.")
        enlarger = self.enlarger()
        for item in inputs:
            try:
                photograph = open_photograph(item)
            except PippinError as problem:
                yield Prediction(None, known=False, error=problem.message)
                continue
            height, width = (enlarger.scale * side for side in photograph.size)
            usual = photograph.format if self.config["format"] == "same" else self.config["format"]
            facts = {"width": width, "height": height, "scale": enlarger.scale}
            file = as_file(item, enlarger, usual, settings_of(self.config, (enlarger,)))
            yield Prediction(f"{width} x {height}", evidence=(facts, *photograph.notes), files=(file,))

    def foresee(self, answers: Sequence[Prediction]) -> str | None:
        """How long it will take to make the files, where it is worth a word: from one tile, timed."""
        facts = [answer.evidence[0] for answer in answers if not answer.error]
        areas = [one["width"] * one["height"] / one["scale"] ** 2 for one in facts]
        enlarger = self.enlarger()
        seconds = sum(areas) * seconds_a_pixel(enlarger)
        if seconds < WORTH_A_WORD:
            return None
        megapixels = f"{sum(areas) / 1e6:.1f} megapixels"
        return f"{counted(len(areas), 'picture')}, {megapixels}, {enlarger.scale} times as wide: {duration(seconds)}."


def seconds_a_pixel(enlarger: Enlarger) -> float:
    """How long a pixel of a picture takes to enlarge: from one tile, timed."""
    part = np.zeros((TILE + 2 * enlarger.radius, TILE + 2 * enlarger.radius, 3), np.uint8)
    enlarger.tile(part, alpha=False)  # the first time costs more
    start = time.perf_counter()
    enlarger.tile(part, alpha=False)
    return (time.perf_counter() - start) / TILE**2 / enlarger.threads


def as_file(item: Input, enlarger: Enlarger, kind: str, settings: str) -> File:
    """The larger picture, made when it is written; of `kind`, unless the file's name says otherwise."""
    name = result_name(item, f"x{enlarger.scale}", kind)
    return File(name, WRITERS[kind][0], partial(write, item, enlarger, kind, settings), settings)


def write(item: Input, enlarger: Enlarger, usual: str, settings: str, path: Path) -> tuple[str, ...]:
    """Write the larger picture to `path`, row by row, marked with what it was made of; returns notes on it."""
    photograph, kind = open_photograph(item), kind_of(path, usual)  # anew: its rows can be read once
    height, width = (side * enlarger.scale for side in photograph.size)
    refuse_too_large(photograph, (height, width), kind, path.parent)
    rows = made(photograph, enlarger)
    shown = through(rows, -(-photograph.size[0] // TILE), item.name, many=WORTH_A_BAR)
    return write_photograph(photograph, shown, (height, width), kind, path, Provenance.of(item, settings))


def made(photograph: Photograph, enlarger: Enlarger) -> Iterator[Array]:
    """The rows of the larger picture."""
    return enlarger.rows(photograph.rows(), *photograph.size, alpha=photograph.alpha)


def processors() -> int:
    """How many threads may enlarge at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def strength_of(config: Mapping[str, Any]) -> float:
    """The setting, checked."""
    strength = float(config["strength"])
    if not 0 <= strength <= 2:
        raise PippinError(f"A strength lies between 0 (bicubic) and 2, and {strength:g} does not.", input=strength)
    return strength
