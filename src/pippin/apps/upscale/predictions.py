"""Answers: the size an image or a video becomes, and the file that is made when it is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import IO

from pippin.apps.upscale.animations import KIND, Animation, encode, is_animation, open_animation
from pippin.apps.upscale.enlargement import Enlargement, ImageEnlarger
from pippin.apps.upscale.file_writing import (
    WRITERS,
    kind_of,
    refuse_too_large,
    write_photograph,
    write_with_metadata,
)
from pippin.apps.upscale.image_io import open_photograph
from pippin.apps.upscale.provenance import result_name, settings_of
from pippin.apps.upscale.sizes import Size
from pippin.apps.upscale.tiling import TILE
from pippin.apps.upscale.timing import Kind, Making, seconds_for
from pippin.apps.upscale.video_inputs import is_film
from pippin.apps.upscale.video_reader import CONTAINERS, media_type, open_film
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.progress_bar import track
from pippin.core.provenance import Provenance
from pippin.core.report.formatting import pluralize
from pippin.core.values import OutputFile, Prediction

WORTH_A_BAR = 16  # rows of tiles: an image of fewer is done before anybody wonders


class Answers:
    """Answers of one call: networks are found once, and one of each kind is kept to be timed."""

    def __init__(self, learner: ImageEnlarger) -> None:
        find = learner.learners()
        self.learner, self.size = learner, Size.of(learner.config)
        self.find = cache(lambda scale: find(scale).frozen())
        self._kinds: dict[Hashable, Kind] = {}

    def answer(self, item: Input) -> Prediction:
        """Predict the size an input becomes."""
        if is_film(item):
            return self._of_film(item)
        return self._of_animation(item) if is_animation(item) else self._of_image(item)

    def _of_image(self, item: Input) -> Prediction:
        photograph = open_photograph(item)
        make = partial(self.enlargement, item, photograph.size)
        enlargement, wanted = make(), self.learner.config.format
        kind = photograph.format if wanted == "same" else wanted
        settings = settings_of(self.learner.config, [one.network for one in enlargement.enlargers])
        file = output_file(item, make, kind, self.size.label, settings, self.pixels(enlargement))
        return _prediction(enlargement, photograph.notes, file)

    def _of_film(self, item: Input) -> Prediction:
        film = open_film(item)
        make = partial(self.enlargement, item, film.size, sample=film.sample, even=True)
        enlargement = make()
        name = result_name(item, self.size.label, film.container)
        write_it = partial(_write_film, item, make, Path(name).stem, film.container)
        making = Making(write_it, self.pixels(enlargement, film.frames))
        settings = settings_of(self.learner.config, [one.network for one in enlargement.enlargers])
        file = OutputFile(name, media_type(film.container), making, settings)
        return _prediction(enlargement, film.notes, file, film.frames)

    def _of_animation(self, item: Input) -> Prediction:
        animation, photograph = open_animation(item), open_photograph(item, animated=True)
        wanted, frames = self.learner.config.format, len(animation.times)
        if wanted not in ("same", KIND):
            raise PippinError(
                f"{item.name} is animated, which {KIND} alone keeps; leave out --format.", input=item.name
            )
        make = partial(self.enlargement, item, photograph.size, sample=animation.sample)
        enlargement = make()
        settings = settings_of(self.learner.config, [one.network for one in enlargement.enlargers])
        write_it = partial(_write_animation, animation, make, settings)
        making = Making(write_it, self.pixels(enlargement, frames))
        name = result_name(item, self.size.label, KIND)
        notes = (*photograph.notes, *animation.notes)
        return _prediction(enlargement, notes, OutputFile(name, WRITERS[KIND][0], making, settings), frames)

    def enlargement(
        self, item: Input, size: tuple[int, int], *, sample: Callable[[], Input] | None = None, even: bool = False
    ) -> Enlargement:
        """Return the enlargement of an input to the size in the settings, by the networks for its condition.

        The condition is that of `sample`, where that is given; `even` rounds the sides down to even numbers.
        """
        shown = item if sample is None else sample()
        scales, target = self.learner.passes(*size), self.size.target(*size)
        # What one network made is clean when it comes to the next.
        enlargers = [self.find(scale).enlarger(shown if first else None) for first, scale in _firsts(scales)]
        return Enlargement(tuple(enlargers), size, _even(target) if even else target)

    def pixels(self, enlargement: Enlargement, count: int = 1) -> Mapping[Kind, int]:
        """Count the pixels that go through each kind of network, for `count` images of this size."""
        found: Counter[Kind] = Counter()
        for enlarger, pixels in enlargement.pixels():
            key = () if enlarger is None else enlarger.kind
            found[self._kinds.setdefault(key, Kind(enlarger))] += count * pixels
        return found


def _firsts(scales: Sequence[int]) -> Iterator[tuple[bool, int]]:
    return ((index == 0, scale) for index, scale in enumerate(scales))


def _even(target: tuple[int, int]) -> tuple[int, int]:
    """Return even sides: most videos keep colours for two pixels by two."""
    height, width = (max(2, side - side % 2) for side in target)
    return height, width


def _prediction(enlargement: Enlargement, told: Sequence[str], file: OutputFile, frames: int = 0) -> Prediction:
    height, width = enlargement.target
    facts = {"width": width, "height": height, "scale": enlargement.factor}
    facts |= {"frames": frames} if frames else {}
    facts |= {key: value for key, value in enlargement.facts.items() if key != "why"}
    why = (enlargement.facts["why"],) if "why" in enlargement.facts else ()
    answer = f"{width} x {height}" + (f", {pluralize(frames, 'frame')}" if frames else "")
    return Prediction(answer, evidence=(facts, *why, *told, *notes_on_size(enlargement)), files=(file,))


def notes_on_size(enlargement: Enlargement) -> tuple[str, ...]:
    """Return a note where no network is used, and why."""
    if enlargement.enlargers:
        return ()
    (height, width), same = enlargement.size, enlargement.size == enlargement.target
    what = "it has this size already, and was written as it is" if same else "a plain resize made it smaller"
    return (f"It is {width} x {height} pixels, so no network was used: {what}.",)


def seconds_for_sizes(learner: ImageEnlarger, images: Iterable[tuple[int, int, int]]) -> float:
    """Estimate the time for images that are not at hand, by height, width and count, none of them clean."""
    answers, find, size = Answers(learner), learner.learners(), Size.of(learner.config)
    slowest = lru_cache(lambda scale: find(scale).slowest())
    work = []
    for height, width, count in images:
        networks = tuple(map(slowest, learner.passes(height, width)))
        enlargement = Enlargement(networks, (height, width), size.target(height, width))
        work.append(Making(lambda path: None, answers.pixels(enlargement, count)))
    return seconds_for(work)


def output_file(
    item: Input,
    make: Callable[[], Enlargement],
    kind: str,
    label: str,
    settings: str,
    pixels: Mapping[Kind, int] | None = None,
) -> OutputFile:
    """Return the result, made when it is written; of `kind`, unless the file's name says otherwise."""
    making = Making(lambda path: write(item, make(), kind, settings, path), pixels or {})
    return OutputFile(result_name(item, label, kind), WRITERS[kind][0], making, settings)


def _write_film(item: Input, make: Callable[[], Enlargement], stem: str, container: str, path: Path) -> tuple[str, ...]:
    from pippin.apps.upscale.video_writer import write_film

    named = path.suffix[1:].lower()
    if CONTAINERS.get(named) != container:
        raise PippinError(f"{item.name} can be written as {container}, not as {named}; change --out.", input=item.name)
    return write_film(item, make(), stem, path)


def _write_animation(
    animation: Animation, make: Callable[[], Enlargement], settings: str, path: Path
) -> tuple[str, ...]:
    item, enlargement, kind = animation.item, make(), kind_of(path, KIND)
    if kind != KIND:
        raise PippinError(f"{item.name} is animated, which {KIND} alone keeps; change --out.", input=item.name)
    photograph = open_photograph(item, animated=True)
    refuse_too_large(photograph, enlargement.target, kind, path.parent)

    def encode_it(file: IO[bytes]) -> None:
        encode(animation, enlargement, file, lambda frames: track(frames, len(animation.times), item.name, many=24))

    provenance = Provenance.of(item, settings)
    return write_with_metadata(photograph, encode_it, enlargement.target, kind, path, provenance)


def write(item: Input, enlargement: Enlargement, usual: str, settings: str, path: Path) -> tuple[str, ...]:
    """Write the result to `path`, row by row, marked with what it was made of; returns notes on it."""
    photograph, kind = open_photograph(item), kind_of(path, usual)  # opened again: its rows can be read once
    refuse_too_large(photograph, enlargement.target, kind, path.parent)
    rows = enlargement.rows(photograph.rows(), alpha=photograph.alpha)
    shown = track(rows, -(-photograph.size[0] // TILE), item.name, many=WORTH_A_BAR)
    return write_photograph(photograph, shown, enlargement.target, kind, path, Provenance.of(item, settings))
