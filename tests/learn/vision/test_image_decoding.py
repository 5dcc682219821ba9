"""Every image file becomes an upright RGB image, or one clear sentence."""

import contextlib
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pippin.core import inputs
from pippin.core.errors import PippinError
from pippin.learn.vision.image_decoding import open_image

PHOTO = Image.fromarray(
    np.kron(np.random.default_rng(0).integers(0, 256, (5, 8, 3), dtype=np.uint8), np.ones((8, 8, 1), np.uint8))
)


def encoded(image: Image.Image, format: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def opened(content: bytes, **options: object) -> Image.Image:
    image = open_image(inputs.Image(content=content, name="x.jpg"), **options)  # type: ignore[arg-type]
    assert image.mode == "RGB"
    return image


def refusal(content: bytes) -> str:
    with pytest.raises(PippinError) as caught:
        opened(content)
    assert caught.value.input == "x.jpg"
    message = caught.value.message
    assert message.startswith("x.jpg ")
    assert message.endswith(".")
    assert "\n" not in message
    return message


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "AVIF", "HEIF"])
def test_formats_are_known_by_content(format: str) -> None:
    if format == "HEIF":
        pytest.importorskip("pillow_heif").register_heif_opener()
    image = opened(encoded(PHOTO, format, **({"quality": 95} if format in ("JPEG", "WEBP", "AVIF") else {})))
    assert image.size == PHOTO.size
    assert np.abs(np.asarray(image, float) - np.asarray(PHOTO)).mean() < 12


@pytest.mark.parametrize(
    ("image", "colour"),
    [
        (Image.new("RGBA", (9, 9), (255, 0, 0, 0)), (255, 255, 255)),
        (Image.new("RGBA", (9, 9), (255, 0, 0, 255)), (255, 0, 0)),
        (Image.new("LA", (9, 9), (0, 128)), (127, 127, 127)),
        (Image.new("L", (9, 9), 77), (77, 77, 77)),
        (Image.new("1", (9, 9), 1), (255, 255, 255)),
        (Image.new("RGB", (9, 9), (1, 2, 3)).quantize(), (1, 2, 3)),
        (Image.fromarray(np.full((9, 9), 0x8000, np.uint16)), (128, 128, 128)),
    ],
)
def test_modes_become_rgb_on_white(image: Image.Image, colour: tuple[int, int, int]) -> None:
    assert opened(encoded(image, "PNG")).getpixel((4, 4)) == colour


def test_cmyk_and_floating_point() -> None:
    assert opened(encoded(Image.new("CMYK", (9, 9), (0, 255, 255, 0)), "TIFF")).getpixel((0, 0)) == (255, 0, 0)
    half = Image.fromarray(np.full((9, 9), 0.5, np.float32))
    assert opened(encoded(half, "TIFF")).getpixel((0, 0)) == (128, 128, 128)


def test_a_transparent_palette_colour_is_white() -> None:
    content = encoded(Image.new("P", (9, 9), 0), "PNG", transparency=0)
    assert opened(content).getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_images_are_turned_upright(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    lying = opened(encoded(PHOTO, "PNG", exif=exif))
    array = np.asarray(PHOTO)
    turned = [array, array[:, ::-1], array[::-1, ::-1], array[::-1]]
    transposed = array.transpose(1, 0, 2)
    turned += [transposed, transposed[:, ::-1], transposed[::-1, ::-1], transposed[::-1]]
    np.testing.assert_array_equal(np.asarray(lying), turned[orientation - 1])


def test_a_large_jpeg_is_decoded_small_but_not_too_small() -> None:
    content = encoded(PHOTO.resize((1600, 1000)), "JPEG")
    width, height = opened(content, about=(224, 224)).size
    assert 224 <= height < width < 1600


def test_bad_files_are_refused_in_one_sentence() -> None:
    jpeg, png = encoded(PHOTO, "JPEG"), encoded(PHOTO, "PNG")
    assert "empty" in refusal(b"")
    assert "text" in refusal("This is not a picture. Äpfel.\n".encode() * 500)
    assert "not an image" in refusal(bytes(range(256)))
    assert "damaged or cut off" in refusal(jpeg[: len(jpeg) // 2])  # within the header
    assert "damaged or cut off" in refusal(jpeg[:-200])
    assert "damaged or cut off" in refusal(png[:-200])
    assert "1 x 1" in refusal(encoded(Image.new("RGB", (1, 1)), "PNG"))


def test_a_decompression_bomb_is_refused_before_decoding() -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    for side in (13_400, 60_000):
        header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
        assert "178 million" in refusal(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", b"") + chunk(b"IEND", b""))


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PippinError, match="does not exist"):
        open_image(inputs.Image.of(tmp_path / "none.jpg"))
    with pytest.raises(PippinError, match="is a folder"):
        open_image(inputs.Image.of(tmp_path))


def test_heic_without_its_library_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pillow_heif", None)
    with pytest.raises(PippinError, match=r"pillow-heif.*pip install"):
        opened(b"\0\0\0\x18ftypheic" + bytes(40))


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP"])
@given(data=st.data())
def test_damaged_files_never_raise_anything_else(format: str, data: st.DataObject) -> None:
    content = bytearray(encoded(PHOTO, format))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)))
    with contextlib.suppress(PippinError):
        opened(bytes(content[:cut]))
