"""Photographs to learn from: each is made smaller (and worn, for the preset `photo`), and is itself the answer."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from pippin.apps.upscale.config import UpscaleConfig
from pippin.apps.upscale.degradation import any_degradation, degrade
from pippin.apps.upscale.presets import is_worn
from pippin.apps.upscale.provenance import read_mark
from pippin.apps.upscale.resampling import resized, rounded
from pippin.apps.upscale.sample import rendered
from pippin.apps.upscale.sizes import learning_scale
from pippin.core.data import Dataset, Example, Skipped, split_by_group
from pippin.core.errors import PippinError
from pippin.core.inputs import Image
from pippin.learn.plots.image_grids import png
from pippin.learn.vision import near_duplicates
from pippin.learn.vision.image_datasets import PARTS, grouped, official
from pippin.learn.vision.image_decoding import open_image
from pippin.learn.vision.image_files import folders_in, handle, shown, walk

LARGEST = 4_000_000  # pixels of a photograph; a larger one is made smaller first, and is the sharper for it
LEAST = 64  # pixels a side
RENDERED = "These images were rendered by this project; how well it does on photographs they cannot tell."


@dataclass(frozen=True, repr=False)
class HighResTarget(Image):
    """A photograph as the right answer."""

    def __repr__(self) -> str:  # so that a set's fingerprint tells its content, not where it lies
        return f"Original({self.digest()})"


@dataclass(frozen=True)
class LowResInput(Image):
    """A smaller copy of `original`, made when it is read: always the same one."""

    original: Image | None = None
    scale: int = 2
    worn: bool = False

    def read(self) -> bytes:
        """Return the copy as a PNG file."""
        from PIL import Image as Pillow

        assert self.original is not None
        return png(Pillow.fromarray(downscale(pixels(self.original), self.scale, self._seed)))

    @property
    def _seed(self) -> int | None:
        return int(self.original.digest()[:12], 16) if self.worn and self.original else None

    @cached_property
    def _digest(self) -> str:
        assert self.original is not None
        return hashlib.sha256(f"{self.original.digest()} {self.scale} {self.worn}".encode()).hexdigest()


@lru_cache(maxsize=4)
def pixels(photograph: Image) -> np.ndarray:
    """Return a photograph as 8-bit RGB [H,W,3]."""
    image = open_image(photograph, least=LEAST, limit_megapixels=400)
    excess = (image.width * image.height / LARGEST) ** 0.5
    array = np.asarray(image)
    if excess > 1:
        array = rounded(resized(array, round(image.height / excess), round(image.width / excess)))
    return array


def crop_to_multiple(photograph: np.ndarray, scale: int) -> np.ndarray:
    """Return the photograph without the rows and columns that are too many for its sides to be multiples of `scale`."""
    height, width = (side // scale * scale for side in photograph.shape[:2])
    return photograph[:height, :width]


def downscale(photograph: np.ndarray, scale: int, seed: int | None) -> np.ndarray:
    """Return an 8-bit copy, bicubic as MATLAB does it; with a seed, worn as well."""
    large = crop_to_multiple(photograph, scale)
    if seed is not None:
        rng = np.random.default_rng(seed)
        return degrade(large[None], any_degradation(scale, rng), scale, rng)[0]
    return rounded(resized(large, large.shape[0] // scale, large.shape[1] // scale))


def load(source: str | None, config: UpscaleConfig) -> Dataset:
    """Return the photographs below a folder (perhaps within `train` and `test`), or rendered images for None.

    Near-copies share a group, so that they never lie in two parts. PippinError where there is nothing to learn from.
    """
    worn, scale = is_worn(config), learning_scale(config)
    examples, parts, skipped = list[Example](), list[str](), list[Skipped]()
    files = [(image, "") for image in rendered()] if source is None else _find_images(source, skipped)
    thumbnails = []
    for image, part in files:
        try:
            content = Image(content=image.read(), name=image.name)
            thumbnails.append(near_duplicates.thumbnail(open_image(content, about=(64, 64), least=LEAST)))
        except PippinError as problem:
            skipped.append(Skipped(image.name, problem.message))
            continue
        original = HighResTarget(image.path, image.content, image.name, image.media_type)
        name = f"{image.name} (1/{scale})" if scale > 1 else f"{image.name} (worn)"
        small = LowResInput(name=name, media_type="image/png", original=original, scale=scale, worn=worn)
        examples.append(Example(small, original, original.digest()))
        parts.append(part)
    if not examples:
        first = skipped[0].reason if skipped else "there is none"
        raise PippinError(f"No photograph in {source} can be used: {first}", input=source)
    examples = grouped(examples, thumbnails)
    data = official(examples, parts) if any(parts) else Dataset("", *split_by_group(examples, balanced=False))
    if not data.train:
        raise PippinError(
            f"Nothing is left to learn from in {source}: all of it is in its test part, too.", input=source
        )
    name = "rendered sample" if source is None else shown(Path(source).resolve().name)
    notes = (RENDERED, *data.notes) if source is None else data.notes
    return replace(data, name=name, skipped=tuple(skipped), notes=notes)


def _find_images(source: str, skipped: list[Skipped]) -> list[tuple[Image, str]]:
    """Return the photographs in a folder, each with its official part, or ""."""
    folder = Path(source)
    if not folder.is_dir():
        raise PippinError(f"{source} is no folder; give one with photographs in it.", input=source)
    parts = [(PARTS.get(below.name.casefold(), ""), below) for below in folders_in(folder)]
    if not {"train"} < {part for part, _ in parts} <= {"train", "val", "test"}:
        parts = [("", folder)]
    found = [(handle(path), part) for part, below in parts for path in walk(below, skipped)]
    made = {id(image) for image, _ in found if read_mark(image)}
    skipped += [Skipped(image.name, "Pippin made it of another image.") for image, _ in found if id(image) in made]
    return [(image, part) for image, part in found if id(image) not in made]
