"""Unsupported files end in one sentence: RAW photographs, old TIFF, odd channels, damaged chunks and segments."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

import pippin
from pippin.apps.upscale import application
from pippin.core.errors import PippinError
from pippin.core.inputs import Image as ImageInput
from pippin.core.workspace import Workspace

from .conftest import draw


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    found = Workspace(tmp_path_factory.mktemp("home"))
    pippin.train(application, workspace=found, preset="tiny", threads=1, seed=0, progress=False, epochs=0.05)
    return found


def _raw_like(path: Path) -> None:
    """As NEF and DNG are made: a preview first, the photograph in a sub-directory."""
    with tifffile.TiffWriter(path) as writer:
        writer.write(draw(24, 32), photometric="rgb", subifds=1, subfiletype=1, metadata=None)
        writer.write(draw(48, 64), photometric="rgb", metadata=None)


def _with_tags(path: Path, *tags: tuple[int, str, int, object]) -> None:
    tifffile.imwrite(path, draw(24, 32), photometric="rgb", metadata=None, extratags=[(*tag, True) for tag in tags])


def _old_jpeg(path: Path) -> None:
    """A TIFF that says its pixels are old-style JPEG (compression 6)."""
    _with_tags(path)
    content = bytearray(path.read_bytes())
    place = content.index(struct.pack("<HH", 259, 3))
    content[place + 8] = 6
    path.write_bytes(content)


def _extra_bands(path: Path) -> None:
    tifffile.imwrite(
        path, draw(24, 32), photometric="minisblack", planarconfig="contig", extrasamples=["unassalpha", 0]
    )


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (_raw_like, "RAW photograph.*develop it first"),
        (lambda path: _with_tags(path, (50_706, "B", 4, b"\1\4\0\0")), "RAW photograph"),
        (lambda path: tifffile.imwrite(path, draw(24, 32)[..., 0], photometric=32803), "RAW photograph"),
        (lambda path: path.write_bytes(b"II*\0\x10\0\0\0CR\2\0" + bytes(99)), "RAW photograph"),
        (lambda path: path.write_bytes(b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + bytes(99)), "RAW photograph"),
        (lambda path: path.write_bytes(b"FUJIFILMCCD-RAW 0201" + bytes(99)), "RAW photograph"),
        (lambda path: path.write_bytes(b"IIU\0\x18\0\0\0" + bytes(99)), "RAW photograph"),
        (lambda path: path.write_bytes(b"IIRO\x08\0\0\0" + bytes(99)), "RAW photograph"),
        (_old_jpeg, "old-style JPEG"),
        (_extra_bands, "3 channels of b-w"),
    ],
)  # fmt: skip
def test_what_would_come_out_wrong_is_refused(space: Workspace, tmp_path: Path, make: object, why: str) -> None:
    path = tmp_path / "odd.tif"
    make(path)
    with pytest.raises(PippinError, match=why):
        pippin.predict(application, path, workspace=space)
    assert list(tmp_path.iterdir()) == [path], "an error leaves nothing behind"


def test_a_correction_that_ends_in_an_error_leaves_nothing_behind(space: Workspace, tmp_path: Path) -> None:
    _extra_bands(tmp_path / "small.tif")
    Image.fromarray(draw(48, 64)).save(tmp_path / "large.png")
    with pytest.raises(PippinError, match="3 channels of b-w"):
        pippin.teach(application, tmp_path / "small.tif", str(tmp_path / "large.png"), workspace=space)
    with pytest.raises(PippinError, match="left to undo"):
        pippin.undo(application, workspace=space)


def test_a_tiff_with_smaller_copies_is_no_raw_photograph(space: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "pyramid.tif"
    with tifffile.TiffWriter(path) as writer:
        writer.write(draw(48, 64), photometric="rgb", subifds=1, metadata=None)
        writer.write(draw(24, 32), photometric="rgb", subfiletype=1, metadata=None)
    (result,) = pippin.predict(application, path, workspace=space).payload["results"]
    assert result["answer"] == "128 x 96"
    assert "Smaller copies of the image in it were left out." in result["evidence"]


def test_avif_with_transparency_stays_transparent(space: Workspace, tmp_path: Path) -> None:
    import pyvips

    clear = np.zeros((24, 32, 4), np.uint8)
    clear[:, 16:] = 200
    pyvips.Image.new_from_array(clear).copy(interpretation="srgb").heifsave(str(tmp_path / "a.avif"), compression="av1")
    report = pippin.predict(application, tmp_path / "a.avif", workspace=space)
    with Image.open(report.payload["results"][0]["files"][0]["path"]) as found:
        assert (found.format, found.mode) == ("PNG", "RGBA")
        alpha = np.asarray(found)[..., 3]
    assert alpha[:, :20].mean() < 40
    assert alpha[:, -20:].mean() > 120


def test_one_odd_file_does_not_end_a_batch(space: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pippin.apps.upscale import image_io

    for name in "abc":
        Image.fromarray(draw(24, 36)).save(tmp_path / f"{name}.png")
    really = image_io.metadata.read

    def read(content: bytes, *more: bytes) -> object:
        if content == (tmp_path / "b.png").read_bytes():
            raise UnicodeDecodeError("utf-8", b"\xe9", 0, 1, "invalid start byte")
        return really(content, *more)

    Image.fromarray(draw(24, 30)).save(tmp_path / "b.png")
    monkeypatch.setattr(image_io.metadata, "read", read)
    report = pippin.predict(application, tmp_path, out=tmp_path / "out", workspace=space)
    errors = [result["error"] for result in report.payload["results"]]
    assert [error is None for error in errors] == [True, False, True]
    assert "b.png cannot be used (UnicodeDecodeError" in errors[1]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a-x2.png", "c-x2.png"]


def _chunks(content: bytes) -> list[bytes]:
    parts, place = [], 8
    while place < len(content):
        end = place + 12 + int.from_bytes(content[place : place + 4], "big")
        parts.append(content[place:end])
        place = end
    return parts


def _png() -> bytes:
    from PIL import PngImagePlugin

    info, buffer = PngImagePlugin.PngInfo(), io.BytesIO()
    info.add_text("Title", "words", zip=True)
    info.add_itxt("Description", "Grüße", zip=True)
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Pippin", 6
    Image.fromarray(draw(24, 30)).save(buffer, "PNG", pnginfo=info, exif=exif.tobytes(), dpi=(300, 300))
    return buffer.getvalue()


def _jpeg() -> bytes:
    exif, buffer = Image.Exif(), io.BytesIO()
    exif[0x010F], exif[0x0112] = "Pippin", 6
    exif.get_ifd(0x8769).update({0x829A: 0.01, 0xA002: 30, 0xA003: 24})
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></x:xmpmeta>'
    Image.fromarray(draw(24, 30)).save(buffer, "JPEG", exif=exif.tobytes(), xmp=xmp, dpi=(300, 300), comment="words")
    return buffer.getvalue()


def _segments(content: bytes) -> list[bytes]:
    parts, place = [], 2
    while content[place + 1] != 0xDA:
        end = place + 2 + int.from_bytes(content[place + 2 : place + 4], "big")
        parts.append(content[place:end])
        place = end
    return [*parts, content[place:]]


PNG, JPEG = _png(), _jpeg()


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A valid file with parts moved, repeated, left out and changed; a PNG's checksums may be right all the same."""
    png = draw(st.booleans())
    head, parts = (PNG[:8], _chunks(PNG)) if png else (JPEG[:2], _segments(JPEG))
    for _ in range(draw(st.integers(0, 3))):
        number = draw(st.integers(0, len(parts) - 1))
        what = draw(st.sampled_from(["move", "repeat", "leave out", "change"]))
        if what == "change":
            part = bytearray(parts[number])
            for _ in range(draw(st.integers(1, 8))):
                part[draw(st.integers(0, min(len(part) - 1, 200)))] = draw(st.integers(0, 255))
            if png and draw(st.booleans()):
                part[-4:] = struct.pack(">I", zlib.crc32(part[4:-4]))
            parts[number] = bytes(part)
        elif what == "leave out" and len(parts) > 1:
            del parts[number]
        else:
            part = parts[number] if what == "repeat" else parts.pop(number)
            parts.insert(draw(st.integers(0, len(parts))), part)
    content = head + b"".join(parts)
    return content[: draw(st.one_of(st.just(len(content)), st.integers(1, len(content))))]


@given(content=damaged())
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
def test_no_damage_ends_in_more_than_a_sentence(
    space: Workspace, tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIPPIN_DEBUG", "1")  # what was not foreseen is raised
        item, out = ImageInput(content=content, name="damaged"), tmp_path_factory.mktemp("out")
        try:
            report = pippin.predict(application, item, out=out, workspace=space)
        except PippinError:
            return
    (result,) = report.payload["results"]
    with Image.open(result["files"][0]["path"]) as found:
        found.load()
        assert f"{found.width} x {found.height}" == result["answer"]
