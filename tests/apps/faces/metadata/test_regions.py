"""Names in photographs: what other programs wrote is read, and they read what is written."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from pippin.apps.faces.album.decoding import decode
from pippin.apps.faces.metadata import (
    Region,
    packets,
    read_regions,
    remove_embedded_regions,
    remove_regions,
    sidecar_path,
    write_embedded,
    write_sidecar,
    xmp_regions,
)
from pippin.apps.faces.metadata.regions import to_displayed, to_stored
from pippin.core.errors import PippinError

from .region_files import ATTRIBUTES, DIGIKAM, FORMS, WINDOWS, packet

ADA, BO = Region("Ada", 0.4, 0.3, 0.2, 0.1), Region("Bo", 0.8, 0.6, 0.1, 0.2)
NAMES = ("Ada", "Zoë O’Neil", "名前 太郎", "A & <b> \"c\" 'd'", "عمر", "👩‍👧", "x" * 500, "a/b|c;d", "]]>")
KINDS = ("jpg", "png", "webp")


def photograph(folder: Path, kind: str = "jpg", orientation: int = 1) -> Path:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = folder / f"a.{kind}"
    Image.new("RGB", (90, 60), (200, 30, 30)).save(path, exif=exif.tobytes())
    return path


def assert_same(found: list[Region], expected: list[Region]) -> None:
    assert [region.name for region in found] == [region.name for region in expected]
    for one, other in zip(found, expected, strict=True):
        assert (one.x, one.y, one.width, one.height) == pytest.approx(
            (other.x, other.y, other.width, other.height), abs=2e-6
        )


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_read(tmp_path: Path, form: str) -> None:
    path = photograph(tmp_path)
    (tmp_path / "a.jpg.xmp").write_bytes(FORMS[form])
    assert_same(read_regions(path), [ADA])


@pytest.mark.parametrize("name", ["a.jpg.xmp", "a.xmp", "a.XMP"])
def test_sidecars_are_known_by_their_names(tmp_path: Path, name: str) -> None:
    path = photograph(tmp_path)
    (tmp_path / name).write_bytes(ATTRIBUTES)
    assert_same(read_regions(path), [ADA])
    assert write_sidecar(path, [BO]).name == name
    assert_same(read_regions(path), [ADA, BO])


def test_a_raw_photograph_s_sidecar_is_not_its_jpeg_s(tmp_path: Path) -> None:
    path = photograph(tmp_path)
    (tmp_path / "a.NEF").write_bytes(b"II*\0")
    (tmp_path / "a.xmp").write_bytes(ATTRIBUTES)
    assert sidecar_path(path).name == "a.jpg.xmp"
    assert sidecar_path(tmp_path / "a.NEF").name == "a.xmp"


def test_other_things_than_faces_are_no_regions(tmp_path: Path) -> None:
    path = photograph(tmp_path)
    (tmp_path / "a.xmp").write_bytes(ATTRIBUTES.replace(b'"Face"', b'"Pet"'))
    assert read_regions(path) == []
    write_sidecar(path, [ADA])
    assert b'mwg-rs:Type="Pet"' in (tmp_path / "a.xmp").read_bytes()


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_embedded_is_read(tmp_path: Path, kind: str) -> None:
    path = photograph(tmp_path, kind)
    with Image.open(path) as image:
        image.save(path, xmp=ATTRIBUTES) if kind != "png" else None
    if kind == "png":
        path.write_bytes(packets.replace(path.read_bytes(), ATTRIBUTES))
    assert_same(read_regions(path), [ADA])


def test_a_heic_photograph_s_own_regions_are_read(tmp_path: Path) -> None:
    pytest.importorskip("pillow_heif").register_heif_opener()
    Image.new("RGB", (90, 60)).save(tmp_path / "a.heic", "HEIF", xmp=ATTRIBUTES)
    assert_same(read_regions(tmp_path / "a.heic"), [ADA])


@pytest.mark.parametrize("kind", KINDS)
def test_embedding_leaves_everything_else(tmp_path: Path, kind: str) -> None:
    path = photograph(tmp_path, kind, orientation=6)
    before, old = path.read_bytes(), decode(path, 200)
    path.chmod(0o640)
    write_embedded(path, [ADA, BO])
    after = path.read_bytes()
    assert_same(read_regions(path), [ADA, BO])
    assert np.array_equal(decode(path, 200).pixels, old.pixels)
    assert decode(path, 200).orientation == 6
    assert path.stat().st_mode & 0o777 == 0o640
    if kind != "webp":  # a simple WebP file becomes an extended one
        start = next(i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b)
        assert before[start:] == after[len(after) - len(before) + start :]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_areas_follow_the_orientation(tmp_path: Path, orientation: int) -> None:
    """A bright patch lies where the region says: in the file's pixels, and in those displayed."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Region("Ada", 0.25, 0.7, 0.1, 0.2)
    pixels = np.zeros((100, 200), np.uint8)
    pixels[60:80, 40:60] = 255
    path = tmp_path / "a.png"
    Image.fromarray(pixels).save(path, exif=exif.tobytes())
    shown = decode(path, 200).pixels[..., 0]
    rows, columns = np.nonzero(shown)
    height, width = shown.shape
    expected = Region(
        "Ada",
        (columns.min() + columns.max() + 1) / 2 / width,
        (rows.min() + rows.max() + 1) / 2 / height,
        (np.ptp(columns) + 1) / width,
        (np.ptp(rows) + 1) / height,
    )
    assert_same([to_displayed(stored, orientation)], [expected])
    write_sidecar(path, [expected])
    assert_same(xmp_regions.read((tmp_path / "a.png.xmp").read_bytes()), [stored, stored])  # MWG's and Microsoft's
    assert_same(read_regions(path), [expected])


fractions = st.floats(0.01, 0.99)
names = st.text(st.characters(exclude_categories=("C",)), min_size=1, max_size=40).filter(str.strip)
a_region = st.builds(Region, names, fractions, fractions, fractions, fractions)


@given(st.lists(a_region, max_size=4, unique_by=lambda region: xmp_regions._key(region.name)), st.integers(1, 8))
@settings(max_examples=150, deadline=None)
@example([Region("\"'&<>", 0.5, 0.5, 0.1, 0.1)], 6)
def test_what_is_written_is_read_back(regions: list[Region], orientation: int) -> None:
    stored = [to_stored(region, orientation) for region in regions]
    for old in (b"", DIGIKAM, WINDOWS.replace(b"Ada", b"")):
        found = [
            to_displayed(region, orientation) for region in xmp_regions.read(xmp_regions.write(old, stored, (9, 9)))
        ]
        for region in regions:
            twice = [other for other in found if other.name.strip() == region.name.strip()]
            assert_same([replace_name(other, "") for other in twice], [replace_name(region, "")] * 2)


def replace_name(region: Region, name: str) -> Region:
    return Region(name, region.x, region.y, region.width, region.height)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for text in (content, ATTRIBUTES[:400] + content + ATTRIBUTES[400:]):
        with suppress(ValueError):
            xmp_regions.read(text)


def encoded(kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (90, 60), (200, 30, 30)).save(buffer, kind)
    return buffer.getvalue()


WHOLE = {kind: encoded(kind) for kind in ("JPEG", "PNG", "WEBP")}


@given(st.sampled_from(sorted(WHOLE)), st.integers(0, 400), st.binary(max_size=30), st.integers(12, 2000))
@settings(max_examples=200, deadline=None)
def test_a_damaged_photograph_is_refused_or_holds_the_packet(kind: str, at: int, noise: bytes, length: int) -> None:
    content = (WHOLE[kind][:at] + noise + WHOLE[kind][at + len(noise) :])[:length]
    if packets.format_of(content):
        with suppress(ValueError):
            assert packets.find(packets.replace(content, ATTRIBUTES)) == ATTRIBUTES


def test_a_long_sidecar_is_read_in_time_that_grows_with_it(tmp_path: Path) -> None:
    path = photograph(tmp_path)
    many = "".join(f"<rdf:li>{number}</rdf:li>" for number in range(8_000))
    long = packet(f"<dc:subject><rdf:Bag>{many}</rdf:Bag></dc:subject>", f'xmp:Label="{"x>" * 20_000}"')
    (tmp_path / "a.jpg.xmp").write_bytes(long)
    write_sidecar(path, [ADA])
    assert_same(read_regions(path), [ADA])


def test_everything_else_in_a_sidecar_stays(tmp_path: Path) -> None:
    path, sidecar = photograph(tmp_path), tmp_path / "a.jpg.xmp"
    sidecar.write_bytes(DIGIKAM)
    write_sidecar(path, [ADA])
    head, _, tail = DIGIKAM.partition(b"</rdf:RDF>")
    assert sidecar.read_bytes().startswith(head)
    assert sidecar.read_bytes().endswith(tail)
    assert remove_regions(path, "Ada").remains
    assert b"People/Ada" in sidecar.read_bytes()
    assert read_regions(path) == []


@pytest.mark.parametrize("form", FORMS)
def test_one_face_gives_way_and_others_stay(tmp_path: Path, form: str) -> None:
    path, sidecar = photograph(tmp_path), tmp_path / "a.jpg.xmp"
    sidecar.write_bytes(FORMS[form])
    moved = Region("Ada", 0.5, 0.5, 0.3, 0.3)
    write_sidecar(path, [moved])
    assert_same(read_regions(path), [moved])
    write_sidecar(path, [BO])
    assert_same(sorted(read_regions(path), key=lambda region: region.name), [moved, BO])
    write_sidecar(path, [BO])
    assert len(read_regions(path)) == 2
    assert sidecar.read_bytes().count(b"<mwg-rs:Regions") <= 1


def test_a_nameless_face_at_the_same_place_gives_way(tmp_path: Path) -> None:
    path = photograph(tmp_path)
    write_sidecar(path, [Region("", 0.41, 0.3, 0.2, 0.1), Region("", 0.1, 0.1, 0.1, 0.1)])
    write_sidecar(path, [ADA])
    assert_same(read_regions(path), [ADA, Region("", 0.1, 0.1, 0.1, 0.1)])


@pytest.mark.parametrize(
    "started",
    [
        '<mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:RegionList/></mwg-rs:Regions>',
        '<mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:RegionList><rdf:Bag/></mwg-rs:RegionList></mwg-rs:Regions>',
        '<mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:AppliedToDimensions stDim:w="9"/></mwg-rs:Regions>',
        "<mwg-rs:Regions><rdf:Description/></mwg-rs:Regions>",
        "<mwg-rs:Regions/>",
    ],
)
def test_a_list_without_faces_is_filled(tmp_path: Path, started: str) -> None:
    path, sidecar = photograph(tmp_path), tmp_path / "a.jpg.xmp"
    sidecar.write_bytes(packet(started))
    write_sidecar(path, [ADA])
    assert_same(read_regions(path), [ADA])
    assert sidecar.read_bytes().count(b"<mwg-rs:Regions") == 1


def test_forgetting_leaves_no_byte_of_the_name(tmp_path: Path) -> None:
    path = photograph(tmp_path)
    write_embedded(path, [ADA, BO])
    sidecar = write_sidecar(path, [ADA, BO])
    assert remove_regions(path, "Ada").changed
    assert remove_embedded_regions(path, "Ada").changed
    assert b"Ada" not in sidecar.read_bytes()
    assert b"Ada" not in path.read_bytes()
    assert_same(read_regions(path), [BO])
    assert not remove_regions(path, "Ada").changed
    path.unlink()
    assert not remove_embedded_regions(path, "Bo").changed
    assert remove_regions(path, "Bo").changed
    assert not sidecar.exists()


@pytest.mark.parametrize("name", NAMES)
def test_names_of_all_scripts_are_written(tmp_path: Path, name: str) -> None:
    path = photograph(tmp_path)
    write_sidecar(path, [Region(name, 0.4, 0.3, 0.2, 0.1)])
    write_embedded(path, [Region(name, 0.4, 0.3, 0.2, 0.1)])
    assert [region.name for region in read_regions(path)] == [name]
    assert remove_regions(path, name).changed


@pytest.mark.parametrize("name", ["a\0b", "a\nb", "\x1b[31m", "\ud800", "\ufffe", "   ", "x" * 10_000])
def test_a_name_that_cannot_be_written_is_refused(tmp_path: Path, name: str) -> None:
    path = photograph(tmp_path)
    before = path.read_bytes()
    for write in (write_sidecar, write_embedded):
        with pytest.raises(PippinError, match=r"name|character"):
            write(path, [Region(name, 0.4, 0.3, 0.2, 0.1)])
    assert path.read_bytes() == before
    assert not (tmp_path / "a.jpg.xmp").exists()


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
NO_XMP = (
    b"no xml",
    b"",
    b"<x:xmpmeta",
    ATTRIBUTES[:700],
    BOMB,
    b"\xff\xfeab",
    b"<html/>",
    b"<a>" * 200 + b"</a>" * 200,
)


@pytest.mark.parametrize("content", NO_XMP)
def test_a_sidecar_that_is_no_xml_is_told_and_left(tmp_path: Path, content: bytes) -> None:
    path, sidecar = photograph(tmp_path), tmp_path / "a.jpg.xmp"
    sidecar.write_bytes(content)
    is_xml = content in (b"", b"<html/>")
    calls = [lambda: write_sidecar(path, [ADA])] if content else []
    calls += [] if is_xml else [lambda: read_regions(path), lambda: remove_regions(path, "Ada")]
    for call in calls:
        with pytest.raises(PippinError, match=r"a\.jpg\.xmp cannot be read as XMP .*left as it is"):
            call()
    assert sidecar.read_bytes() == content


def test_damaged_xmp_in_a_photograph_is_never_replaced(tmp_path: Path) -> None:
    path = photograph(tmp_path)
    path.write_bytes(packets.replace(path.read_bytes(), b"<x:xmpmeta"))
    before = path.read_bytes()
    assert read_regions(path) == []
    with pytest.raises(PippinError, match="sidecar"):
        write_embedded(path, [ADA])
    assert path.read_bytes() == before


def test_files_of_other_formats_are_not_written_into(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    Image.new("RGB", (90, 60)).save(path)
    with pytest.raises(PippinError, match="sidecar"):
        write_embedded(path, [ADA])
    assert write_sidecar(path, [ADA]).name == "a.tif.xmp"


def test_a_jpeg_without_room_is_left_as_it_is(tmp_path: Path) -> None:
    path = photograph(tmp_path)
    many = [Region(f"{number:03d}" + "x" * 300, 0.4, 0.3, 0.2, 0.1) for number in range(100)]
    before = path.read_bytes()
    with pytest.raises(PippinError, match="sidecar"):
        write_embedded(path, many)
    assert path.read_bytes() == before


def exiftool(path: Path) -> dict[str, object]:
    command = ["exiftool", "-j", "-struct", "-charset", "UTF8", "-XMP:all", "-warning", "-error", str(path)]
    found: dict[str, object] = json.loads(subprocess.check_output(command))[0]
    return found


@pytest.mark.skipif(not shutil.which("exiftool"), reason="exiftool is not installed")
@pytest.mark.parametrize("kind", [*KINDS, "xmp", "merged"])
def test_exiftool_reads_what_is_written(tmp_path: Path, kind: str) -> None:
    path = photograph(tmp_path, "jpg" if kind in ("xmp", "merged") else kind)
    if kind == "merged":
        (tmp_path / "a.jpg.xmp").write_bytes(DIGIKAM)
    regions = [Region('Zoë & "名"', 0.4, 0.3, 0.2, 0.1), BO]
    if kind in KINDS:
        write_embedded(path, regions)
    else:
        path = write_sidecar(path, regions)
    found = exiftool(path)
    assert not {"Error", "Warning"} & found.keys(), found
    listed = found["RegionInfo"]["RegionList"]  # type: ignore[index]
    assert [item["Name"] for item in listed] == ['Zoë & "名"', "Bo"]
    assert [float(item["Area"]["X"]) for item in listed] == [0.4, 0.8]
    assert found["RegionInfo"]["AppliedToDimensions"]["W"] == 90  # type: ignore[index]
    assert found["RegionInfoMP"]["Regions"][1]["PersonDisplayName"] == "Bo"  # type: ignore[index]
    assert found["PersonInImage"] == ['Zoë & "名"', "Bo"]
    if kind == "merged":
        assert found["Rating"] == 4
        assert found["TagsList"] == ["People/Ada", "Places/Rome"]


@pytest.mark.skipif(not shutil.which("exiv2"), reason="exiv2 is not installed")
@pytest.mark.parametrize("kind", [*KINDS, "xmp"])
def test_exiv2_reads_what_is_written(tmp_path: Path, kind: str) -> None:
    path = photograph(tmp_path, "jpg" if kind == "xmp" else kind)
    if kind == "xmp":
        path = write_sidecar(path, [ADA, BO])
    else:
        write_embedded(path, [ADA, BO])
    result = subprocess.run(["exiv2", "-PXkt", str(path)], capture_output=True, text=True, check=True)
    assert not result.stderr
    values = dict(line.split(None, 1) for line in result.stdout.splitlines() if len(line.split(None, 1)) == 2)
    assert values["Xmp.mwg-rs.Regions/mwg-rs:RegionList[2]/mwg-rs:Name"].strip() == "Bo"
    assert values["Xmp.mwg-rs.Regions/mwg-rs:RegionList[1]/mwg-rs:Area/stArea:x"].strip() == "0.400000"
    assert values["Xmp.MP.RegionInfo/MPRI:Regions[1]/MPReg:PersonDisplayName"].strip() == "Ada"
    assert values["Xmp.iptcExt.PersonInImage"].strip() == "Ada, Bo"


@pytest.mark.skipif(not shutil.which("exiftool"), reason="exiftool is not installed")
def test_what_exiftool_writes_is_read(tmp_path: Path) -> None:
    path = photograph(tmp_path)
    region = "{AppliedToDimensions={W=90,H=60,Unit=pixel},RegionList=[{Area={X=0.4,Y=0.3,W=0.2,H=0.1,Unit=normalized},"
    command = ["exiftool", "-q", "-overwrite_original", f"-RegionInfo={region}Name=Ada,Type=Face}}]}}", str(path)]
    subprocess.run(command, check=True)
    assert_same(read_regions(path), [ADA])
    write_embedded(path, [BO])
    assert_same(read_regions(path), [ADA, BO])
