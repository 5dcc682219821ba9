"""A larger image beside bicubic: what the network added, and whether the result is still the image it came from."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image

from pippin.apps.upscale.animations import is_animation, open_animation
from pippin.apps.upscale.colour import LUMA, studio_luma
from pippin.apps.upscale.image_io import open_photograph
from pippin.apps.upscale.metrics import psnr
from pippin.apps.upscale.predictions import Answers, notes_on_size
from pippin.apps.upscale.resampling import resized, rounded
from pippin.apps.upscale.sizes import ratio
from pippin.apps.upscale.video_inputs import is_film
from pippin.apps.upscale.video_reader import open_film
from pippin.core.inputs import Image as ImageInput
from pippin.core.inputs import Input
from pippin.learn.plots.image_grids import overlay_heatmap, png

if TYPE_CHECKING:
    from pippin.apps.upscale.learner import UpscaleLearner

Array = np.ndarray
MOST, MAX_MADE = 1600, 6400  # pixels a side of what is compared, and of what it becomes
FULL = 12 / 255  # added luma that is drawn in full colour
UNSEEN = 40.0  # dB from which on an eye hardly tells two images apart
MIDDLE = 128  # grey on which transparent parts are shown: neither black nor white vanishes on it
ALIKE = 0.5  # dB that make no difference


class Compared(NamedTuple):
    """8-bit RGB images: what was given, the network's, bicubic's; `added` to luma, in levels of 255.

    `consistency` and `bicubic` in dB: how near the network's and bicubic's, scaled down again, come to what was given
    (luma, PSNR). `networks` is how many it went through.
    """

    small: Array
    large: Array
    plain: Array
    added: Array
    consistency: float
    bicubic: float
    networks: int
    notes: tuple[str, ...]

    @property
    def factor(self) -> float:
        """How many times as wide the result is."""
        return ratio(self.large.shape[1], self.small.shape[1])

    @property
    def heat(self) -> Array:
        """What was added, in -1..1."""
        return np.clip(self.added / (255 * FULL), -1, 1)

    @property
    def map(self) -> Image.Image:
        """Where it became brighter (orange) and darker (blue), on the image made faint."""
        return overlay_heatmap(faint(self.plain), self.heat)

    @property
    def verdict(self) -> str:
        """Describe in plain words how faithful the result is."""
        if not self.networks:
            return "No network was used, so nothing was added."
        lead = f"Scaled down again, it differs from your image by {self.consistency:.1f} dB"
        lead += f" (bicubic by {self.bicubic:.1f}; more dB are nearer): "
        if self.consistency >= UNSEEN:
            return lead + "hardly an eye tells the two apart, so what was added contradicts nothing in your image."
        if abs(self.consistency - self.bicubic) <= ALIKE:
            return lead + "about as much as bicubic."
        if self.consistency > self.bicubic:
            return lead + "less than bicubic, so what was added brings it nearer to your image."
        return lead + "more than bicubic, as where noise or what JPEG left is taken away; less strength stays nearer."


def compared(learner: UpscaleLearner, item: Input) -> Compared:
    """Enlarge the image as `predict` does, and by bicubic: of a large one its middle, of a video its first frame."""
    still, sample = _first_frame(item)
    photograph = open_photograph(still)
    whole = np.concatenate(list(photograph.rows()))
    enlargement = Answers(learner).enlargement(item, photograph.size, sample=sample, even=is_film(item))
    most = int(min(MOST, MAX_MADE / max(1, enlargement.factor)))
    top, left = (max(0, side - most) // 2 for side in whole.shape[:2])
    part = whole[top : top + most, left : left + most]
    cut = f"Only its middle, {part.shape[1]} x {part.shape[0]} pixels, is explained."
    alpha, networks = photograph.alpha, len(enlargement.enlargers)
    made = np.concatenate(list(enlargement.of_part(*part.shape[:2]).rows([part], alpha=alpha)))
    small, large = (composited(image, MIDDLE, alpha=alpha) for image in (part, made))
    plain = rounded(resized(small, *large.shape[:2])) if networks else large
    faithful, usual = _consistency(part, made, alpha=alpha)
    notes = photograph.notes + notes_on_size(enlargement) + ((cut,) if part.size < whole.size else ())
    notes += ("Its first frame is explained.",) if sample else ()
    notes += ("Its transparent parts are shown and compared as they are seen on a ground.",) if alpha else ()
    added = (large.astype(np.float32) - plain) @ LUMA
    return Compared(small, large, plain, added, faithful, usual, networks, notes)


def _first_frame(item: Input) -> tuple[Input, Callable[[], Input] | None]:
    """Return the first frame of a video or an animation, and what makes a sample of all; of other inputs themselves."""
    if is_film(item):
        film = open_film(item)
        frame, sample = next(film.decode())[1], film.sample
    elif is_animation(item):
        animation = open_animation(item)
        frame, sample = next(animation.frames()), animation.sample
    else:
        return item, None
    return ImageInput(content=png(Image.fromarray(frame)), name=item.name), sample


def _consistency(small: Array, large: Array, *, alpha: bool) -> tuple[float, float]:
    """Return how near `large`, and bicubic's, come to `small` once scaled down (dB); on black and white with alpha."""
    network, bicubic, given = list[Array](), list[Array](), list[Array]()
    for ground in (0, 255) if alpha else (0,):
        before, after = (composited(image, ground, alpha=alpha) for image in (small, large))
        plain = rounded(resized(before, *after.shape[:2]))
        down = (studio_luma(rounded(resized(image, *before.shape[:2]))) for image in (after, plain))
        for found, image in zip((network, bicubic), down, strict=True):
            found.append(image)
        given.append(studio_luma(before))
    wanted = np.concatenate(given)
    return psnr(np.concatenate(network), wanted), psnr(np.concatenate(bicubic), wanted)


def faint(array: Array) -> Image.Image:
    """Return an image on which colours stand out."""
    return Image.fromarray(128 + array // 2)


def composited(image: Array, ground: int, *, alpha: bool) -> Array:
    """Return an image [H,W,bands] as it is seen on a grey `ground` of 0..255: 8-bit RGB [H,W,3]."""
    most = np.iinfo(image.dtype).max
    image = image if most == 255 else (image // 257).astype(np.uint8)
    colours = image[..., : image.shape[2] - alpha]
    colours = colours if colours.shape[2] == 3 else np.repeat(colours[..., :1], 3, 2)
    if not alpha:
        return colours
    opaque = image[..., -1:].astype(np.float32) / 255
    return rounded(colours * opaque + ground * (1 - opaque))
