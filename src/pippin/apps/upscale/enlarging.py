"""What every way of enlarging shares: pictures in, larger ones out, as files that keep all the others knew."""

from __future__ import annotations

import os
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from pippin.apps.upscale.file_writing import WRITERS, kind_of, refuse_too_large, write_photograph
from pippin.apps.upscale.files import Photograph, open_photograph
from pippin.apps.upscale.films import CONTAINERS, is_film, media_type, open_film
from pippin.apps.upscale.provenance import result_name, settings_of
from pippin.apps.upscale.row_resizing import resize_rows
from pippin.apps.upscale.sizes import NETWORK_SCALES, Size, denoising, network_scale
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


@dataclass(frozen=True)
class Enlargement:
    """What makes one image of `size` (height, width) one of `target`: networks in turn, then a resize to fit.

    `count` is the number of such images: the frames of a video.
    """

    enlargers: tuple[Enlarger, ...]
    size: tuple[int, int]
    target: tuple[int, int]
    count: int = 1

    @property
    def facts(self) -> Mapping[str, Any]:
        """Why the first network was chosen."""
        return self.enlargers[0].facts if self.enlargers else {}

    def rows(self, slabs: Iterable[Array], *, alpha: bool) -> Iterator[Array]:
        """Yield rows of the result from top to bottom, from rows [k,W,bands] of 8 or 16 bits."""
        size = self.size
        for enlarger in self.enlargers:
            slabs = enlarger.rows(slabs, *size, alpha=alpha)
            size = size[0] * enlarger.scale, size[1] * enlarger.scale
        return resize_rows(slabs, size, self.target, alpha=alpha)

    def pixels(self) -> Iterator[tuple[Enlarger | None, int]]:
        """Yield how many pixels each network takes in, and (None) how many the resize does."""
        height, width = self.size
        for enlarger in self.enlargers:
            yield enlarger, height * width
            height, width = height * enlarger.scale, width * enlarger.scale
        if (height, width) != self.target:
            yield None, height * width


Find = Callable[[int, Input | None], Enlarger]  # a network, by its scale and the image it is for


class Enlarging(ABC):
    """Answers with images of another size; subclasses say by `enlarger()` what makes them.

    `find_learner` gives the learner in use for other settings; without it a network is applied again and again.
    """

    config: dict[str, Any]
    find_learner: Callable[..., Any] | None = None

    @property
    def scale(self) -> int:
        """Of the network these settings ask for."""
        return network_scale(self.config)

    @property
    def own_scale(self) -> int:
        """Of the network this learner holds."""
        return self.scale

    @abstractmethod
    def enlarger(self, item: Input | None = None) -> Enlarger:
        """Return what makes an image larger: this one, or (None) one that was at most made smaller."""

    def enlargers(self) -> Find:
        """Return a function from a scale and an image to the network for it, each learner loaded once."""
        found: dict[int, Enlarging] = {self.own_scale: self}

        def find(scale: int, item: Input | None) -> Enlarger:
            if scale not in found:
                assert self.find_learner is not None
                found[scale] = self.find_learner(scale=scale, width=0, fit="")
            return found[scale].enlarger(item)

        return find

    def enlargement(self, height: int, width: int, find: Find, item: Input | None = None) -> Enlargement:
        """Return what makes an image of these pixels as large as the settings ask for, by networks from `find`."""
        size = Size.of(self.config)
        scales = size.passes(height, width, (self.own_scale,) if self.find_learner is None else NETWORK_SCALES)
        # What a second network gets is the first one's result, no longer the image as it came.
        enlargers = tuple(find(scale, None if number else item) for number, scale in enumerate(scales))
        return Enlargement(enlargers, (height, width), size.target(height, width))

    def predict(self, inputs: Iterable[Input]) -> Iterator[Prediction]:
        """Each image's new size; the result is made when its file is written."""
        if self.config["format"] not in FORMATS:
            raise PippinError(f"A picture can be written as {', '.join(FORMATS)}, not as {self.config['format']!r}.")
        find = self.enlargers()
        for item in inputs:
            try:
                yield self._answer(item, find)
            except PippinError as problem:
                yield Prediction(None, known=False, error=problem.message)

    def _answer(self, item: Input, find: Find) -> Prediction:
        if is_film(item):
            return self._film_answer(item, find)
        photograph = open_photograph(item)
        enlargement = self.enlargement(*photograph.size, find, item)
        height, width = enlargement.target
        usual = photograph.format if self.config["format"] == "same" else self.config["format"]
        facts = {"width": width, "height": height, "scale": _plain(width / photograph.size[1]), **enlargement.facts}
        told = (*photograph.notes, *_notes_on_size(enlargement))
        settings = settings_of(self.config, enlargement.enlargers)
        file = as_file(item, enlargement, usual, Size.of(self.config).label, settings)
        return Prediction(f"{width} x {height}", evidence=(facts, *told), files=(file,))

    def _film_answer(self, item: Input, find: Find) -> Prediction:
        film = open_film(item)
        enlargement = self.enlargement(*film.size, find, item)
        # Colours of most videos are kept for two pixels by two, so that sides must be even.
        height, width = (max(2, 2 * round(side / 2)) for side in enlargement.target)
        enlargement = replace(enlargement, target=(height, width), count=film.frames)
        facts = {
            "width": width,
            "height": height,
            "scale": _plain(width / film.size[1]),
            "frames": film.frames,
            **enlargement.facts,
        }
        settings = settings_of(self.config, enlargement.enlargers)
        file = film_file(item, enlargement, film.container, Size.of(self.config).label, settings)
        told = (*film.notes, *_notes_on_size(enlargement))
        return Prediction(f"{width} x {height}, {film.frames} frames", evidence=(facts, *told), files=(file,))

    def foresee(self, answers: Sequence[Prediction]) -> str | None:
        """Say how long it will take to make the files, where it is worth a word: from one tile, timed."""
        files = [file for answer in answers if not answer.error for file in answer.files]
        made = [enlargement for file in files if (enlargement := enlargement_of(file))]
        seconds = seconds_for(made)
        if seconds < WORTH_A_WORD:
            return None
        films = [one.count for one in made if one.count > 1]
        what = [counted(len(made) - len(films), "picture")] if len(films) < len(made) else []
        what += [f"{counted(len(films), 'video')} of {counted(sum(films), 'frame')}"] if films else []
        megapixels = f"{sum(one.count * one.size[0] * one.size[1] for one in made) / 1e6:.1f} megapixels"
        time = f"{'at most ' if films else ''}{duration(seconds)}"
        return f"{', '.join(what)}, {megapixels}, {Size.of(self.config).words}: {time}."


def _plain(factor: float) -> float:
    """A whole number where it is one."""
    return int(factor) if factor == int(factor) else factor


def _notes_on_size(enlargement: Enlargement) -> tuple[str, ...]:
    if enlargement.enlargers:
        return ()
    (height, width), same = enlargement.size, enlargement.size == enlargement.target
    what = "it has this size already, and was written as it is" if same else "a plain resize made it smaller"
    return (f"It is {width} x {height} pixels, so no network was used: {what}.",)


def seconds_for(enlargements: Sequence[Enlargement]) -> float:
    """Estimate the time to make all of them: each network timed on one tile, and the resize on as many pixels."""
    areas: Counter[Hashable] = Counter()
    each: dict[Hashable, Enlarger | None] = {}
    for enlargement in enlargements:
        for enlarger, pixels in enlargement.pixels():
            kind = enlarger.kind if enlarger else None
            areas[kind] += pixels * enlargement.count
            each[kind] = enlarger
    seconds = {kind: seconds_a_pixel(one) if one else _resize_seconds() for kind, one in each.items()}
    return sum(pixels * seconds[kind] for kind, pixels in areas.items())


def seconds_a_pixel(enlarger: Enlarger) -> float:
    """How long a pixel of a picture takes to enlarge: from one tile, timed."""
    part = np.zeros((TILE + 2 * enlarger.radius, TILE + 2 * enlarger.radius, 3), np.uint8)
    enlarger.tile(part, alpha=False)  # the first time costs more
    start = time.perf_counter()
    enlarger.tile(part, alpha=False)
    return (time.perf_counter() - start) / TILE**2 / enlarger.threads


def _resize_seconds() -> float:
    """How long a pixel takes to be resized, timed on a slab."""
    size, target = (TILE, 4 * TILE), (3 * TILE // 4, 3 * TILE)
    start = time.perf_counter()
    list(resize_rows([np.zeros((*size, 3), np.uint8)], size, target, alpha=False))
    return (time.perf_counter() - start) / (size[0] * size[1])


def as_file(item: Input, enlargement: Enlargement, kind: str, label: str, settings: str) -> File:
    """The result, made when it is written; of `kind`, unless the file's name says otherwise."""
    name = result_name(item, label, kind)
    return File(name, WRITERS[kind][0], partial(write, item, enlargement, kind, settings), settings)


def film_file(item: Input, enlargement: Enlargement, container: str, label: str, settings: str) -> File:
    """The enlarged video, made when it is written."""
    name = result_name(item, label, container)
    made = partial(_write_film, item, enlargement, Path(name).stem, container)
    return File(name, media_type(container), made, settings)


def _write_film(item: Input, enlargement: Enlargement, stem: str, container: str, path: Path) -> None:
    from pippin.apps.upscale.film_writing import write_film

    named = path.suffix[1:].lower()
    if CONTAINERS.get(named) != container:
        raise PippinError(f"{item.name} can be written as {container}, not as {named}; change --out.", input=item.name)
    write_film(item, enlargement, stem, path)


def enlargement_of(file: File) -> Enlargement | None:
    """Return what makes a file of `as_file`."""
    return next((one for one in getattr(file.content, "args", ()) if isinstance(one, Enlargement)), None)


def write(item: Input, enlargement: Enlargement, usual: str, settings: str, path: Path) -> tuple[str, ...]:
    """Write the result to `path`, row by row, marked with what it was made of; returns notes on it."""
    photograph, kind = open_photograph(item), kind_of(path, usual)  # anew: its rows can be read once
    refuse_too_large(photograph, enlargement.target, kind, path.parent)
    rows = enlargement.rows(photograph.rows(), alpha=photograph.alpha)
    shown = through(rows, -(-photograph.size[0] // TILE), item.name, many=WORTH_A_BAR)
    return write_photograph(photograph, shown, enlargement.target, kind, path, Provenance.of(item, settings))


def made(photograph: Photograph, enlarger: Enlarger) -> Iterator[Array]:
    """The rows of the picture as one network makes it."""
    return enlarger.rows(photograph.rows(), *photograph.size, alpha=photograph.alpha)


def processors() -> int:
    """How many threads may enlarge at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def strength_of(config: Mapping[str, Any]) -> float:
    """The setting, checked."""
    strength = float(config["strength"])
    if not 0 <= strength <= 2:
        raise PippinError(f"A strength lies between 0 (bicubic) and 2, and {strength:g} does not.", input=strength)
    # A denoised share of what a network adds, until a network takes it as an input.
    share = denoising(config)
    return strength if share is None else share * strength
