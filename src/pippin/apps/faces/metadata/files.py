"""Regions of a photograph: in its sidecars and in itself, read, written and taken out again."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from pippin.apps.faces.album.album_files import RAWS
from pippin.apps.faces.album.raw_previews import read_preview
from pippin.apps.faces.metadata import packets, xmp_regions
from pippin.apps.faces.metadata.regions import Region, merge, require_name, to_displayed, to_stored
from pippin.core.errors import PippinError
from pippin.core.files import write_bytes
from pippin.core.inputs import Image
from pippin.learn.vision.image_decoding import read_header
from pippin.learn.vision.image_files import shown

SUFFIX = ".xmp"
MAX_SIDECAR = 20_000_000  # bytes


@dataclass(frozen=True)
class Removal:
    """What became of a photograph's file of metadata.

    `changed` says that it held the person; `remains` that the name still stands in what other programs wrote, as a
    keyword or in a caption.
    """

    changed: bool = False
    remains: bool = False


def read_regions(path: Path) -> list[Region]:
    """Return the faces that a photograph's sidecars and its own XMP name, as displayed, each once.

    Sidecars are PHOTO.jpg.xmp (digiKam, Immich, darktable) and PHOTO.xmp (Lightroom); MWG's and Microsoft's regions
    are known, in every form of RDF. PippinError for a file that cannot be read, or a sidecar that is no XML. XMP of a
    photograph itself that is damaged counts as none.
    """
    content, found = Image.of(path).read(), list[Region]()
    for sidecar in sidecars(path):
        found += _parsed(sidecar, _read(sidecar))
    with suppress(ValueError):
        found += xmp_regions.read(packets.find(content))
    orientation = _geometry(path, content)[0] if found else 1
    return merge([to_displayed(region, orientation) for region in found])


def write_sidecar(path: Path, regions: Sequence[Region]) -> Path:
    """Write regions beside a photograph, in one step; returns the sidecar.

    An existing one is amended: faces of the same names, and nameless ones at the same position, give way, all else
    stays as it is. PippinError for a name that cannot be written, and for a sidecar that is no XML; that is left alone.
    """
    sidecar, content = sidecar_path(path), Image.of(path).read()
    old = _read(sidecar) if sidecar.exists() else b""
    try:
        new = xmp_regions.write(old, *_stored(path, content, regions))
    except ValueError as problem:
        raise _no_sidecar(sidecar, problem) from problem
    write_bytes(sidecar, new)
    return sidecar


def write_embedded(path: Path, regions: Sequence[Region]) -> None:
    """Write regions into a JPEG, PNG or WebP file itself, in one step; every other byte stays as it is.

    PippinError for a file of another format, with damaged XMP, or without room; it is then left alone.
    """
    content = Image.of(path).read()
    name = shown(str(path))
    if not packets.format_of(content):
        advice = "write a sidecar beside it (write-tags without --embed)"
        raise PippinError(f"Names are written into JPEG, PNG and WebP files, and {name} is none; {advice}.", input=path)
    try:
        packet = xmp_regions.write(packets.find(content), *_stored(path, content, regions))
        new = packets.replace(content, packet)
    except ValueError as problem:
        message = f"No names can be written into {name}: {problem}; write a sidecar beside it"
        raise PippinError(f"{message}.", input=path) from problem
    _write_over(path, new)


def remove_regions(path: Path, name: str) -> Removal:
    """Remove a person from a photograph's sidecars: regions, and the name in the list of people.

    The photograph itself may be gone. A sidecar that Pippin began and that then holds nothing is removed; other
    programs' keywords stay. PippinError for one that is no XML.
    """
    results = [_remove_from_sidecar(sidecar, name) for sidecar in sidecars(path)]
    return Removal(any(one.changed for one in results), any(one.remains for one in results))


def remove_embedded_regions(path: Path, name: str) -> Removal:
    """Remove a person from a photograph's own XMP; every other byte stays as it is.

    A photograph that is gone holds no name.
    """
    if not path.exists():
        return Removal()
    content = Image.of(path).read()
    packet = packets.find(content)
    if not packet or not packets.format_of(content):
        return Removal(remains=bool(packet) and xmp_regions.mentions(packet, name))
    try:
        new = xmp_regions.remove(packet, name)
        if new != packet:
            _write_over(path, packets.replace(content, new))
    except ValueError:
        return Removal(remains=xmp_regions.mentions(packet, name))
    return Removal(new != packet, xmp_regions.mentions(new, name))


def sidecar_path(path: Path) -> Path:
    """Return the sidecar to write to: the one there is, else PHOTO.jpg.xmp."""
    return next(iter(sidecars(path)), path.with_name(path.name + SUFFIX))


def sidecars(path: Path) -> list[Path]:
    """Return the sidecars of a photograph that exist: PHOTO.jpg.xmp, then PHOTO.xmp.

    Beside a RAW file of the same name PHOTO.xmp is that one's alone.
    """
    names = [path.name + SUFFIX, path.name + SUFFIX.upper()]
    if path.suffix.lower() in RAWS or not _has_raw_beside(path):
        names += [path.stem + SUFFIX, path.stem + SUFFIX.upper()]
    found = [path.with_name(name) for name in names]
    unique = {file.stat().st_ino: file for file in reversed(found) if file.is_file()}
    return [file for file in found if file in unique.values()]


def _has_raw_beside(path: Path) -> bool:
    return any(path.with_suffix(cased).exists() for suffix in RAWS for cased in (suffix, suffix.upper()))


def _read(sidecar: Path) -> bytes:
    if sidecar.stat().st_size > MAX_SIDECAR:
        raise PippinError(f"{shown(str(sidecar))} is larger than a sidecar can be; move it away.", input=sidecar)
    content = Image.of(sidecar).read().removeprefix(b"\xef\xbb\xbf")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return content.decode("utf-16").encode()
        except UnicodeDecodeError as problem:
            raise _no_sidecar(sidecar, problem) from problem
    return content


def _parsed(sidecar: Path, content: bytes) -> list[Region]:
    try:
        return xmp_regions.read(content)
    except ValueError as problem:
        raise _no_sidecar(sidecar, problem) from problem


def _no_sidecar(sidecar: Path, problem: ValueError) -> PippinError:
    name = shown(str(sidecar))
    why = problem if not isinstance(problem, UnicodeDecodeError) else "it is no text"
    message = f"{name} cannot be read as XMP ({why}); it was left as it is: repair or remove it."
    return PippinError(message, input=sidecar)


def _stored(path: Path, content: bytes, regions: Sequence[Region]) -> tuple[list[Region], tuple[int, int] | None]:
    """Return regions in the coordinates of the file's pixels, and how many those are."""
    orientation, size = _geometry(path, content)
    named = [replace(region, name=require_name(region.name)) if region.name else region for region in regions]
    return [to_stored(region, orientation) for region in named], size


def _geometry(path: Path, content: bytes) -> tuple[int, tuple[int, int] | None]:
    """Return a photograph's orientation and its size as stored; (1, None) where the file does not tell."""
    photograph = Image(content=content, name=shown(str(path)))
    try:
        if path.suffix.lower() in RAWS:
            preview = read_preview(photograph)
            size, orientation = read_header(Image(content=preview.jpeg, name=photograph.name))
            return (orientation if orientation > 1 else preview.orientation), size
        size, orientation = read_header(photograph)
        return orientation, size
    except PippinError:
        return 1, None


def _remove_from_sidecar(sidecar: Path, name: str) -> Removal:
    content = _read(sidecar)
    try:
        new = xmp_regions.remove(content, name)
        is_done = xmp_regions.is_ours_and_empty(new)
    except ValueError as problem:
        raise _no_sidecar(sidecar, problem) from problem
    if new == content:
        return Removal(remains=xmp_regions.mentions(content, name))
    if is_done:
        sidecar.unlink()
        return Removal(changed=True)
    write_bytes(sidecar, new)
    return Removal(changed=True, remains=xmp_regions.mentions(new, name))


def _write_over(path: Path, content: bytes) -> None:
    """Replace a file's content in one step; its permissions and the link that leads to it stay."""
    target = path.resolve()
    mode = target.stat().st_mode
    write_bytes(target, content)
    target.chmod(mode & 0o7777)
