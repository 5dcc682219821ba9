"""Every kind of metadata in every kind of file: kept, as ExifTool and Exiv2 read it, or told."""

from __future__ import annotations

import functools
import io
import json
import re
import shutil
import struct
import subprocess
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageCms, PngImagePlugin

from pippin.apps.upscale.image_io import open_photograph
from pippin.apps.upscale.metadata import Sizes, xmp
from pippin.apps.upscale.predictions import write
from pippin.apps.upscale.provenance import read_mark
from pippin.core.inputs import Image as ImageInput

from .conftest import draw, twice

HEIGHT, WIDTH = 48, 64
needs_exiftool = pytest.mark.skipif(shutil.which("exiftool") is None, reason="ExifTool (libimage-exiftool-perl)")
needs_exiv2 = pytest.mark.skipif(shutil.which("exiv2") is None, reason="Exiv2 (exiv2)")
ALL = ("jpg", "png", "tif", "webp")


@dataclass(frozen=True)
class Case:
    """A kind of metadata in a `source` file made by `make`: what ExifTool calls it, and where it is `lost` (a note)."""

    name: str
    source: str
    make: Callable[[Path], None]
    tags: Sequence[str]
    lost: dict[str, str] = field(default_factory=dict)


def base(path: Path) -> None:
    """A picture that says nothing of itself."""
    kind = {"jpg": "JPEG", "tif": "TIFF"}.get(path.suffix[1:], path.suffix[1:].upper())
    if kind == "HEIC":
        import pillow_heif

        pillow_heif.register_heif_opener()
        kind = "HEIF"
    Image.fromarray(draw(HEIGHT, WIDTH)).save(path, kind)


@functools.cache
def exiftool_process() -> subprocess.Popen[str]:
    """ExifTool, started once: a start takes longer than all it is asked."""
    command = ["exiftool", "-stay_open", "True", "-@", "-", "-common_args", "-m", "-charset", "filename=utf8"]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, text=True, encoding="utf-8")


@pytest.fixture(scope="module", autouse=True)
def _end_exiftool() -> Iterator[None]:
    yield
    if exiftool_process.cache_info().currsize:
        exiftool_process().communicate("-stay_open\nFalse\n")


def exiftool(*arguments: object) -> str:
    """What ExifTool says."""
    process, lines = exiftool_process(), list[str]()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("".join(f"{argument}\n" for argument in arguments) + "-execute\n")
    process.stdin.flush()
    while (line := process.stdout.readline()) and line != "{ready}\n":
        lines.append(line)
    return "".join(lines)


def by_exiftool(*settings: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        base(path)
        exiftool("-overwrite_original", *settings, path)

    return make


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def by_chunk(name: bytes, data: bytes) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        base(path)
        content = path.read_bytes()
        path.write_bytes(content[:33] + chunk(name, data) + content[33:])

    return make


def by_segment(marker: int, data: bytes) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        base(path)
        content = path.read_bytes()
        head = 4 + int.from_bytes(content[4:6], "big")
        segment = bytes([0xFF, marker]) + (len(data) + 2).to_bytes(2, "big") + data
        path.write_bytes(content[:head] + segment + content[head:])

    return make


def by_pillow(**options: object) -> Callable[[Path], None]:
    return lambda path: Image.fromarray(draw(HEIGHT, WIDTH)).save(path, **options)


def by_tags(*extra: tuple[int, str, int, object]) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        import tifffile

        tifffile.imwrite(
            path, draw(HEIGHT, WIDTH), photometric="rgb", metadata=None, extratags=[(*e, True) for e in extra]
        )

    return make


def profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def text(*, packed: bool = False, international: bool = False) -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    add = info.add_itxt if international else info.add_text
    add("Description", "Grüße" if international else "plain words", zip=packed)
    return info


def packet(prefix: str, uri: str, **properties: str) -> bytes:
    """An XMP packet with properties of one namespace."""
    told = " ".join(f'{prefix}:{name}="{value}"' for name, value in properties.items())
    description = f'<rdf:Description rdf:about="" xmlns:{prefix}="{uri}" {told}/>'
    rdf = f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">{description}</rdf:RDF>'
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/">{rdf}</x:xmpmeta>'.encode()


DC = "http://purl.org/dc/elements/1.1/"
MADE_BY_PIPPIN = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x0f\x01\x02\0\x07\0\0\0\x1a\0\0\0\0\0\0\0Pippin\0"
IPTC = ("-IPTC:CodedCharacterSet=UTF8", "-IPTC:Keywords=tree", "-IPTC:City=Köln")
RESOURCE = b"8BIM\x04\x0b\0\0\0\0\0\x13https://example.org\0"
NO_COMMENT = dict.fromkeys(("tif", "webp"), "comment was left out")
NO_TEXT = dict.fromkeys(("jpg", "tif", "webp"), r"texts \(Description\) cannot be kept")
NO_COLOURS = dict.fromkeys(("jpg", "tif", "webp"), "of its colours cannot be kept")
NO_IPTC = {"webp": "IPTC data were left out"}
NO_MAKER_NOTE = {"tif": "maker note.*was left out"}
CASES = [
    Case("make and model", "jpg", by_exiftool("-Make=Pippin Cameras", "-Model=One"), ["Make", "Model"]),
    Case("artist and copyright", "jpg", by_exiftool("-IFD0:Artist=Ann", "-IFD0:Copyright=(c) Ann"), ["Artist",
         "Copyright"]),
    Case("software", "jpg", by_exiftool("-IFD0:Software=darkroom 1"), ["Software"]),
    Case("description", "jpg", by_exiftool("-IFD0:ImageDescription=a tree"), ["ImageDescription"]),
    Case("date", "jpg", by_exiftool("-IFD0:ModifyDate=2020:01:02 03:04:05"), ["ModifyDate"]),
    Case("date of exposure", "jpg", by_exiftool("-DateTimeOriginal=2020:01:02 03:04:05"), ["DateTimeOriginal"]),
    Case("exposure and lens", "jpg", by_exiftool("-ExposureTime=1/125", "-LensModel=50mm"), ["ExposureTime",
         "LensModel"]),
    Case("user comment", "jpg", by_exiftool("-ExifIFD:UserComment=Grüße"), ["UserComment"]),
    Case("position", "jpg", by_exiftool("-GPSLatitude=52.5", "-GPSLatitudeRef=N"), ["GPSLatitude", "GPSLatitudeRef"]),
    Case("interoperability", "jpg", by_exiftool("-InteropIndex=R98"), ["InteropIndex"]),
    Case("EXIF resolution", "jpg", by_exiftool("-IFD0:XResolution=240", "-IFD0:YResolution=240"),
         ["IFD0:XResolution"]),
    Case("big-endian EXIF", "jpg", by_exiftool("-exifbyteorder=MM", "-Make=Pippin", "-ISO=200"), ["Make", "ISO"]),
    Case("XMP title and rating", "jpg", by_exiftool("-XMP-dc:Title=Grüße", "-XMP-xmp:Rating=4"), ["Title", "Rating"]),
    Case("IPTC", "jpg", by_exiftool(*IPTC), ["Keywords", "City"], NO_IPTC),
    Case("Photoshop resources", "jpg", by_segment(0xED, b"Photoshop 3.0\0" + RESOURCE), ["Photoshop:URL"], NO_IPTC),
    Case("colour profile", "jpg", by_pillow(icc_profile=profile()), ["ICC_Profile"]),
    Case("JPEG comment", "jpg", by_exiftool("-Comment=a comment"), ["Comment"], NO_COMMENT),
    Case("JPEG comment in UTF-8", "jpg", by_segment(0xFE, "Grüße".encode()), ["Comment"], NO_COMMENT),
    Case("JPEG dpi", "jpg", by_pillow(dpi=(300, 300)), [], {"webp": r"resolution \(300 dpi\)"}),
    Case("camera's segment", "jpg", by_segment(0xE5, b"RMETA\0Pippin"), [], dict.fromkeys(ALL[1:],
         "segments of their own")),
    Case("PNG text", "png", by_pillow(pnginfo=text()), ["Description"], NO_TEXT),
    Case("PNG packed text", "png", by_pillow(pnginfo=text(packed=True)), ["Description"], NO_TEXT),
    Case("PNG text in UTF-8", "png", by_pillow(pnginfo=text(international=True)), ["Description"], NO_TEXT),
    Case("PNG packed text in UTF-8", "png", by_pillow(pnginfo=text(packed=True, international=True)),
         ["Description"], NO_TEXT),
    Case("PNG keyword in Latin-1", "png", by_chunk(b"tEXt", "Größe\0weit".encode("latin-1")), [],
         dict.fromkeys(("jpg", "tif", "webp"), r"texts \(Größe\)")),
    Case("gAMA", "png", by_chunk(b"gAMA", struct.pack(">I", 100_000)), ["Gamma"], NO_COLOURS),
    Case("cHRM", "png", by_chunk(b"cHRM", struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)),
         ["WhitePointX", "RedX", "GreenY"], NO_COLOURS),
    Case("cICP", "png", by_chunk(b"cICP", bytes([9, 16, 0, 1])), [], NO_COLOURS),
    Case("mDCV", "png", by_chunk(b"mDCV", bytes(24)), [], NO_COLOURS),
    Case("sRGB", "png", by_chunk(b"sRGB", b"\0"), []),
    Case("PNG dpi", "png", by_pillow(dpi=(300, 300)), [], {"webp": r"resolution \(300 dpi\)"}),
    Case("tIME", "png", by_chunk(b"tIME", struct.pack(">H5B", 2020, 1, 2, 3, 4, 5)), ["PNG:ModifyDate"],
         dict.fromkeys(("jpg", "tif", "webp"), "time of its last change")),
    Case("PNG profile", "png", by_pillow(icc_profile=profile()), ["ICC_Profile"]),
    Case("PNG EXIF", "png", by_exiftool("-IFD0:Make=Pippin", "-ISO=200"), ["Make", "ISO"]),
    Case("PNG XMP", "png", by_exiftool("-XMP-dc:Title=Grüße"), ["Title"]),
    Case("unknown chunk", "png", by_chunk(b"piPi", b"123"), [], dict.fromkeys(ALL[:1] + ALL[2:], "")),
    Case("TIFF tags", "tif", by_exiftool("-Make=Pippin", "-Model=One", "-Artist=Ann", "-Copyright=(c)",
         "-Software=soft",
         "-ModifyDate=2020:01:02 03:04:05", "-ImageDescription=a tree", "-DocumentName=scan 1", "-HostComputer=mine"),
         ["Make", "Model", "Artist", "Copyright", "Software", "IFD0:ModifyDate", "ImageDescription", "DocumentName",
          "HostComputer"]),
    Case("TIFF dpi", "tif", by_exiftool("-XResolution=300", "-YResolution=300", "-ResolutionUnit=inches"),
         ["IFD0:XResolution"]),
    Case("TIFF EXIF", "tif", by_exiftool("-ExposureTime=1/125", "-GPSLatitude=52.5", "-LensModel=50mm"),
         ["ExposureTime", "GPSLatitude", "LensModel"]),
    Case("TIFF IPTC", "tif", by_exiftool(*IPTC), ["Keywords", "City"], NO_IPTC),
    Case("TIFF XMP", "tif", by_exiftool("-XMP-dc:Title=Grüße"), ["Title"]),
    Case("TIFF profile", "tif", by_pillow(icc_profile=profile()), ["ICC_Profile"]),
    Case("unknown tags", "tif", by_tags((65_000 + 400, "s", 0, "private words")), ["Exif_0xff78"]),
    Case("Photoshop layers", "tif", by_tags((37_724, "B", 8, b"8BIMLayr")), [], dict.fromkeys(ALL,
         "layers were left out")),
    Case("WebP EXIF and XMP", "webp", by_exiftool("-Make=Pippin", "-XMP-dc:Title=Grüße"), ["Make", "Title"]),
    Case("HEIC EXIF and XMP", "heic", by_exiftool("-Make=Pippin", "-ISO=200", "-XMP-dc:Title=Grüße"),
         ["Make", "ISO", "Title"]),
    Case("AVIF EXIF and XMP", "avif", by_pillow(exif=MADE_BY_PIPPIN, xmp=packet("dc", DC, source="Grüße")),
         ["Make", "Source"]),
    Case("GIF comment", "gif", by_exiftool("-Comment=a comment"), ["Comment"], NO_COMMENT),
    Case("BMP dpi", "bmp", by_pillow(dpi=(300, 300)), [], {"webp": r"resolution \(300 dpi\)"}),
    Case("maker note", "jpg", lambda path: _with_maker_note(path), [], NO_MAKER_NOTE),
    Case("gain map", "jpg", by_pillow(xmp=packet("hdrgm", "http://ns.adobe.com/hdr-gain-map/1.0/", Version="1.0")), [],
         dict.fromkeys(ALL, "gain map was left out")),
]  # fmt: skip
DEFLATE = "Invalid value for IFD0 tag 0x0103 Compression"  # ExifTool does not know Adobe's deflate as valid
READABLE = {"PNG dpi", "JPEG dpi", "BMP dpi"}


def _with_maker_note(path: Path) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x927C] = b"PIPPIN\0\1" + bytes(range(64))
    Image.fromarray(draw(HEIGHT, WIDTH)).save(path, exif=exif.tobytes())


def larger(path: Path, kind: str) -> tuple[Path, str]:
    """The larger picture, and all notes on it."""
    target = path.with_name(f"{path.stem}-x2.{kind}")
    item = ImageInput.of(path)
    photograph = open_photograph(item)
    notes = write(item, twice(item), kind, "{}", target)
    return target, " ".join((*photograph.notes, *notes))


def values(path: Path, tags: Sequence[str]) -> dict[str, object]:
    found = json.loads(exiftool("-j", "-n", "-b", "-u", *[f"-{tag}" for tag in tags], path))[0]
    return {tag: found.get(tag.rpartition(":")[2]) for tag in tags}


@needs_exiftool
@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_each_kind_of_metadata_is_kept_or_told(tmp_path: Path, case: Case, kind: str) -> None:
    path = tmp_path / f"a.{case.source}"
    case.make(path)
    target, notes = larger(path, kind)
    if kind in case.lost:
        assert re.search(case.lost[kind], notes), notes
        return
    before, after = values(path, case.tags), values(target, case.tags)
    assert after == before
    assert all(value is not None for value in before.values()), "the test wrote nothing"
    assert not re.search("left out|cannot be kept", notes), notes
    if case.name in READABLE:
        with Image.open(target) as found:
            assert found.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    warnings = exiftool("-validate", "-warning", "-a", target).replace(DEFLATE, "")
    assert not re.search("(?i)error|bad|corrupt|invalid|offset|wrong", warnings), warnings


def exif_of(path: Path) -> bytes:
    """A JPEG's EXIF block as it lies in the file."""
    content = path.read_bytes()
    start = content.index(b"Exif\0\0")
    return content[start + 6 : start - 2 + int.from_bytes(content[start - 2 : start], "big")]


def test_exif_stays_byte_for_byte_but_for_sizes_orientation_and_thumbnail(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 1, "Pippin"
    exif.get_ifd(0x8769).update({0x829A: 0.01, 0x927C: b"MAKER" + bytes(range(256))})
    path = tmp_path / "a.jpg"
    Image.fromarray(draw(HEIGHT, WIDTH)).save(path, exif=exif.tobytes())
    assert exif_of(larger(path, "jpg")[0]) == exif_of(path), "no size is told, so nothing changes"
    exif.get_ifd(0x8769).update({0xA002: WIDTH, 0xA003: HEIGHT})
    Image.fromarray(draw(HEIGHT, WIDTH)).save(path, exif=exif.tobytes())
    before, after = exif_of(path), exif_of(larger(path, "jpg")[0])
    assert len(before) == len(after)
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 2, "one byte of each size"


@pytest.mark.parametrize("kind", ["jpg", "png", "webp"])
@pytest.mark.parametrize("turn", [1, 6])
def test_a_thumbnail_is_made_anew(tmp_path: Path, kind: str, turn: int) -> None:
    path = tmp_path / "a.jpg"
    _with_thumbnail(path, Image.new("RGB", (30, 20), "red"), turn)
    target, notes = larger(path, kind)
    with Image.open(target) as found:
        exif = found.getexif()
        thumbnail = _thumbnail(exif, found)
        assert exif.get(0x0112, 1) == 1
        assert thumbnail.width / thumbnail.height == pytest.approx(found.width / found.height, rel=0.05)
        small = np.asarray(found.convert("RGB").resize(thumbnail.size), int)
        assert np.abs(np.asarray(thumbnail, int) - small).mean() < 20, "it shows the picture, not what was there before"
    assert not notes


def _with_thumbnail(path: Path, thumbnail: Image.Image, turn: int) -> None:
    """A JPEG whose EXIF block has a second directory, with a thumbnail (EXIF 2.32, 4.5.5)."""
    buffer = io.BytesIO()
    thumbnail.save(buffer, "JPEG")
    jpeg = buffer.getvalue()
    first = struct.pack("<HHHII", 1, 0x0112, 3, 1, turn) + struct.pack("<I", 26)
    fields = [(0x0103, 3, 6), (0x0201, 4, 26 + 2 + 36 + 4), (0x0202, 4, len(jpeg))]
    second = struct.pack("<H", 3) + b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in fields)
    exif = b"II*\0\x08\0\0\0" + first + second + bytes(4) + jpeg
    Image.fromarray(draw(80, 120)).save(path, exif=b"Exif\0\0" + exif)


def _thumbnail(exif: Image.Exif, found: Image.Image) -> Image.Image:
    block = found.info["exif"].removeprefix(b"Exif\0\0")
    fields = exif.get_ifd(ExifTags.IFD.IFD1)
    return Image.open(io.BytesIO(block[fields[0x0201] :][: fields[0x0202]])).convert("RGB")


TIFF, EXIF = "http://ns.adobe.com/tiff/1.0/", "http://ns.adobe.com/exif/1.0/"
CAMERA = "http://ns.google.com/photos/1.0/camera/"
ELEMENTS = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
 <rdf:Description rdf:about="" xmlns:t="{TIFF}" xmlns:exif='{EXIF}' xmlns:GCamera="{CAMERA}"
  xmlns:C="http://ns.google.com/photos/1.0/container/" xmlns:I="http://ns.google.com/photos/1.0/container/item/"
  xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0" GCamera:MotionPhoto = "1"
  t:Orientation='6' GCamera:BurstID="abc">
  <exif:PixelXDimension>64</exif:PixelXDimension><exif:PixelYDimension>48</exif:PixelYDimension>
  <GCamera:MicroVideoOffset>5000</GCamera:MicroVideoOffset>
  <C:Directory><rdf:Seq><rdf:li rdf:parseType="Resource"><C:Item I:Semantic="GainMap"/></rdf:li></rdf:Seq></C:Directory>
  <dc:title xmlns:dc="http://purl.org/dc/elements/1.1/"><rdf:Alt><rdf:li xml:lang="x-default">Grüße &amp; more</rdf:li>
  </rdf:Alt></dc:title></rdf:Description></rdf:RDF></x:xmpmeta>
                                                                  <?xpacket end="w"?>""".encode()


def test_xmp_is_in_step_with_the_file_and_else_as_it_was() -> None:
    made = xmp.updated(ELEMENTS, Sizes(96, 128, 2.0, turned=True))
    for gone in (b"hdrgm", b"MotionPhoto", b"MicroVideo", b"Directory", b"GainMap", b"'6'"):
        assert gone not in made, gone
    for kept in (
        b'GCamera:BurstID="abc"',
        "Grüße &amp; more".encode(),
        b'<?xpacket end="w"?>',
        b'xml:lang="x-default"',
    ):
        assert kept in made, kept
    assert b"<exif:PixelXDimension>96</exif:PixelXDimension>" in made
    assert b"<exif:PixelYDimension>128</exif:PixelYDimension>" in made
    assert b't:Orientation="1"' in made
    assert xmp.updated(made, Sizes(96, 128, 2.0, turned=True)) == made
    assert xmp.updated(b"no xml", Sizes(1, 1, 1.0, turned=False)) == b"no xml"


@pytest.mark.parametrize(
    "before", [b"", ELEMENTS, b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>", b"<a/>", b"<", packet("p", "urn:p", q="1")]
)
def test_a_property_is_added_to_any_packet_once(before: bytes) -> None:
    once = xmp.with_properties(before, {"Source": 'a"b', "File": "1"})
    again = xmp.with_properties(once, {"Source": "c", "File": "2"})
    assert once.count(xmp.MADE.encode()) == again.count(xmp.MADE.encode()) == 1
    assert b'pippin:File="2"' in again
    assert xmp.is_readable(again)
    if before not in (b"", b"<a/>", b"<"):
        assert again.startswith(before[:15])


@needs_exiv2
@pytest.mark.parametrize("kind", ALL)
def test_exiv2_reads_what_was_kept(tmp_path: Path, kind: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Pippin Cameras"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0)})
    path = tmp_path / "a.jpg"
    title = packet("photoshop", "http://ns.adobe.com/photoshop/1.0/", City="Berlin")
    Image.fromarray(draw(HEIGHT, WIDTH)).save(path, exif=exif.tobytes(), xmp=title)
    target, _ = larger(path, kind)
    done = subprocess.run(["exiv2", "-pa", "print", target], capture_output=True, text=True, check=False)
    assert not done.stderr, done.stderr
    for words in ("Pippin Cameras", "Xmp.photoshop.City", "Berlin", "52deg 31", "Xmp.pippin.Source"):
        assert words in done.stdout


def test_what_a_camera_put_behind_the_image_is_told(tmp_path: Path) -> None:
    base(tmp_path / "a.jpg")
    content = (tmp_path / "a.jpg").read_bytes()
    film = b"\0\0\0\x18ftypmp42" + bytes(2000)
    multiple = b"\xff\xe2\0\x10MPF\0" + bytes(10)
    for name, made, note in (
        ("film", content + film, "The video of this motion photo was left out."),
        ("mpo", content[:20] + multiple + content[20:] + content, "Only the first of the images in it was enlarged."),
        ("else", content + b"SEFH" + bytes(9), "What its camera put behind the image was left out."),
        ("nothing", content + bytes(100), ""),
    ):
        (tmp_path / f"{name}.jpg").write_bytes(made)
        target, notes = larger(tmp_path / f"{name}.jpg", "jpg")
        assert notes == note
        assert b"MPF\0" not in target.read_bytes()
        assert b"ftyp" not in target.read_bytes()


def test_where_pixels_lie_on_the_ground_follows(tmp_path: Path) -> None:
    import tifffile

    path = tmp_path / "a.tif"
    scale, tie = (33_550, "d", 3, (10.0, 10.0, 0.0)), (33_922, "d", 6, (4.0, 8.0, 0.0, 500_000.0, 20.0, 0.0))
    by_tags(scale, tie)(path)
    with tifffile.TiffFile(larger(path, "tif")[0]) as found:
        tags = found.pages[0].tags
        assert tags[33_550].value == (5.0, 5.0, 0.0)
        assert tags[33_922].value == (8.0, 16.0, 0.0, 500_000.0, 20.0, 0.0)


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("order", ["<", ">"])
def test_any_layout_of_a_tiff_is_read(tmp_path: Path, big: bool, order: str) -> None:
    import tifffile

    path, maker = tmp_path / "a.tif", (271, "s", 0, "Pippin Scanners", True)
    with tifffile.TiffWriter(path, bigtiff=big, byteorder=order) as writer:
        writer.write(draw(HEIGHT, WIDTH), photometric="rgb", metadata=None, extratags=[maker], resolution=(300, 300),
                     resolutionunit=2)  # fmt: skip
    for kind in ALL:
        with Image.open(larger(path, kind)[0]) as found:
            exif = found.getexif()
            assert exif[271] == "Pippin Scanners"
            assert exif[282] == 300
            if kind != "webp":
                assert found.info["dpi"] == pytest.approx((300, 300), abs=0.1)


@pytest.mark.parametrize(("padding", "kept"), [(60_000, True), (0, False)])
def test_xmp_that_does_not_fit_into_a_jpeg_makes_room_or_is_told(tmp_path: Path, padding: int, kept: bool) -> None:
    words = "x" * (64_900 - padding)
    full = packet("p", "urn:p", words=words) + b" " * padding + b'<?xpacket end="w"?>'
    path = tmp_path / "a.png"
    info = PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>' + full.decode())
    Image.fromarray(draw(HEIGHT, WIDTH)).save(path, pnginfo=info)
    target, notes = larger(path, "jpg")
    assert (words.encode() in target.read_bytes()) == kept
    assert ("too large for a JPEG" in notes) == (not kept)
    assert read_mark(ImageInput.of(target)) is not None


@given(
    parts=st.lists(
        st.sampled_from(
            [ELEMENTS[place : place + 90] for place in range(0, len(ELEMENTS), 90)] + [b"<a>", b"'", b"\0"]
        ),
        max_size=20,
    )
)
def test_no_packet_breaks_the_reader_of_xmp(parts: list[bytes]) -> None:
    content = b"".join(parts)
    xmp.updated(content, Sizes(9, 9, 2.0, turned=True))
    assert xmp.is_readable(xmp.with_properties(content, {"Source": "1"}))
