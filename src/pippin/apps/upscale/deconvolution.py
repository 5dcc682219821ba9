"""Which blur the spectrum of an image shows, and the Wiener filter that undoes it.

The power spectrum of photographs falls as a power of frequency; a blur multiplies it by the square of its transfer
function, which has dark lines for motion. Of many blurs the most likely one is taken (Whittle 1953), with the noise
that goes with it, and undone by the linear filter of least squared error (Wiener 1949).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np

from pippin.apps.upscale.colour import LUMA
from pippin.apps.upscale.degradation import CONDITIONS, Blur
from pippin.apps.upscale.resampling import bicubic_kernels

Array = np.ndarray
WINDOW = 64  # pixels a side whose spectra are averaged
STEP = 32  # pixels between windows
TILES = 16  # those with most detail
LOWEST = 2.5 / WINDOW  # cycles a pixel: below, the window shows
FALLS = (1.6, 2.2, 2.8, 3.2)  # exponents of power by frequency
NOISES = (0.1, 0.5, 2.0, 8.0)  # variances in squared levels; rounding alone has 1/12
FINALISTS = 12  # blurs of each kind, of which fall and noise are searched in full
TINY = 1e-6
ROUNDS = 3  # of Fisher scoring for the power of an image
LENGTHS = np.arange(4, 16.25, 0.5)  # of motion, in pixels of the large image
ANGLES = 24  # directions of motion in half a turn
SIGMAS = np.arange(0.5, 3.55, 0.1)  # of Gaussian blur, in pixels of the large image
UNCERTAINTY = 0.02  # variance of the error of a motion's transfer function
# Drawn-out Gaussians are never undone: they stand for textures with a direction, which lack the dark lines of motion.
WIDTHS, NARROW, DIRECTIONS = (1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.5), 0.4, 12
REACH = 28  # pixels the filter looks around
GRID = 128  # frequencies a side at which the filter is designed

# What is undone: chosen on 10 photographs that no network learned from, at 1 and 2 times their size. Blurs were known
# from their absence, from softness, from noise of 2 levels and from JPEG 92; JPEG of less hides what they are.
MIN_ESTIMATE = 0.2  # of the condition's blur
MAX_CONDITION = {"noise": 0.12, "jpeg": 0.15, "earlier": 0.15, "sharpened": 0.16}  # of the other conditions
MIN_QUALITY = 90
MIN_GAIN, MIN_MARGIN = 0.3, 0.12
MIN_MOTION, MIN_SIGMA = 5.5, 0.8  # pixels of the large image


class BlurFit(NamedTuple):
    """The most likely blur, in pixels of the large image, and what goes with it.

    `power` times frequency to the minus `fall` is the sharp image's spectrum in squared levels, `noise` the variance;
    `gain` is by how much the mean log-likelihood of a frequency exceeds that without blur, `margin` that of the best
    blur of the other kind (Gaussian or motion).
    """

    blur: Blur
    power: float
    fall: float
    noise: float
    gain: float
    margin: float


@lru_cache(maxsize=4)
def candidates(scale: int) -> tuple[tuple[Blur, ...], Array]:
    """Return the blurs that are tried, and the squares of their transfer functions [blurs,frequencies]."""
    round_ones = [Blur(sigma, sigma) for sigma in SIGMAS]
    drawn_out = [Blur(wide, NARROW, np.pi * turn / DIRECTIONS) for wide in WIDTHS for turn in range(DIRECTIONS)]
    motions = [Blur(motion=length, angle=np.pi * turn / ANGLES) for length in LENGTHS for turn in range(ANGLES)]
    blurs = (Blur(), *round_ones, *drawn_out, *motions)
    used = _used()[1]
    return blurs, np.stack([transfer(blur, WINDOW, scale)[used] ** 2 for blur in blurs]).astype(np.float32)


def transfer(blur: Blur, size: int, scale: int) -> Array:
    """Return the transfer function [size,size//2+1] of a blur of the large image, at frequencies of the small one."""
    whole = size * scale
    kernel = blur.kernel()
    padded = np.zeros((whole, whole))
    padded[: len(kernel), : len(kernel)] = kernel
    padded = np.roll(padded, (-(len(kernel) // 2),) * 2, (0, 1))
    rows = np.fft.fftfreq(size, 1 / size).astype(int)
    return np.fft.rfft2(padded).real[rows][:, : size // 2 + 1]


def fit_blur(tiles: Array, scale: int) -> BlurFit | None:
    """Find the most likely blur in tiles [N,3,h,w] in 0..1, those with most detail first; None where they are small."""
    power = spectrum(tiles)
    if power is None:
        return None
    frequency, used = _used()
    power, frequency = power[used], frequency[used]
    blurs, squares = candidates(scale)
    coarse, _ = _likelihoods(power, frequency, squares, FALLS[1:3], NOISES[1:3])
    moved = np.array([bool(blur.motion) for blur in blurs])
    kept = np.zeros(len(blurs), bool)
    kept[0] = True
    for kind in (moved, ~moved):
        numbers = np.flatnonzero(kind)
        kept[numbers[np.argsort(-coarse[numbers])[:FINALISTS]]] = True
    numbers = np.flatnonzero(kept)
    best, settings = _likelihoods(power, frequency, squares[numbers], FALLS, NOISES)
    chosen = int(best.argmax())
    other = best[moved[numbers] != moved[numbers[chosen]]].max()
    blur = blurs[numbers[chosen]]
    power_of_one, fall, noise = settings[chosen].tolist()
    likelihood = float(best[chosen])
    return BlurFit(blur, power_of_one, fall, noise, likelihood - float(best[0]), likelihood - float(other))


def _likelihoods(
    power: Array, frequency: Array, squares: Array, falls: Sequence[float], noises: Sequence[float]
) -> tuple[Array, Array]:
    """Return for each blur the highest mean log-likelihood of a frequency, and power, fall and noise [blurs,3]."""
    best, settings = np.full(len(squares), -np.inf, np.float32), np.zeros((len(squares), 3))
    power = power.astype(np.float32)
    for fall in falls:
        falling = (frequency**-fall).astype(np.float32)
        first = max(float(np.median((power / falling)[frequency < 0.15])), TINY)
        passed = squares * falling
        for noise in map(np.float32, noises):
            amount = np.full((len(squares), 1), first, np.float32)
            for _ in range(ROUNDS):
                model = amount * passed + noise
                share = 1 - noise / model
                weights = share.sum(1).clip(TINY)  # nothing is above the noise in a flat image
                amount *= ((share * power / model).sum(1) / weights)[:, None].clip(0.2, 5)
            model = amount * passed + noise
            likelihood = -(np.log(model) + power / model).mean(1)
            better = likelihood > best
            best[better] = likelihood[better]
            settings[better, 0], settings[better, 1:] = amount[better, 0], (fall, noise)
    return best, settings


def spectrum(tiles: Array) -> Array | None:
    """Return the mean power [WINDOW,WINDOW//2+1] of luma in squared levels; None where a tile is too small."""
    if min(tiles.shape[2:]) < WINDOW:
        return None
    luma = 255 * np.tensordot(tiles[:TILES], LUMA, (1, 0))
    window = np.hanning(WINDOW + 1)[:-1]
    window = np.outer(window, window) / (window**2).mean()
    starts = [range(0, side - WINDOW + 1, STEP) for side in luma.shape[1:]]
    parts = np.concatenate(
        [luma[:, top : top + WINDOW, left : left + WINDOW] for top in starts[0] for left in starts[1]]
    )
    parts = (parts - parts.mean((1, 2), keepdims=True)) * window
    return np.asarray((np.abs(np.fft.rfft2(parts)) ** 2).mean(0) / WINDOW**2)


@lru_cache(maxsize=1)
def _used() -> tuple[Array, Array]:
    """Return the frequency of each bin of a spectrum in cycles a pixel, and which bins are compared."""
    frequency = _frequency(WINDOW)
    return frequency, (frequency > LOWEST) & (frequency < 0.5)


def _frequency(size: int) -> Array:
    return np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None])


def wiener(fit: BlurFit, scale: int) -> Array:
    """Return the filter [2*REACH+1,2*REACH+1] that undoes a blur with the least squared error; it sums to 1."""
    frequency = _frequency(GRID)
    frequency[0, 0] = frequency[0, 1] / 4
    passed = transfer(fit.blur, GRID, scale)
    inverse = passed / (passed**2 + fit.noise * frequency**fit.fall / fit.power + UNCERTAINTY * bool(fit.blur.motion))
    middle = slice(GRID // 2 - REACH, GRID // 2 + REACH + 1)
    kernel = np.fft.fftshift(np.fft.irfft2(inverse, (GRID, GRID)))[middle, middle]
    taper = np.cos(np.linspace(-1, 1, 2 * REACH + 1) * np.pi / 2 * 0.98) ** 0.5
    kernel = kernel * np.outer(taper, taper)
    return np.asarray(kernel / kernel.sum())


def find_blur(tiles: Array, condition: Array, quality: int | None, scale: int) -> BlurFit | None:
    """Find the blur to undo in an image's tiles [N,3,h,w] in 0..1, by its condition; None where there is none.

    Where the image becomes larger that is motion alone: of Gaussian blur the network for degraded images takes away
    more (x2), since it knows what photographs are like.
    """
    given = dict(zip(CONDITIONS, condition, strict=True))
    if given["blur"] < MIN_ESTIMATE or any(given[name] > limit for name, limit in MAX_CONDITION.items()):
        return None
    if quality is not None and quality < MIN_QUALITY:
        return None
    fit = fit_blur(tiles, scale)
    if fit is None or fit.gain < MIN_GAIN or fit.margin < MIN_MARGIN:
        return None
    is_enough = fit.blur.motion >= MIN_MOTION or (scale == 1 and fit.blur.narrow >= MIN_SIGMA)
    return fit if is_enough else None


@dataclass(frozen=True, eq=False)
class Deconvolution:
    """A network of one scale for sharp images, before which a blur is undone; without a network, at a scale of 1."""

    kernel: Array  # `wiener`
    network: Any = None

    @property
    def radius(self) -> int:
        """Pixels a result needs around it."""
        return REACH + (2 if self.network is None else self.network.radius)

    @property
    def shape(self) -> Any:
        """What takes equally long for equally many pixels."""
        return "deconvolution", None if self.network is None else self.network.shape

    @property
    def fingerprint(self) -> str:
        """A digest of what it does, beside the image."""
        return "deconvolution" + getattr(self.network, "fingerprint", "")

    def __call__(self, image: Array) -> tuple[Array, Array]:
        """Return a float32 image [1,3,h+2r,w+2r] -> bicubic [1,3,s*h,s*w] and what to add, [1,3,...]."""
        sharp = self._filtered(image)
        if self.network is None:
            plain = image[..., self.radius : -self.radius, self.radius : -self.radius]
            return plain, sharp[..., 2:-2, 2:-2] - plain
        cut = self.radius - 2
        bicubic, added = self.network(np.ascontiguousarray(sharp))
        scale = bicubic.shape[2] // (image.shape[2] - 2 * self.radius)
        plain = enlarged(image[0, :, cut:-cut, cut:-cut], scale)[None]
        return plain, bicubic + added - plain

    def _filtered(self, image: Array) -> Array:
        """Filter [1,3,h,w] -> [1,3,h-2*REACH,w-2*REACH]."""
        size = image.shape[2], image.shape[3]
        product = np.fft.rfft2(image) * self._spectrum(size)
        return np.fft.irfft2(product, size)[..., 2 * REACH :, 2 * REACH :].astype(np.float32)

    def _spectrum(self, size: tuple[int, int]) -> Array:
        if size not in self._spectra:
            self._spectra[size] = np.fft.rfft2(self.kernel, size)
        return self._spectra[size]

    @cached_property
    def _spectra(self) -> dict[tuple[int, int], Array]:
        return {}


def enlarged(planes: Array, scale: int) -> Array:
    """Enlarge planes [3,h+4,w+4] -> [3,s*h,s*w] by bicubic interpolation."""
    height, width = (side - 4 for side in planes.shape[1:])
    made = np.zeros((len(planes), height, scale, width, scale), np.float32)
    for number, kernel in enumerate(bicubic_kernels(scale)[:, 0]):
        row, column = divmod(number, scale)
        made[:, :, row, :, column] = sum(
            kernel[y, x] * planes[:, y : y + height, x : x + width] for y in range(5) for x in range(5)
        )
    return made.reshape(len(planes), scale * height, scale * width)


def describe_blur(blur: Blur, scale: int) -> str:
    """Describe a blur in pixels of the small image, as part of a sentence."""
    if blur.motion:
        return f"motion of {blur.motion / scale:.3g} pixels at {round(np.rad2deg(blur.angle))} degrees"
    return f"blur of {blur.wide / scale:.2g} pixels"
