"""A network with weights by chance, small pictures, and the numbers in files as other libraries read them."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from pippin.apps.upscale import onnx_graph
from pippin.apps.upscale.enlargement import Enlargement
from pippin.apps.upscale.image_io import open_photograph
from pippin.apps.upscale.onnx_model import Model, Shape
from pippin.apps.upscale.tiling import TiledUpscaler
from pippin.core.inputs import Image as ImageInput

Array = np.ndarray


@pytest.fixture(scope="session", params=[(2, 1), (3, 1), (4, 1), (2, 3)], ids=["x2", "x3", "x4", "x2 colour"])
def network(request: pytest.FixtureRequest) -> Model:
    """A small network that adds something to bicubic."""
    scale, channels = request.param
    return random_model(scale, channels)


def random_model(scale: int, channels: int = 1) -> Model:
    shape, chance = Shape(scale, channels, 6, 2), np.random.default_rng(scale)
    weights = {}
    for number in range(shape.layers):
        kernel, bias = shape.sizes(number)
        spread = 0.9 / np.sqrt(9 * kernel[1]) if number < shape.layers - 1 else 0.05
        weights[f"{number}.weight"] = chance.normal(0, spread, kernel).astype(np.float32)
        weights[f"{number}.bias"] = chance.normal(0, 0.01, bias).astype(np.float32)
    return Model(shape, weights, {"network": onnx_graph.network(shape), "features": onnx_graph.features(shape)})


@pytest.fixture(scope="session")
def photo() -> Array:
    """Something like a photograph, uint8 [60,84,3]."""
    return draw(60, 84)


def draw(height: int, width: int, bands: int = 3) -> Array:
    y, x = np.mgrid[:height, :width]
    waves = [
        np.sin(x / (3 + band) + np.cos(y / (5 + band))) + (x > width // 3) - (y > height // 2) for band in range(bands)
    ]
    image = np.stack(waves, 2) * 40 + 128 + np.random.default_rng(0).normal(0, 4, (height, width, 1))
    return image.clip(0, 255).astype(np.uint8)


@pytest.fixture
def tagged_jpeg(tmp_path: Path, photo: Array) -> Path:
    """Write a JPEG with many kinds of metadata, lying on its side."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x0132] = 6, "Pippin Cameras", "2026:11:25 12:00:00"
    exif.get_ifd(0x8769).update({0x829A: 0.01, 0xA002: photo.shape[1], 0xA003: photo.shape[0]})
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0)})
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = tmp_path / "tagged.jpg"
    Image.fromarray(photo).save(
        path,
        quality=95,
        exif=exif.tobytes(),
        icc_profile=profile,
        xmp=b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>",
        dpi=(300, 300),
    )
    return path


def twice(item: ImageInput) -> Enlargement:
    """What makes an image twice as wide, by bicubic alone."""
    height, width = open_photograph(item).size
    return Enlargement((plain(),), (height, width), (2 * height, 2 * width))


@functools.cache
def plain() -> TiledUpscaler:
    network = random_model(2)
    return TiledUpscaler(network, 2, network.shape.radius, strength=0.0)
