"""XMP packets (ISO 16684-1): properties are set and removed in place; every other byte stays as it was."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from pippin.apps.upscale.metadata.sizes import Sizes

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
TIFF, EXIF = "http://ns.adobe.com/tiff/1.0/", "http://ns.adobe.com/exif/1.0/"
NOTE, XAP = "http://ns.adobe.com/xmp/note/", "http://ns.adobe.com/xap/1.0/"
CAMERA, PANORAMA = "http://ns.google.com/photos/1.0/camera/", "http://ns.google.com/photos/1.0/panorama/"
REGIONS, DIMENSIONS = (
    "http://www.metadataworkinggroup.com/schemas/regions/",
    "http://ns.adobe.com/xap/1.0/sType/Dimensions#",
)
GAIN_MAPS = ("http://ns.adobe.com/hdr-gain-map/1.0/", "http://ns.apple.com/HDRGainMap/1.0/")
CONTAINERS = ("http://ns.google.com/photos/1.0/container/", "http://ns.google.com/photos/1.0/container/item/")
MADE = "urn:x-pippin:made:1.0:"
EMPTY = (
    b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"></x:xmpmeta>\n'
    b'<?xpacket end="w"?>'
)
Change = tuple[int, int, bytes]  # bytes from, to, and what comes in their place


@dataclass
class _Element:
    name: tuple[str, str]
    start: int
    inner: int
    empty: bool


@dataclass
class _Reader:
    """Walks through a packet and notes what is to be changed."""

    content: bytes
    sizes: Sizes | None
    extended: bool
    above: list[_Element] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    about: str = ""
    graph_end: int = -1  # where rdf:RDF ends
    meta: _Element | None = None  # x:xmpmeta, and where it ends
    meta_end: int = -1

    def read(self) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.namespace_prefixes = True
        parser.StartElementHandler = lambda name, attributes: self._start(parser.CurrentByteIndex, name, attributes)
        parser.EndElementHandler = lambda name: self._end(parser.CurrentByteIndex)
        parser.StartDoctypeDeclHandler = self._refuse
        parser.Parse(self.content, True)

    def _refuse(self, *_: Any) -> None:
        raise ValueError("XMP has no document type")

    def _start(self, start: int, name: str, attributes: dict[str, str]) -> None:
        tag = _tag(self.content, start)
        element = _Element(_split(name), start, start + len(tag), tag.endswith(b"/>"))
        if element.name == (RDF, "Description"):
            self.about = next((v for key, v in attributes.items() if _split(key) == (RDF, "about")), self.about)
        if element.name[1] == "xmpmeta" and not self.above:
            self.meta = element
        for key, value in attributes.items():
            new = self._new(_split(key), value)
            if new is not None:
                self._change_attribute(start, tag, key.split(" "), new)
        if self.sizes:
            self.changes += [
                (start + found.start(), start + found.end(), b"")
                for found in re.finditer(rb"""\s+xmlns:[^\s=]+\s*=\s*("[^"]*"|'[^']*')""", tag)
                if any(f'"{uri}"'.encode() in found[0].replace(b"'", b'"') for uri in (*GAIN_MAPS, *CONTAINERS))
            ]
        self.above.append(element)

    def _change_attribute(self, start: int, tag: bytes, key: list[str], new: str) -> None:
        name = f"{key[2]}:{key[1]}" if len(key) > 2 else key[1]
        found = re.search(rb"""\s+%s\s*=\s*("[^"]*"|'[^']*')""" % re.escape(name.encode()), tag)
        if found:
            begin = start + (found.start(1) if new else found.start())
            self.changes.append((begin, start + found.end(), quoteattr(new).encode() if new else b""))

    def _end(self, index: int) -> None:
        element = self.above.pop()
        end = element.inner if element.empty else self.content.index(b">", index) + 1
        if element.name == (RDF, "RDF") and not element.empty:
            self.graph_end = index
        if element is self.meta:
            self.meta_end = index
        mine = element.name == (RDF, "Description") and MADE.encode() in _tag(self.content, element.start)
        inner = self.content[element.inner : index] if not element.empty else b""
        new = "" if mine else self._new(element.name, inner.decode(errors="replace").strip())
        if new == "":
            self.changes = [change for change in self.changes if change[0] < element.start]
            self.changes.append((element.start, end, b""))
        elif new is not None and b"<" not in inner:
            self.changes.append((element.inner, index, new.encode()))

    def _new(self, name: tuple[str, str], value: str) -> str | None:
        """Return a property's new value: "" to remove it, None to leave it."""
        space, local = name
        if self.sizes is None:
            return None
        if space in (*GAIN_MAPS, *CONTAINERS) or name == (XAP, "Thumbnails"):
            return ""
        if space == CAMERA and local.startswith(("MotionPhoto", "MicroVideo")):
            return ""
        if name == (NOTE, "HasExtendedXMP"):
            return None if self.extended else ""
        return _resized(name, value, self.sizes, [element.name for element in self.above])


def _resized(name: tuple[str, str], value: str, sizes: Sizes, above: list[tuple[str, str]]) -> str | None:
    """Return the new value of a property that tells a size or the orientation; None for any other."""
    if name in ((TIFF, "ImageWidth"), (EXIF, "PixelXDimension")):
        return str(sizes.width)
    if name in ((TIFF, "ImageLength"), (EXIF, "PixelYDimension")):
        return str(sizes.height)
    if name == (TIFF, "Orientation"):
        return "1" if sizes.turned else None
    regions = name[0] == DIMENSIONS and name[1] in ("w", "h") and (REGIONS, "AppliedToDimensions") in above
    if regions or (name[0] == PANORAMA and name[1].endswith("Pixels")):
        try:
            return f"{float(value) * sizes.factor:.0f}"
        except (ValueError, OverflowError):
            return None
    return None


def _split(name: str) -> tuple[str, str]:
    parts = name.split(" ")
    return (parts[0], parts[1]) if len(parts) > 1 else ("", name)


def _tag(content: bytes, start: int) -> bytes:
    """Return the start tag at an offset."""
    found = re.compile(rb"""<(?:[^>"']|"[^"]*"|'[^']*')*>""").match(content, start)
    return found[0] if found else b""


def _walked(packet: bytes, sizes: Sizes | None, extended: bool) -> _Reader | None:
    """Return the packet, read; None where it is no XML in UTF-8."""
    reader = _Reader(packet, sizes, extended)
    try:
        packet.decode()
        reader.read()
    except (expat.ExpatError, ValueError, IndexError):
        return None
    return reader


def is_readable(packet: bytes) -> bool:
    """Return whether a packet is XML in UTF-8."""
    return _walked(packet.strip(b"\0"), None, False) is not None


def tells(packet: bytes, *uris: str) -> bool:
    """Return whether a packet names one of these namespaces."""
    return any(uri.encode() in packet for uri in uris)


def updated(packet: bytes, sizes: Sizes, *, extended: bool = False) -> bytes:
    """Return the packet in step with the larger image; `extended` says that the rest of it goes along (JPEG)."""
    reader = _walked(packet, sizes, extended)
    return packet if reader is None else _changed(packet, reader.changes)


def with_properties(packet: bytes, properties: dict[str, str]) -> bytes:
    """Return the packet (perhaps b"") with properties in a namespace of our own, in a description of their own."""
    packet = packet or EMPTY
    reader = _walked(packet, None, False)
    if reader is None:
        return with_properties(EMPTY, properties)
    packet = _changed(packet, reader.changes)
    reader = _walked(packet, None, False)
    assert reader is not None
    told = " ".join(f"pippin:{name}={quoteattr(value)}" for name, value in properties.items())
    description = (
        f'<rdf:Description xmlns:rdf="{RDF}" rdf:about={quoteattr(reader.about)} xmlns:pippin="{MADE}" {told}/>'
    )
    if reader.graph_end >= 0:
        return _changed(packet, [(reader.graph_end, reader.graph_end, f"{description}\n".encode())])
    graph = f'<rdf:RDF xmlns:rdf="{RDF}">{description}</rdf:RDF>'.encode()
    meta = reader.meta
    if meta is None:
        return with_properties(EMPTY, properties)
    if meta.empty:
        name = re.match(rb"<([^\s/>]+)", packet[meta.start :])
        assert name is not None
        return _changed(packet, [(meta.inner - 2, meta.inner, b">" + graph + b"</" + name[1] + b">")])
    return _changed(packet, [(reader.meta_end, reader.meta_end, graph)])


def without_padding(packet: bytes) -> bytes:
    """Return the packet without the blanks that leave room for changes."""
    return re.sub(rb"\s+(?=<\?xpacket end)", b"\n", packet)


def _changed(content: bytes, changes: list[Change]) -> bytes:
    for start, end, new in sorted(changes, reverse=True):
        content = content[:start] + new + content[end:]
    return content
