"""Regions in an XMP packet: those of the Metadata Working Group and of Microsoft, read, written and taken out.

MWG Guidelines for Handling Image Metadata 2.0, section 5.9; Microsoft, "People Tagging Overview".
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from xml.sax.saxutils import quoteattr

from pippin.apps.faces.metadata.regions import MIN_OVERLAP, Region
from pippin.apps.faces.metadata.xmp_tree import META, RDF, Change, Element, apply, parse

MWG, AREA = "http://www.metadataworkinggroup.com/schemas/regions/", "http://ns.adobe.com/xmp/sType/Area#"
DIMENSIONS = "http://ns.adobe.com/xap/1.0/sType/Dimensions#"
MP, MPRI = "http://ns.microsoft.com/photo/1.2/", "http://ns.microsoft.com/photo/1.2/t/RegionInfo#"
MPREG = "http://ns.microsoft.com/photo/1.2/t/Region#"
IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
PEOPLE = (IPTC, "PersonInImage")
TOOL = "Pippin"
ARRAYS = ((RDF, "Bag"), (RDF, "Seq"), (RDF, "Alt"))
EMPTY = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    f'<x:xmpmeta xmlns:x="{META}" x:xmptk="{TOOL}">\n<rdf:RDF xmlns:rdf="{RDF}">\n</rdf:RDF>\n</x:xmpmeta>\n'
    '<?xpacket end="w"?>'
).encode()
Entry = tuple[Element, Region]


def read(packet: bytes) -> list[Region]:
    """Return the faces that a packet names, in the file's coordinates; ValueError where it is no XML."""
    return [region for _, region in _entries(parse(packet)) if region.type.lower() == "face"]


def write(packet: bytes, regions: Sequence[Region], size: tuple[int, int] | None) -> bytes:
    """Return the packet with regions (in the file's coordinates) and their names.

    Faces of the same names, and nameless ones at the same position, give way; everything else stays as it is, byte by
    byte. `size` is that of the file's pixels. ValueError where the packet is no XML.
    """
    packet = packet.strip(b"\0") or EMPTY
    names = {_key(region.name) for region in regions if region.name}
    packet = apply(packet, [_cut(packet, element) for element in _replaced(parse(packet), regions, names)])
    packet = _add_items(packet, (MWG, "RegionList"), (MWG, "Regions"), [_mwg_item(region) for region in regions], size)
    packet = _add_items(packet, (MPRI, "Regions"), (MP, "RegionInfo"), [_mp_item(region) for region in regions], None)
    known = {_key(item.value) for item in _people(parse(packet))}
    new = dict.fromkeys(region.name for region in regions if region.name and _key(region.name) not in known)
    return _add_items(packet, PEOPLE, PEOPLE, [_element("rdf:li", RDF, _text(name)) for name in new], None)


def remove(packet: bytes, name: str) -> bytes:
    """Return the packet without a person's faces, and without the name in the list of people; all else stays."""
    root = parse(packet)
    gone = [element for element, region in _entries(root) if _key(region.name) == _key(name)]
    gone += [item for item in _people(root) if _key(item.value) == _key(name)]
    return apply(packet, [_cut(packet, element) for element in gone])


def mentions(packet: bytes, name: str) -> bool:
    """Return whether a name still stands in a packet, as a value or within a list or a path of keywords."""
    try:
        texts = [text for element in parse(packet).walk() for text in (element.text, *element.attributes.values())]
    except ValueError:
        return name.encode() in packet
    parts = (part for text in texts for part in (text, *text.replace("|", "/").replace(";", "/").split("/")))
    return any(_key(part) == _key(name) for part in parts)


def is_ours_and_empty(packet: bytes) -> bool:
    """Return whether a sidecar was begun by Pippin, and holds no face and no name any more."""
    root = parse(packet)
    if root.attributes.get((META, "xmptk")) != TOOL or any(_entries(root)) or any(_people(root)):
        return False
    ours = {(MWG, "Regions"), (MP, "RegionInfo"), PEOPLE}
    graphs = [element for element in root.walk() if element.name == (RDF, "RDF")]
    return all(name in ours for graph in graphs for child in graph.children for name, _, _ in child.properties())


def _entries(root: Element) -> Iterator[Entry]:
    """Yield the regions of both kinds, each with the entry of the list it stands in."""
    for element in root.walk():
        if element.name == (MWG, "Regions"):
            yield from _mwg_entries(element)
        elif element.name == (MPRI, "Regions"):
            yield from ((item, region) for item in element.items() if (region := _mp_region(item)))


def _mwg_entries(regions: Element) -> Iterator[Entry]:
    size = regions.structure((MWG, "AppliedToDimensions"))
    pixels = tuple(_number(size.field((DIMENSIONS, side))) for side in "wh") if size else (math.nan, math.nan)
    listed = regions.structure((MWG, "RegionList"))
    for item in listed.items() if listed else ():
        region = _mwg_region(item, (pixels[0], pixels[1]))
        if region:
            yield item, region


def _mwg_region(item: Element, pixels: tuple[float, float]) -> Region | None:
    area = item.structure((MWG, "Area"))
    if area is None:
        return None
    x, y, width, height = (_number(area.field((AREA, side))) for side in "xywh")
    if not math.isfinite(width) or not math.isfinite(height):  # a circle of that diameter
        width = height = _number(area.field((AREA, "d")))
    if area.field((AREA, "unit")) == "pixel":
        x, y, width, height = x / pixels[0], y / pixels[1], width / pixels[0], height / pixels[1]
    return _region(item.field((MWG, "Name")), x, y, width, height, item.field((MWG, "Type")) or "Face")


def _mp_region(item: Element) -> Region | None:
    sides = [_number(side) for side in item.field((MPREG, "Rectangle")).split(",")]
    if len(sides) != 4:
        return None
    left, top, width, height = sides
    return _region(item.field((MPREG, "PersonDisplayName")), left + width / 2, top + height / 2, width, height, "Face")


def _region(name: str, x: float, y: float, width: float, height: float, type: str) -> Region | None:
    """Return a region; None where it is none that could be shown."""
    if not all(math.isfinite(value) for value in (x, y, width, height)):
        return None
    is_within = 0 < width <= 2 and 0 < height <= 2 and -1 <= x <= 2 and -1 <= y <= 2
    return Region(name, x, y, width, height, type) if is_within else None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _people(root: Element) -> list[Element]:
    return [item for element in root.walk() if element.name == PEOPLE for item in element.items()]


def _replaced(root: Element, regions: Sequence[Region], names: Collection[str]) -> list[Element]:
    """Return the entries that give way to regions."""
    return [
        element
        for element, old in _entries(root)
        if old.type.lower() == "face"
        and (_key(old.name) in names or (not old.name and any(old.overlap(new) > MIN_OVERLAP for new in regions)))
    ]


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name.strip())


def _cut(packet: bytes, element: Element) -> Change:
    """Return the change that removes an element, with the blanks before it."""
    start = element.start
    while packet[start - 1 : start].isspace():
        start -= 1
    return start, element.end, b""


def _add_items(
    packet: bytes, path: tuple[str, str], top: tuple[str, str], items: list[str], size: tuple[int, int] | None
) -> bytes:
    """Return the packet with entries added to the list `path`, in the property `top`, which is begun where missing."""
    if not items:
        return packet
    root = parse(packet)
    listed = next((element for element in root.walk() if element.name == path), None)
    content = "\n".join(items)
    if listed is not None:
        array = next((child for child in listed.children if child.name in ARRAYS), None)
        return _fill(packet, array or listed, f"{content}\n" if array else _bag(content))
    started = next((element for element in root.walk() if element.name == top), None)
    if started is None:
        return _add_property(packet, root, _property(top, path, _bag(content), size))
    inner = next((child for child in started.children if child.name == (RDF, "Description")), started)
    if inner is started and started.attributes.get((RDF, "parseType")) != "Resource":  # an empty value
        packet = apply(packet, [_cut(packet, started)])
        return _add_property(packet, parse(packet), _property(top, path, _bag(content), size))
    return _fill(packet, inner, _list_element(path, _bag(content)))


def _add_property(packet: bytes, root: Element, content: str) -> bytes:
    graph = next((element for element in root.walk() if element.name == (RDF, "RDF")), None)
    about = next((a for e in root.walk() if (a := e.attributes.get((RDF, "about"))) is not None), "")
    description = f'<rdf:Description xmlns:rdf="{RDF}" rdf:about={quoteattr(about)}>\n{content}\n</rdf:Description>\n'
    if graph is None:
        if root.name != (META, "xmpmeta"):
            raise ValueError("it is no XMP")
        return _fill(packet, root, f'<rdf:RDF xmlns:rdf="{RDF}">\n{description}</rdf:RDF>\n')
    return _fill(packet, graph, description)


def _fill(packet: bytes, element: Element, content: str) -> bytes:
    """Return the packet with content at an element's end."""
    if element.inner != element.end:
        return apply(packet, [(element.inner_end, element.inner_end, content.encode())])
    tag = packet[element.start : element.end]
    name = tag[1:-2].split()[0]
    return apply(packet, [(element.start, element.end, tag[:-2] + b">\n" + content.encode() + b"</" + name + b">")])


def _bag(content: str) -> str:
    return _element("rdf:Bag", RDF, f"\n{content}\n")


def _property(top: tuple[str, str], path: tuple[str, str], content: str, size: tuple[int, int] | None) -> str:
    if top == PEOPLE:
        return _element("Iptc4xmpExt:PersonInImage", IPTC, content)
    inner = _list_element(path, content)
    if top[0] == MP:
        return f'<MP:RegionInfo xmlns:MP="{MP}" xmlns:rdf="{RDF}" rdf:parseType="Resource">\n{inner}\n</MP:RegionInfo>'
    applied = (
        f'<mwg-rs:AppliedToDimensions xmlns:stDim="{DIMENSIONS}" stDim:w="{size[0]}" stDim:h="{size[1]}" '
        'stDim:unit="pixel"/>\n'
        if size
        else ""
    )
    head = f'<mwg-rs:Regions xmlns:mwg-rs="{MWG}" xmlns:rdf="{RDF}" rdf:parseType="Resource">'
    return f"{head}\n{applied}{inner}\n</mwg-rs:Regions>"


def _list_element(path: tuple[str, str], content: str) -> str:
    return _element("MPRI:Regions", MPRI, content) if path[0] == MPRI else _element("mwg-rs:RegionList", MWG, content)


def _mwg_item(region: Region) -> str:
    name = f" mwg-rs:Name={_quoted(region.name)}" if region.name else ""
    area = (
        f'<mwg-rs:Area xmlns:stArea="{AREA}" stArea:x="{region.x:.6f}" stArea:y="{region.y:.6f}" '
        f'stArea:w="{region.width:.6f}" stArea:h="{region.height:.6f}" stArea:unit="normalized"/>'
    )
    description = f"<rdf:Description mwg-rs:Type={_quoted(region.type)}{name}>{area}</rdf:Description>"
    return f'<rdf:li xmlns:rdf="{RDF}" xmlns:mwg-rs="{MWG}">{description}</rdf:li>'


def _mp_item(region: Region) -> str:
    left, top = region.x - region.width / 2, region.y - region.height / 2
    name = f" MPReg:PersonDisplayName={_quoted(region.name)}" if region.name else ""
    rectangle = f'"{left:.6f}, {top:.6f}, {region.width:.6f}, {region.height:.6f}"'
    return (
        f'<rdf:li xmlns:rdf="{RDF}" xmlns:MPReg="{MPREG}"><rdf:Description MPReg:Rectangle={rectangle}{name}/></rdf:li>'
    )


def _element(name: str, space: str, content: str) -> str:
    return f'<{name} xmlns:{name.split(":")[0]}="{space}">{content}</{name}>'


def _text(name: str) -> str:
    return name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _quoted(name: str) -> str:
    return quoteattr(name)
