"""Images in memory become handles known by their content; other values are refused in a sentence."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as PIL

from pippin.core.errors import PippinError
from pippin.core.inputs import Image

LEVELS = np.random.default_rng(0).integers(0, 256, (12, 9, 3), dtype=np.uint8)


def decoded(argument: Any) -> np.ndarray:
    return np.asarray(PIL.open(io.BytesIO(Image.of(argument).read())))


def test_the_same_image_in_any_form_is_the_same_input() -> None:
    torch = pytest.importorskip("torch")
    image = PIL.fromarray(LEVELS)
    forms = [image, LEVELS, LEVELS.astype(np.int64), LEVELS / 255, np.moveaxis(LEVELS, 2, 0) / np.float32(255)]
    forms += [torch.from_numpy(np.moveaxis(LEVELS, 2, 0) / 255), torch.from_numpy(np.moveaxis(LEVELS, 2, 0).copy())]
    forms += [torch.from_numpy(LEVELS), np.asfortranarray(LEVELS)]
    assert {Image.of(form).digest() for form in forms} == {Image.of(image).digest()}
    np.testing.assert_array_equal(decoded(image), LEVELS)


def test_what_the_shape_leaves_open() -> None:
    torch = pytest.importorskip("torch")
    cube = np.arange(9 * 3, dtype=np.uint8).reshape(3, 3, 3)
    np.testing.assert_array_equal(decoded(cube), cube)
    np.testing.assert_array_equal(decoded(torch.from_numpy(cube)), np.moveaxis(cube, 0, 2))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "LAB", "I;16", "F"])
def test_every_mode_of_pil(mode: str) -> None:
    from pippin.learn.vision.image_decoding import open_image

    base = PIL.fromarray(LEVELS)
    image = PIL.fromarray(LEVELS[:, :, 0] / np.float32(255)) if mode == "F" else base
    if mode == "I;16":
        image = PIL.fromarray(LEVELS[:, :, 0].astype(np.uint16) * 257)
    elif mode != "F":
        image = base.convert(mode)
    assert image.mode == mode
    assert open_image(Image.of(image)).size == (9, 12)


def test_an_image_lying_on_its_side_is_turned_and_its_file_data_left_behind() -> None:
    exif = PIL.Exif()
    exif[0x0112] = 6
    file = io.BytesIO()
    PIL.fromarray(LEVELS).save(file, "JPEG", exif=exif)
    image = PIL.open(file)
    assert decoded(image).shape == (9, 12, 3)
    assert Image.of(image).digest() == Image.of(PIL.open(file)).digest()


@pytest.mark.parametrize(
    ("argument", "told"),
    [
        (np.zeros(3), "is not an image"), (np.zeros((4, 5, 6, 7)), "is not an image"),
        (np.zeros((8, 9, 5)), "channels"),
        (np.zeros((0, 4, 3)), "is not an image"), (LEVELS - 128.0, "undo a normalisation"), (LEVELS * 3.0, "levels"),
        (np.full((4, 4), np.nan), "levels"), (np.full((4, 4), 300), "not of 8 bits"), (np.full((4, 4), 1j), "8-bit"),
        (np.array([["a"]]), "8-bit"), (7, "is not a file"), (None, "is not a file"), (np.float64(3), "is not an image"),
    ],
)  # fmt: skip
def test_what_is_no_image_is_refused(argument: Any, told: str) -> None:
    with pytest.raises(PippinError, match=told):
        Image.of(argument)


@given(
    st.sampled_from(["u1", "u2", "f4", "f8", "?"]), st.integers(1, 5), st.integers(1, 5), st.sampled_from([0, 1, 3, 4])
)
def test_any_array_keeps_its_size(dtype: str, height: int, width: int, channels: int) -> None:
    array = np.ones((height, width, channels) if channels else (height, width), dtype)
    assert PIL.open(io.BytesIO(Image.of(array).read())).size == (width, height)


def test_bytes_of_any_kind() -> None:
    assert Image.of(bytearray(b"x")).digest() == Image.of(memoryview(b"x")).digest() == Image.of(b"x").digest()
