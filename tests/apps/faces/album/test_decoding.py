"""Photographs of all kinds become upright pixels of limited size, or one sentence."""

from __future__ import annotations

import io
import resource
import struct
import subprocess
import sys
import zlib
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from pippin.apps.faces.album.decoding import decode
from pippin.core.errors import PippinError

RAMP = np.stack(np.broadcast_arrays(np.linspace(0, 255, 60)[:, None], np.linspace(255, 0, 90), np.float64(90)), -1)
PHOTO = Image.fromarray(RAMP.astype(np.uint8))
TAKEN = datetime(2024, 6, 30, 12, 1, 2)


def exif_of(orientation: int, taken: str = "2024:06:30 12:01:02") -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif.get_ifd(0x8769)[0x9003] = taken
    return exif.tobytes()


def jpeg(image: Image.Image = PHOTO, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=95, **options)
    return file.getvalue()


def encoded_png() -> bytes:
    file = io.BytesIO()
    PHOTO.save(file, "PNG")
    return file.getvalue()


def raw(preview: bytes, orientation: int, head: bytes = b"II*\0") -> bytes:
    """Return a file as raw photographs are: a directory with the orientation, sensor data, a small and a large JPEG."""
    directory = struct.pack("<HHHIII", 1, 0x0112, 3, 1, orientation, 0)
    small = jpeg(PHOTO.resize((30, 20)))
    noise = np.random.default_rng(0).integers(0, 256, 5000, dtype=np.uint8).tobytes()
    return head + struct.pack("<I", 8) + directory + small + noise + b"\xff\xd8\xff\xe1" + noise + preview + noise


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_pixels_lie_as_displayed(tmp_path: Path, orientation: int, format: str) -> None:
    path = tmp_path / f"a.{format.lower()}"
    PHOTO.save(path, format, exif=exif_of(orientation), **({"quality": 95} if format in ("JPEG", "WEBP") else {}))
    found = decode(path, 1000)
    with Image.open(path) as image:
        upright = np.asarray(ImageOps.exif_transpose(image).convert("RGB"), float)
    assert found.pixels.shape == upright.shape
    assert np.abs(found.pixels - upright).max() <= 3
    assert found.size == upright.shape[1::-1]
    assert found.orientation == orientation
    assert found.taken == TAKEN


def test_a_jpeg_is_no_larger_than_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg(PHOTO.resize((1800, 1200)), exif=exif_of(6)))
    found = decode(path, 300)
    assert found.pixels.shape == (300, 200, 3)
    assert found.pixels.dtype == np.uint8
    assert found.pixels.flags.c_contiguous
    assert found.size == (1200, 1800)


@pytest.mark.parametrize(
    ("image", "colour"),
    [
        (Image.new("RGBA", (90, 90), (255, 0, 0, 0)), (255, 255, 255)),
        (Image.new("L", (90, 90), 77), (77, 77, 77)),
        (Image.new("RGB", (90, 90), (1, 2, 3)).quantize(), (1, 2, 3)),
        (Image.fromarray(np.full((90, 90), 0x8000, np.uint16)), (128, 128, 128)),
    ],
)
def test_modes_become_rgb(tmp_path: Path, image: Image.Image, colour: tuple[int, int, int]) -> None:
    image.save(tmp_path / "a.png")
    for side in (40, 100):
        assert tuple(decode(tmp_path / "a.png", side).pixels[5, 5]) == colour


def test_cmyk_becomes_rgb(tmp_path: Path) -> None:
    Image.new("CMYK", (90, 90), (0, 255, 255, 0)).save(tmp_path / "a.jpg")
    assert np.abs(decode(tmp_path / "a.jpg", 40).pixels.astype(int) - (255, 0, 0)).max() <= 3


def test_heic_is_decoded(tmp_path: Path) -> None:
    pytest.importorskip("pillow_heif").register_heif_opener()
    PHOTO.save(tmp_path / "a.heic", "HEIF", exif=exif_of(6))
    found = decode(tmp_path / "a.heic", 100)
    assert found.taken == TAKEN
    assert found.pixels.shape[1::-1] == found.size
    assert found.orientation == 1


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("head", [b"II*\0", b"IIRO", b"IIU\0"])
def test_a_raw_photograph_is_its_largest_preview(tmp_path: Path, orientation: int, head: bytes) -> None:
    (tmp_path / "a.nef").write_bytes(raw(jpeg(PHOTO.resize((450, 300))), orientation, head))
    (tmp_path / "a.jpg").write_bytes(jpeg(PHOTO.resize((450, 300)), exif=exif_of(orientation)))
    found, expected = decode(tmp_path / "a.nef", 200), decode(tmp_path / "a.jpg", 200)
    assert (found.size, found.orientation) == (expected.size, orientation)
    assert np.array_equal(found.pixels, expected.pixels)


def test_a_preview_that_says_its_own_orientation_is_turned_once(tmp_path: Path) -> None:
    (tmp_path / "a.raf").write_bytes(raw(jpeg(PHOTO.resize((450, 300)), exif=exif_of(8)), 8))
    found = decode(tmp_path / "a.raf", 200)
    assert found.size == (300, 450)
    assert found.taken == TAKEN


@pytest.mark.parametrize("taken", ["0000:00:00 00:00:00", "", "yesterday", "2024:13:01 00:00:00"])
def test_a_date_that_cannot_be_is_none(tmp_path: Path, taken: str) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg(exif=exif_of(1, taken)))
    assert decode(tmp_path / "a.jpg", 100).taken is None


def bad_files() -> dict[str, bytes]:
    whole = jpeg(PHOTO.resize((900, 600)))
    return {
        "empty.jpg": b"",
        "half.jpg": whole[: len(whole) // 2],
        "head.jpg": whole[:100],
        "text.jpg": b"no photograph",
        "zeros.png": bytes(5000),
        "empty.nef": b"",
        "none.nef": raw(b"", 1),
        "half.nef": raw(whole, 1)[: -len(whole) // 2 - 5000],
        "noise.cr3": b"\0\0\0\x18ftypcrx " + np.random.default_rng(1).bytes(5000),
        "movie.mov": b"x",
    }


@pytest.mark.parametrize("name", [*bad_files(), "missing.jpg"])
def test_what_cannot_be_decoded_is_told_in_a_sentence(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name in bad_files():
        path.write_bytes(bad_files()[name])
    with pytest.raises(PippinError) as caught:
        decode(path, 500)
    assert name in caught.value.message
    assert caught.value.message.endswith(".")
    assert "\n" not in caught.value.message


def test_a_decompression_bomb_is_refused(tmp_path: Path) -> None:
    content = bytearray(encoded_png())
    content[16:24] = struct.pack(">II", 60_000, 60_000)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(PippinError, match="million pixels"):
        decode(tmp_path / "a.png", 500)


def test_a_panorama_of_100_megapixels_fits_into_memory(tmp_path: Path) -> None:
    Image.new("RGB", (20_000, 5_000), (10, 200, 30)).save(tmp_path / "a.jpg", quality=50)
    limit = 900_000_000  # bytes of address space beyond the libraries
    program = (
        "import resource, sys; from pathlib import Path; from pippin.apps.faces.album.decoding import decode;"
        "used = int(Path('/proc/self/statm').read_text().split()[0]) * resource.getpagesize();"
        f"resource.setrlimit(resource.RLIMIT_AS, (used + {limit},) * 2);"
        "found = decode(Path(sys.argv[1]), 1000); print(found.pixels.shape, found.size)"
    )
    assert resource.getpagesize()
    if not Path("/proc/self/statm").exists():
        pytest.skip("the memory of a process is not told here")
    command = [sys.executable, "-c", program, str(tmp_path / "a.jpg")]
    assert subprocess.check_output(command, text=True).strip() == "(250, 1000, 3) (20000, 5000)"
