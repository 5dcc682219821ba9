"""What sees an image: its maps and their means, by small networks of these data or a pretrained backbone."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PilImage

from pippin.core.workspace import cache
from pippin.learn.nn.onnx_session import session
from pippin.learn.vision import backbone
from pippin.learn.vision.efficientnet_graph import ANY_SIZE_FILE

if TYPE_CHECKING:
    import onnxruntime

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

KIND_SIDE = 112  # pixels a side at which the backbone tells what kind of image a small one is
_RESAMPLING = PilImage.Resampling.BICUBIC


class Body(Protocol):
    """Gives features of images [N,side,side,3], and the maps that these are the means of."""

    side: int

    def look(self, pixels_NHWC: Bytes) -> tuple[Floats, Floats]:
        """Return maps [N,C,h,w] and their means [N,C]."""

    def describe_kind(self, pixels_NHWC: Bytes, means_NC: Floats) -> Floats:
        """Return the backbone's features [N,1280], by which the kind of image is known."""


class SmallBody:
    """Networks that were trained on these data; `onnx` are their bytes."""

    def __init__(self, onnx: bytes, side: int) -> None:
        self.onnx, self.side = onnx, side
        self._session = session(onnx)

    def look(self, pixels_NHWC: Bytes) -> tuple[Floats, Floats]:
        """Return maps [N,C,h,w] and their means [N,C]."""
        pixels = np.ascontiguousarray(pixels_NHWC.transpose(0, 3, 1, 2)).astype(np.float32) / np.float32(255)
        maps, means = self._session.run(["maps", "pooled"], {"pixels": pixels})
        return maps, means

    def describe_kind(self, pixels_NHWC: Bytes, means_NC: Floats) -> Floats:
        """Return the backbone's features [N,1280] of the images enlarged."""
        return describe_small(pixels_NHWC)


class BackboneBody:
    """EfficientNet-Lite0 on images of any size."""

    def __init__(self, side: int) -> None:
        self.side = side

    def look(self, pixels_NHWC: Bytes) -> tuple[Floats, Floats]:
        """Return maps [N,1280,h,w] and their means [N,1280]."""
        found = [_run(image[None]) for image in pixels_NHWC]
        return np.concatenate([maps for maps, _ in found]), np.concatenate([means for _, means in found])

    def describe_kind(self, pixels_NHWC: Bytes, means_NC: Floats) -> Floats:
        """Return the features themselves."""
        return means_NC


def describe_small(pixels_NHWC: Bytes) -> Floats:
    """Return the backbone's features [N,1280] of small images, enlarged."""
    return np.concatenate(
        [_run(np.asarray(_resize(PilImage.fromarray(one), KIND_SIDE))[None])[1] for one in pixels_NHWC]
    )


def prepare(image: PilImage.Image, side: int, stain: str) -> Bytes:
    """Return an RGB image as networks take it [side,side,3]: squeezed, its stain normalised where asked for."""
    pixels = to_square(image, side)
    if stain == "macenko":
        from pippin.apps.pathology.slides.stain import normalise

        return normalise(pixels)
    return pixels


def to_square(image: PilImage.Image, side: int) -> Bytes:
    """Squeeze an RGB image into a square of bytes [side,side,3]."""
    return np.asarray(_resize(image, side))


def _resize(image: PilImage.Image, side: int) -> PilImage.Image:
    return image if image.size == (side, side) else image.resize((side, side), _RESAMPLING, reducing_gap=3.0)


def _run(pixels_NHWC: Bytes) -> tuple[Floats, Floats]:
    pixels = np.ascontiguousarray(pixels_NHWC.transpose(0, 3, 1, 2)).astype(np.float32)
    maps, means = _backbone(cache("backbone")).run(["map", "features"], {"pixels": pixels})
    return maps, means


@lru_cache(maxsize=2)
def _backbone(folder: Path) -> onnxruntime.InferenceSession:
    """Return the backbone, opened once per process."""
    return session(backbone.prepare(folder, ANY_SIZE_FILE))
