"""What a file says of itself is still there in the larger one, as other libraries read it; and nothing is half done."""

from __future__ import annotations

import io
import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from pippin.apps.upscale.enlargement import Enlargement
from pippin.apps.upscale.file_writing import notes_on, refuse_too_large
from pippin.apps.upscale.image_formats import cut_off
from pippin.apps.upscale.image_io import open_photograph
from pippin.apps.upscale.predictions import write
from pippin.apps.upscale.tiling import TiledUpscaler
from pippin.core.errors import PippinError
from pippin.core.inputs import Image as ImageInput

from .conftest import Array, draw, random_model

NETWORK = random_model(2)
SVG = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"
PLAIN = TiledUpscaler(NETWORK, 2, NETWORK.shape.radius, strength=0.0)


def larger(path: Path, kind: str | None = None) -> Path:
    """The larger picture beside the file."""
    kind = kind or open_photograph(ImageInput.of(path)).format
    target = path.with_name(f"{path.stem}-x2.{kind}")
    height, width = open_photograph(ImageInput.of(path)).size
    twice = Enlargement((PLAIN,), (height, width), (2 * height, 2 * width))
    write(ImageInput.of(path), twice, kind, "{}", target)
    return target


@pytest.mark.parametrize("kind", ["jpg", "png", "webp"])
def test_exif_profile_and_xmp_are_kept(tagged_jpeg: Path, kind: str, photo: Array) -> None:
    with Image.open(larger(tagged_jpeg, kind)) as found:
        exif = found.getexif()
        assert found.size == (2 * photo.shape[0], 2 * photo.shape[1]), "it was turned upright"
        assert exif[0x010F] == "Pippin Cameras"
        assert exif.get(0x0112, 1) == 1, "what is upright must not be turned again"
        assert exif.get_ifd(0x8825)[2] == (52.0, 31.0, 12.0)
        details = exif.get_ifd(0x8769)
        assert details[0x829A] == pytest.approx(0.01)
        assert (details[0xA002], details[0xA003]) == found.size
        with Image.open(tagged_jpeg) as before:
            assert found.info["icc_profile"] == before.info["icc_profile"]
        assert b"xmpmeta" in (found.info.get("xmp") or found.info.get("XML:com.adobe.xmp", "").encode())


def test_the_image_is_upright(tagged_jpeg: Path) -> None:
    from PIL import ImageOps

    with Image.open(tagged_jpeg) as before, Image.open(larger(tagged_jpeg, "png")) as after:
        upright = ImageOps.exif_transpose(before).resize(after.size, Image.Resampling.BICUBIC)
        assert np.abs(np.asarray(upright, int) - np.asarray(after, int)).mean() < 2


def test_tiff_keeps_profile_xmp_and_resolution(tagged_jpeg: Path) -> None:
    with Image.open(larger(tagged_jpeg, "tif")) as found, Image.open(tagged_jpeg) as before:
        assert found.info["icc_profile"] == before.info["icc_profile"]
        assert found.info["dpi"] == pytest.approx((300, 300), rel=1e-3)
        assert b"xmpmeta" in found.tag_v2[700]


@pytest.mark.parametrize("kind", ["png", "tif"])
@pytest.mark.parametrize("bands", [1, 3, 4])
def test_sixteen_bits_stay_sixteen(tmp_path: Path, kind: str, bands: int) -> None:
    import tifffile

    fine = draw(40, 52, bands).astype(np.uint16) * 257 + 3
    fine[..., -1] = 65535 if bands == 4 else fine[..., -1]
    path = tmp_path / "fine.tif"
    tifffile.imwrite(path, fine if bands > 1 else fine[..., 0], photometric="rgb" if bands > 1 else "minisblack",
                     extrasamples=["unassalpha"] if bands == 4 else None)  # fmt: skip
    found = larger(path, kind)
    back = tifffile.imread(found) if kind == "tif" else _sixteen(found)
    assert back.dtype == np.uint16
    assert back.shape[:2] == (80, 104)
    assert (back.reshape(80, 104, -1).shape[2]) == bands
    assert len(np.unique(back)) > 1000, "levels between those of 8 bits"


def _sixteen(path: Path) -> Array:
    """A PNG of 16 bits, as FFmpeg decodes it."""
    import av

    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
        return frame.to_ndarray(
            format={"gray16be": "gray16le", "rgb48be": "rgb48le", "rgba64be": "rgba64le"}[frame.format.name]
        )


@pytest.mark.parametrize(
    ("mode", "kind", "becomes"),
    [("L", "png", "L"), ("LA", "png", "LA"), ("RGBA", "png", "RGBA"), ("RGBA", "webp", "RGBA"), ("P", "png", "RGB"),
     ("1", "png", "L"), ("P", "gif", "RGB"), ("RGB", "ppm", "RGB"), ("RGB", "bmp", "RGB"),
     ("CMYK", "jpg", "RGB"), ("CMYK", "tiff", "RGB")],
)  # fmt: skip
def test_every_kind_of_pixel(tmp_path: Path, photo: Array, mode: str, kind: str, becomes: str) -> None:
    path = tmp_path / f"a.{kind}"
    source = Image.fromarray(photo)
    if mode in ("LA", "RGBA"):
        source = source.convert(mode)
        source.putalpha(Image.fromarray(draw(60, 84, 1)[..., 0]))
    source.convert(mode).save(path)
    photograph = open_photograph(ImageInput.of(path))
    with Image.open(larger(path)) as found:
        assert found.mode == becomes
        assert found.size == (168, 120)
    assert any("CMYK" in note for note in photograph.notes) == (mode == "CMYK")


def test_heic_of_telephones(tmp_path: Path, photo: Array) -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()
    path = tmp_path / "phone.heic"
    Image.fromarray(photo).save(path, quality=95)
    assert any("written as JPEG" in note for note in open_photograph(ImageInput.of(path)).notes)
    with Image.open(path) as before:
        before.convert("RGB").save(tmp_path / "same.png")
    with Image.open(larger(path)) as found, Image.open(larger(tmp_path / "same.png")) as same:
        assert found.format == "JPEG"
        assert np.abs(np.asarray(found, int) - np.asarray(same)).mean() < 4


def test_what_is_left_of_a_cut_file_is_used(tmp_path: Path) -> None:
    whole = io.BytesIO()
    Image.fromarray(draw(400, 600)).save(whole, "JPEG", quality=90)
    for number, (kind, share) in enumerate([("jpg", 0.6), ("jpg", 0.95)]):
        path = tmp_path / f"cut{number}.{kind}"
        path.write_bytes(whole.getvalue()[: int(share * len(whole.getvalue()))])
        photograph = open_photograph(ImageInput.of(path))
        assert "cut off" in photograph.notes[0]
        with Image.open(larger(path)) as found:
            upper = np.asarray(found)[: int(share * 700)]
            assert found.size == (1200, 800)
            assert upper.std() > 20


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: _animated(path, "PNG"), "holds several frames"),
        (lambda path: path.write_bytes(b""), "is empty"),
        (lambda path: path.write_text("hello"), "no image"),
        (lambda path: path.write_text(SVG), "not an image"),
        (lambda path: Image.new("RGB", (3, 9)).save(path, "PNG"), "only 3 x 9"),
        (lambda path: _animated(path, "GIF"), "holds 3 frames"),
        (lambda path: _animated(path, "WEBP"), "holds 3 frames"),
        (lambda path: _animated(path, "TIFF"), "holds 3 images"),
        (lambda path: Image.fromarray(np.ones((9, 9), np.float32)).save(path, "TIFF"), "channels of"),
        (lambda path: path.mkdir(), "folder"),
        (lambda path: None, "does not exist"),
    ],
)  # fmt: skip
def test_what_cannot_be_enlarged_is_told_in_a_sentence(tmp_path: Path, make: object, why: str) -> None:
    path = tmp_path / "odd"
    make(path)
    with pytest.raises(PippinError, match=why) as caught:
        open_photograph(ImageInput.of(path))
    assert "\n" not in caught.value.message


def test_telephones_that_lie_on_their_side(tmp_path: Path, photo: Array) -> None:
    import pillow_heif
    from PIL import ImageOps

    pillow_heif.register_heif_opener()
    exif, path = Image.Exif(), tmp_path / "side.heic"
    exif[0x0112], exif[0x010F] = 6, "Pippin Phones"
    lying = Image.fromarray(photo)
    lying.save(path, quality=95, exif=exif.tobytes())
    with Image.open(path) as before, Image.open(larger(path)) as after:
        upright = ImageOps.exif_transpose(before)
        assert after.size == (2 * upright.width, 2 * upright.height)
        small = np.asarray(after.resize(upright.size, Image.Resampling.BOX), int)
        assert np.abs(small - np.asarray(upright.convert("RGB"))).mean() < 6
        assert after.getexif().get(0x0112, 1) == 1
        assert after.getexif()[0x010F] == "Pippin Phones"


def test_avif_and_images_with_a_gain_map(tmp_path: Path, photo: Array) -> None:
    import pyvips

    pyvips.Image.new_from_array(photo).heifsave(str(tmp_path / "a.avif"), compression="av1", Q=90)
    Image.fromarray(photo).save(
        tmp_path / "b.jpg",
        xmp=b"<x:xmpmeta xmlns:x='adobe:ns:meta/' xmlns:hdrgm='http://ns.adobe.com/hdr-gain-map/1.0/' "
        b"hdrgm:Version='1.0'/>",
    )
    for path in (tmp_path / "a.avif", tmp_path / "b.jpg"):
        with Image.open(larger(path)) as found:
            assert found.format == "JPEG"
            assert found.size == (168, 120)
    assert "gain map" in " ".join(open_photograph(ImageInput.of(tmp_path / "b.jpg")).notes)


def test_transparency_becomes_white_in_jpeg_and_that_is_told(tmp_path: Path) -> None:
    import tifffile

    deep = np.zeros((20, 30, 4), np.uint16)
    deep[:, 15:] = 65535
    path = tmp_path / "deep.tif"
    tifffile.imwrite(path, deep, photometric="rgb", extrasamples=["unassalpha"])
    told = " ".join(notes_on(open_photograph(ImageInput.of(path)), "jpg"))
    assert "white" in told
    assert "16 bits became 8" in told
    with Image.open(larger(path, "jpg")) as found:
        assert np.asarray(found)[:, :20].min() >= 254


def test_deep_grey_of_simple_kinds_stays_deep(tmp_path: Path) -> None:
    import tifffile

    grey = draw(20, 30, 1)[..., 0].astype(np.uint16) * 257
    path = tmp_path / "a.pgm"
    path.write_bytes(b"P5 30 20 65535\n" + grey.astype(">u2").tobytes())
    back = tifffile.imread(larger(path, "tif"))
    assert back.dtype == np.uint16
    assert abs(float(back.mean()) - float(grey.mean())) < 300


def test_what_is_whole_is_not_called_cut_off(tmp_path: Path) -> None:
    whole, small = io.BytesIO(), io.BytesIO()
    Image.fromarray(draw(200, 300)).save(whole, "JPEG", quality=90, progressive=True)
    Image.fromarray(draw(20, 30)).save(small, "JPEG")
    content = whole.getvalue()
    assert not cut_off(content)
    assert not cut_off(content + bytes(200_000)), "cameras append films"
    assert cut_off(content[: len(content) // 2] + b"\0" * 9)
    thumbnail = content[:2] + b"\xff\xe2" + (len(small.getvalue()) + 2).to_bytes(2, "big") + small.getvalue()
    assert not cut_off(thumbnail + content[2:])
    assert cut_off((thumbnail + content[2:])[: len(small.getvalue()) + 2000])
    Image.fromarray(draw(200, 300)).save(png := io.BytesIO(), "PNG")
    damaged = bytearray(png.getvalue())
    assert not cut_off(bytes(damaged))
    damaged[len(damaged) // 2] ^= 1
    assert cut_off(bytes(damaged))


def test_names_that_are_no_text(tmp_path: Path, photo: Array) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xe9.png"))
    with path.open("wb") as file:
        Image.fromarray(photo).save(file, "PNG")
    with larger(path).open("rb") as file, Image.open(file) as found:
        assert found.size == (168, 120)


def _animated(path: Path, kind: str) -> None:
    frames = [Image.fromarray(draw(20, 20)[::step]) for step in (1, -1, 1)]
    frames[0].save(path, kind, save_all=True, append_images=frames[1:])


def test_a_result_too_large_for_its_kind_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "wide.webp"
    Image.new("RGB", (9000, 8)).save(path)
    photograph = open_photograph(ImageInput.of(path))
    with pytest.raises(PippinError, match=r"18,000 x 16 pixels.*write a png"):
        refuse_too_large(photograph, (2 * photograph.size[0], 2 * photograph.size[1]), "webp", tmp_path)
    monkeypatch.setattr("shutil.disk_usage", lambda folder: SimpleNamespace(free=10))
    with pytest.raises(PippinError, match=r"0\.0 GB free"):
        refuse_too_large(photograph, (2 * photograph.size[0], 2 * photograph.size[1]), "png", tmp_path)


SEEDS = {
    kind: (lambda buffer: (Image.fromarray(draw(24, 24)).save(buffer, kind), buffer.getvalue())[1])(io.BytesIO())
    for kind in ("JPEG", "PNG", "TIFF", "WEBP", "GIF", "PPM")
}


@given(kind=st.sampled_from(sorted(SEEDS)), data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_bytes_break_it(kind: str, data: st.DataObject) -> None:
    content = bytearray(SEEDS[kind])
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(1, len(content)))
    try:
        photograph = open_photograph(ImageInput(content=bytes(content[:cut]), name="fuzzed"))
        if np.prod(photograph.size) < 1e6:
            rows = np.concatenate(list(photograph.rows()))
            assert rows.shape[:2] == photograph.size
    except PippinError as problem:
        told = problem.message
    else:
        told = ""
    assert "\n" not in told
    assert len(told) < 300
