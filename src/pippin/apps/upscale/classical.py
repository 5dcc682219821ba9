"""Enlarging without a network: interpolation, and filters learned for each kind of edge."""

from __future__ import annotations

import numpy as np

from pippin.apps.upscale.colour import LUMA
from pippin.apps.upscale.config import UpscaleConfig
from pippin.apps.upscale.data import crop_to_multiple, downscale, pixels
from pippin.apps.upscale.enlargement import strength_of
from pippin.apps.upscale.presets import is_worn
from pippin.apps.upscale.resampling import Kernel, box, cubic, lanczos, resized
from pippin.apps.upscale.tiling import TiledUpscaler
from pippin.apps.upscale.upscaler import UpscaleBase
from pippin.core.data import Dataset
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.run import Run
from pippin.core.values import SavedState
from pippin.learn.threads import usable_threads

Array = np.ndarray
HALO = 6  # pixels around a tile: more than any of these looks at
REACH = 2  # pixels a learned filter looks at on each side
SIDE = 2 * REACH + 1
ANGLES, STRENGTHS, COHERENCES = 16, (0.015, 0.05), (0.3, 0.6)  # buckets of a patch's gradient; strength in 0..1
PATCHES = 2_000_000  # to learn from, at most
RIDGE = 0.02  # how far a filter is drawn to the one of all buckets, in patches of mean energy
MIN_EXAMPLES = 1e-8


class Interpolated(UpscaleBase):
    """A kernel that learns nothing; a subclass says which."""

    kernel: Kernel

    def __init__(self, config: UpscaleConfig) -> None:
        self.config = config

    def fit(self, data: Dataset, run: Run) -> None:
        """Do nothing: nothing is learned."""

    def enlarger(self, item: Input | None = None) -> TiledUpscaler:
        """Return an upscaler that interpolates each colour."""
        return TiledUpscaler(self._network, self.scale, HALO, threads=usable_threads())

    def _network(self, image: Array) -> tuple[Array, Array]:
        made = interpolated(image[0], self.scale, self.kernel)[None]
        return made, np.zeros((1, 1, *made.shape[2:]), np.float32)

    def save(self) -> SavedState:
        """Return an empty state: nothing was learned."""
        return SavedState()

    def load(self, saved: SavedState) -> None:
        """Do nothing: nothing was learned."""


class Nearest(Interpolated):
    """Each pixel becomes a square."""

    kernel = staticmethod(box)


class Bicubic(Interpolated):
    """Keys' cubic."""

    kernel = staticmethod(cubic)


class Lanczos(Interpolated):
    """Lanczos' window of three lobes."""

    kernel = staticmethod(lanczos)


class EdgeFilters(UpscaleBase):
    """A filter for each kind of edge, fitted by least squares (RAISR: Romano, Isidoro and Milanfar 2017).

    The kind is a bucket of the direction, strength and coherence of the gradient around a pixel. Unlike RAISR, the
    filters (5x5, of luma) look at the small image, give the `scale`² pixels it becomes, and fit what bicubic lacks.
    """

    def __init__(self, config: UpscaleConfig) -> None:
        self.config = config
        self.worn = is_worn(config)
        self.filters = np.zeros((0, 0, 0), np.float32)  # [buckets, 25, scale²]

    def enlarger(self, item: Input | None = None) -> TiledUpscaler:
        """Return the filters, added to bicubic."""
        return TiledUpscaler(self._network, self.scale, HALO, strength_of(self.config), usable_threads())

    def fit(self, data: Dataset, run: Run) -> None:
        """Fit the filters on patches of `data.train` and `data.val`."""
        scale, examples = self.scale, data.train + data.val
        buckets, size, outputs = ANGLES * 9, SIDE**2, scale**2
        inner, right = np.zeros((buckets, size, size)), np.zeros((buckets, size, outputs))
        rng, each = np.random.default_rng(run.seed), PATCHES // len(examples)
        for number, example in enumerate(examples):
            photograph = pixels(example.answer)
            seed = int(example.key[:12], 16) if self.worn else None
            small = np.pad(downscale(photograph, scale, seed) @ LUMA / 255, HALO, mode="symmetric")
            missing = crop_to_multiple(photograph, scale) @ LUMA / 255 - interpolated(small[None], scale, cubic)[0]
            kinds, patches = looked_at(small)
            wanted = split(missing, scale)
            chosen = rng.permutation(len(kinds))[:each]
            order = chosen[np.argsort(kinds[chosen], kind="stable")]
            for bucket, part in _runs(kinds, order):
                inner[bucket] += patches[part].T @ patches[part]
                right[bucket] += patches[part].T @ wanted[part]
            run.log(step=number + 1, total=len(examples))
        self.filters = _solved(inner, right).astype(np.float32)

    def _network(self, image: Array) -> tuple[Array, Array]:
        scale = self.scale
        luma = np.einsum("c,chw->hw", LUMA, image[0])
        kinds, patches = looked_at(luma)
        found = np.empty((len(kinds), scale**2), np.float32)
        for bucket, part in _runs(kinds, np.argsort(kinds, kind="stable")):
            found[part] = patches[part] @ self.filters[bucket]
        height, width = (side - 2 * HALO for side in luma.shape)
        added = found.reshape(height, width, scale, scale).transpose(0, 2, 1, 3).reshape(scale * height, scale * width)
        return interpolated(image[0], scale, cubic)[None], added[None, None]

    def save(self) -> SavedState:
        """Return the filters."""
        return SavedState({"filters": self.filters})

    def load(self, saved: SavedState) -> None:
        """Restore the learner that was saved."""
        if "filters" not in saved.tensors:
            raise PippinError("The model lacks its filters; train it again.")
        self.filters = saved.tensors["filters"]


def interpolated(planes: Array, scale: int, kernel: Kernel) -> Array:
    """Interpolate planes [C,h+2*HALO,w+2*HALO] -> [C,scale*h,scale*w]."""
    height, width = planes.shape[1:]
    large = resized(planes.transpose(1, 2, 0), scale * height, scale * width, kernel)
    cut = scale * HALO
    return np.ascontiguousarray(large[cut:-cut, cut:-cut].transpose(2, 0, 1), np.float32)


def looked_at(luma: Array) -> tuple[Array, Array]:
    """Return each pixel's bucket [h*w] of a luma [h+2*HALO,w+2*HALO] in 0..1, and the 5x5 around less its centre."""
    cut = HALO - REACH
    windows = np.lib.stride_tricks.sliding_window_view(luma[cut:-cut, cut:-cut], (SIDE, SIDE))
    patches = windows.reshape(-1, SIDE**2)
    patches = patches - patches[:, SIDE**2 // 2, None]
    return buckets(luma), patches


def buckets(luma: Array) -> Array:
    """Sort pixels by direction, strength and coherence of the 5x5 structure tensor (Romano et al. 2017, III-B)."""
    down, right = np.gradient(luma)
    cut = HALO - REACH
    sums = []
    for product in (right * right, right * down, down * down):
        inner = product[cut:-cut, cut:-cut]
        rows = sum(inner[k : len(inner) - 2 * REACH + k] for k in range(SIDE))
        sums.append(sum(rows[:, k : rows.shape[1] - 2 * REACH + k] for k in range(SIDE)) / SIDE**2)
    a, b, c = sums
    root = np.sqrt((a - c) ** 2 + 4 * b * b)
    strong, weak = np.sqrt((a + c + root).clip(0) / 2), np.sqrt((a + c - root).clip(0) / 2)
    angle = np.mod(0.5 * np.arctan2(2 * b, a - c), np.pi) / np.pi * ANGLES
    coherence = (strong - weak) / (strong + weak + MIN_EXAMPLES)
    steps = 3 * np.digitize(strong, STRENGTHS) + np.digitize(coherence, COHERENCES)
    found: Array = (np.mod(angle.astype(int), ANGLES) * 9 + steps).ravel()
    return found


def split(large: Array, scale: int) -> Array:
    """Return a plane [scale*h,scale*w] as the pixels each pixel becomes, [h*w,scale²]."""
    height, width = (side // scale for side in large.shape)
    return large.reshape(height, scale, width, scale).transpose(0, 2, 1, 3).reshape(height * width, scale**2)


def _runs(kinds: Array, order: Array) -> list[tuple[int, Array]]:
    """Return the indices in `order`, sorted by kind, as one array for each kind."""
    ordered = kinds[order]
    cuts = np.flatnonzero(np.diff(ordered)) + 1
    return [(int(kinds[part[0]]), part) for part in np.split(order, cuts) if len(part)]


def _solved(inner: Array, right: Array) -> Array:
    """Return each bucket's filter, drawn to that of all buckets where it has few patches."""
    size = inner.shape[1]
    every = inner.sum(0)
    tiny = RIDGE * np.trace(every) / size / len(inner)
    prior = np.linalg.solve(every + tiny * np.eye(size), right.sum(0))
    pull = RIDGE * every / len(inner) + MIN_EXAMPLES * np.eye(size)
    return np.stack([np.linalg.solve(a + pull, b + pull @ prior) for a, b in zip(inner, right, strict=True)])
