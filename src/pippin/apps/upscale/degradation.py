"""Degradations of photographs: blur, resizing, noise, sharpening and JPEG, once or twice, at random.

The chain follows the high-order degradations of Real-ESRGAN (Wang et al. 2021, section 3), in the range of what people
send: snapshots, scans and images that went through messengers.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from pippin.apps.upscale.resampling import Kernel, cubic, lanczos, linear, resize_matrix, rounded

Array = np.ndarray
REACH = 9  # pixels a blur reaches on each side
KERNELS = (cubic, linear, lanczos)
CONDITIONS = ("blur", "slant", "skew", "noise", "jpeg", "earlier", "sharpened")
"""What tells one degradation from another, each about 0..1; see `Degradation.condition`."""


@dataclass(frozen=True)
class Blur:
    """A Gaussian of two widths (standard deviations in pixels), or motion of some length, in a direction (radians)."""

    wide: float = 0.0
    narrow: float = 0.0
    angle: float = 0.0
    motion: float = 0.0

    @property
    def covariance(self) -> Array:
        """Of the kernel in pixels squared, [2,2] over x and y."""
        along = np.array([np.cos(self.angle), np.sin(self.angle)])
        across = np.array([-along[1], along[0]])
        wide = max(self.wide**2, (self.motion**2 - 1) / 12 if self.motion > 1 else 0.0)
        return wide * np.outer(along, along) + self.narrow**2 * np.outer(across, across)

    def kernel(self) -> Array:
        """Return the filter [2*REACH+1,2*REACH+1], which sums to 1."""
        y, x = np.mgrid[-REACH : REACH + 1, -REACH : REACH + 1]
        along = x * np.cos(self.angle) + y * np.sin(self.angle)
        across = y * np.cos(self.angle) - x * np.sin(self.angle)
        if self.motion:
            near = np.clip((self.motion + 1) / 2 - np.abs(along), 0, 1) * np.clip(1 - np.abs(across), 0, 1)
            return np.asarray(near / near.sum())
        wide, narrow = max(self.wide, 0.05), max(self.narrow, 0.05)
        kernel = np.exp(-0.5 * ((along / wide) ** 2 + (across / narrow) ** 2))
        return np.asarray(kernel / kernel.sum())


@dataclass(frozen=True)
class Degradation:
    """One chain, its steps in order; a quality of 0 means no JPEG, sizes are shares of the large image's sides.

    `noise` and `later_noise` are standard deviations in levels at middle grey; `sharpening` is the amount of an unsharp
    mask, as telephones apply it.
    """

    blur: Blur = Blur()
    middle: float = 0.0  # size of the first copy; 0: that of the result
    kernels: tuple[Kernel, Kernel] = (cubic, cubic)
    noise: float = 0.0
    grey: bool = False  # noise of brightness alone
    sharpening: float = 0.0
    earlier_quality: int = 0
    later_blur: Blur = Blur()
    later_noise: float = 0.0
    quality: int = 0
    fine: bool = True  # colours in JPEG at full resolution

    def condition(self, scale: int) -> Array:
        """Return the degradation in numbers of about 0..1, by the names of CONDITIONS, as seen in the small image."""
        middle = self.middle or 1 / scale
        shrunk = 1 / (scale * middle)  # of the first copy on its way to the result
        covariance = self.blur.covariance / scale**2 + self.later_blur.covariance * shrunk**2
        slant, skew = (covariance[0, 0] - covariance[1, 1]) / 2, covariance[0, 1]
        noise = np.hypot(self.noise * min(1.0, shrunk), self.later_noise)
        return np.array([
            np.sqrt(np.trace(covariance) / 2) / 1.5, slant, skew, noise / 25, severity(self.quality),
            severity(self.earlier_quality) * min(1.0, shrunk), self.sharpening / 1.5,
        ], np.float32)  # fmt: skip


def severity(quality: float) -> float:
    """Return how much a JPEG quality of 1..100 takes away, about 0..1; 0 for none."""
    return 0.0 if quality <= 0 else float(np.clip((100 - quality) / 70, 0, 1.4))


def snapshot(scale: int, rng: np.random.Generator) -> Degradation:
    """Return a snapshot or an image that was sent: some blur, little noise, one or two JPEGs of medium quality."""
    twice = rng.random() < 0.4
    return Degradation(
        blur=_gaussian(rng, 0.3, 1.2 * scale / 2 + 0.6),
        middle=1 / rng.uniform(1.0, scale) if scale > 1 and rng.random() < 0.6 else 0.0,
        kernels=_kernels(rng),
        noise=rng.uniform(0, 8) * rng.random(),
        grey=rng.random() < 0.4,
        earlier_quality=int(rng.integers(50, 96)) if rng.random() < 0.7 else 0,
        later_blur=_gaussian(rng, 0.2, 0.8) if twice else Blur(),
        later_noise=rng.uniform(0, 4) * rng.random() if twice else 0.0,
        quality=int(rng.integers(60, 98)),
        fine=rng.random() < 0.4,
    )


def any_degradation(scale: int, rng: np.random.Generator) -> Degradation:
    """Draw one of the whole range people send: clean, blurred alone, noisy, compressed, sent twice, or a snapshot."""
    kind = rng.random()
    plain = Degradation(kernels=_kernels(rng))
    if kind < 0.08:
        return plain
    if kind < 0.28:
        blur = _gaussian(rng, 0.4, 2.6 * max(scale, 2) / 2)
        if rng.random() < 0.35:
            blur = Blur(motion=rng.uniform(3, 13), angle=rng.uniform(0, np.pi))
        return replace(plain, blur=blur, later_noise=rng.uniform(0, 2) * (rng.random() < 0.3))
    if kind < 0.6:
        return replace(
            plain,
            blur=_gaussian(rng, 0.1, 1.0) if rng.random() < 0.3 else Blur(),
            noise=25 * rng.random() ** 2 if rng.random() < 0.8 else 0.0,
            grey=rng.random() < 0.4,
            sharpening=rng.uniform(0, 1.5) if rng.random() < 0.2 else 0.0,
            quality=int(rng.integers(30, 96)) if rng.random() < 0.8 else 0,
            fine=rng.random() < 0.4,
        )
    if kind < 0.75:
        return replace(
            plain,
            middle=min(1.0, rng.uniform(1.0, 2.0) / scale),
            blur=_gaussian(rng, 0.1, 1.0) if rng.random() < 0.3 else Blur(),
            noise=rng.uniform(0, 6) * rng.random(),
            sharpening=rng.uniform(0, 1.5) if rng.random() < 0.3 else 0.0,
            earlier_quality=int(rng.integers(40, 96)),
            quality=int(rng.integers(40, 96)),
            fine=rng.random() < 0.4,
        )
    return snapshot(scale, rng)


def degrade(images: Array, degradation: Degradation, scale: int, rng: np.random.Generator) -> Array:
    """Make small copies [N,h,w,3] of 8-bit RGB images [N,scale*h,scale*w,3], all degraded alike."""
    height, width = (side // scale for side in images.shape[1:3])
    planes = images.transpose(0, 3, 1, 2).astype(np.float32)
    middle = degradation.middle or 1 / scale
    tall, wide = (max(4, round(middle * side)) for side in images.shape[1:3])
    planes = _resized(_blurred(planes, degradation.blur), tall, wide, degradation.kernels[0])
    planes = _noisy(planes, degradation.noise, degradation.grey, rng)
    if degradation.sharpening:
        planes = planes + degradation.sharpening * (planes - _blurred(planes, Blur(1.0, 1.0)))
    planes = _compressed(planes, degradation.earlier_quality, degradation.fine)
    planes = _noisy(_blurred(planes, degradation.later_blur), degradation.later_noise, degradation.grey, rng)
    planes = _resized(planes, height, width, degradation.kernels[1])
    planes = _compressed(planes, degradation.quality, degradation.fine)
    return rounded(planes).transpose(0, 2, 3, 1)


def _gaussian(rng: np.random.Generator, least: float, most: float) -> Blur:
    """Draw a blur at random: round, or drawn out in some direction."""
    wide, narrow = rng.uniform(least, most, 2) if rng.random() < 0.4 else [rng.uniform(least, most)] * 2
    return Blur(float(wide), float(narrow), rng.uniform(0, np.pi))


def _kernels(rng: np.random.Generator) -> tuple[Kernel, Kernel]:
    first, second = rng.integers(len(KERNELS), size=2)
    return KERNELS[first], KERNELS[second]


def _blurred(planes: Array, blur: Blur) -> Array:
    """Filter planes [N,C,H,W] through the frequency domain, borders mirrored."""
    if max(blur.wide, blur.narrow) < 0.15 and blur.motion < 1.5:
        return planes
    padded = np.pad(planes, ((0, 0), (0, 0), (REACH, REACH), (REACH, REACH)), mode="symmetric")
    size = padded.shape[2:]
    spectrum = np.fft.rfft2(padded) * np.fft.rfft2(blur.kernel().astype(np.float32), size)
    found = np.fft.irfft2(spectrum, size)
    return np.asarray(found[..., 2 * REACH :, 2 * REACH :], np.float32)


def _resized(planes: Array, height: int, width: int, kernel: Kernel) -> Array:
    if planes.shape[2:] == (height, width):
        return planes
    rows = resize_matrix(planes.shape[2], height, kernel)
    columns = resize_matrix(planes.shape[3], width, kernel)
    return np.asarray(rows @ planes @ columns.T)


def _noisy(planes: Array, strength: float, grey: bool, rng: np.random.Generator) -> Array:
    """Add a sensor's noise: more where it is bright; of brightness alone, or of each colour."""
    if strength < 0.05:
        return planes
    shape = (len(planes), 1 if grey else planes.shape[1], *planes.shape[2:])
    growing = np.sqrt(0.5 + planes.clip(0, 255).mean(1, keepdims=True) / 255)
    return planes + strength * growing * rng.standard_normal(shape, np.float32)


def _compressed(planes: Array, quality: int, fine: bool) -> Array:
    if quality <= 0:
        return planes
    coded = [_jpeg(image, quality, fine) for image in rounded(planes).transpose(0, 2, 3, 1)]
    return np.stack(coded).transpose(0, 3, 1, 2).astype(np.float32)


def _jpeg(image: Array, quality: int, fine: bool) -> Array:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=quality, subsampling=0 if fine else 2)
    return np.asarray(Image.open(buffer).convert("RGB"))
