"""XMP as other programs write it: digiKam, Picasa, Lightroom, Windows; written by hand after their forms."""

HEAD = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
NAMESPACES = (
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="adobe:ns:meta/" '
    'xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/" '
    'xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#" xmlns:stDim="http://ns.adobe.com/xap/1.0/sType/Dimensions#" '
    'xmlns:MP="http://ns.microsoft.com/photo/1.2/" xmlns:MPRI="http://ns.microsoft.com/photo/1.2/t/RegionInfo#" '
    'xmlns:MPReg="http://ns.microsoft.com/photo/1.2/t/Region#" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:digiKam="http://www.digikam.org/ns/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
)


def packet(body: str, attributes: str = "") -> bytes:
    """Return a packet with one description."""
    description = f'<rdf:Description rdf:about="" {attributes}>{body}</rdf:Description>'
    rdf = f"<rdf:RDF>{description}</rdf:RDF>"
    return f'{HEAD}\n<x:xmpmeta {NAMESPACES} x:xmptk="other">{rdf}</x:xmpmeta>\n<?xpacket end="w"?>'.encode()


# A face at (0.4, 0.3) of 0.2 x 0.1, in the forms in which programs write it.
ATTRIBUTES = packet(
    '<mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:AppliedToDimensions stDim:w="90" stDim:h="60"/>'
    '<mwg-rs:RegionList><rdf:Bag><rdf:li><rdf:Description mwg-rs:Name="Ada" mwg-rs:Type="Face">'
    '<mwg-rs:Area stArea:x="0.4" stArea:y="0.3" stArea:w="0.2" stArea:h="0.1" stArea:unit="normalized"/>'
    "</rdf:Description></rdf:li></rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>"
)
ELEMENTS = packet(
    '<mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:AppliedToDimensions rdf:parseType="Resource">'
    "<stDim:w>90</stDim:w><stDim:h>60</stDim:h><stDim:unit>pixel</stDim:unit></mwg-rs:AppliedToDimensions>"
    '<mwg-rs:RegionList><rdf:Seq><rdf:li rdf:parseType="Resource"><mwg-rs:Area rdf:parseType="Resource">'
    "<stArea:x>0.4</stArea:x><stArea:y>0.3</stArea:y><stArea:w>0.2</stArea:w><stArea:h>0.1</stArea:h>"
    "<stArea:unit>normalized</stArea:unit></mwg-rs:Area><mwg-rs:Name>Ada</mwg-rs:Name><mwg-rs:Type>Face</mwg-rs:Type>"
    "</rdf:li></rdf:Seq></mwg-rs:RegionList></mwg-rs:Regions>"
)
LIGHTROOM = packet(
    '<mwg-rs:Regions><rdf:Description><mwg-rs:AppliedToDimensions stDim:w="90" stDim:h="60" stDim:unit="pixel"/>'
    "<mwg-rs:RegionList><rdf:Bag><rdf:li><rdf:Description><mwg-rs:Name>Ada</mwg-rs:Name><mwg-rs:Type>Face</mwg-rs:Type>"
    '<mwg-rs:Area><rdf:Description stArea:x="0.4" stArea:y="0.3" stArea:w="0.2" stArea:h="0.1" stArea:rotation="0"/>'
    "</mwg-rs:Area></rdf:Description></rdf:li></rdf:Bag></mwg-rs:RegionList></rdf:Description></mwg-rs:Regions>"
)
PIXELS = packet(
    '<mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:AppliedToDimensions stDim:w="90" stDim:h="60"/>'
    '<mwg-rs:RegionList><rdf:Bag><rdf:li mwg-rs:Name="Ada"><mwg-rs:Area stArea:x="36" stArea:y="18" stArea:w="18" '
    'stArea:h="6" stArea:unit="pixel"/></rdf:li></rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>'
).replace(b'<rdf:li mwg-rs:Name="Ada">', b'<rdf:li rdf:parseType="Resource"><mwg-rs:Name>Ada</mwg-rs:Name>')
WINDOWS = packet(
    "<MP:RegionInfo><rdf:Description><MPRI:Regions><rdf:Bag><rdf:li><rdf:Description>"
    "<MPReg:Rectangle>0.3, 0.25, 0.2, 0.1</MPReg:Rectangle><MPReg:PersonDisplayName>Ada</MPReg:PersonDisplayName>"
    "</rdf:Description></rdf:li></rdf:Bag></MPRI:Regions></rdf:Description></MP:RegionInfo>"
)
PICASA = packet(
    '<MP:RegionInfo rdf:parseType="Resource"><MPRI:Regions><rdf:Bag><rdf:li MPReg:Rectangle="0.3,0.25,0.2,0.1" '
    'MPReg:PersonDisplayName="Ada" MPReg:PersonEmailDigest="x"/></rdf:Bag></MPRI:Regions></MP:RegionInfo>'
)
DIGIKAM = packet(
    "<digiKam:TagsList><rdf:Seq><rdf:li>People/Ada</rdf:li><rdf:li>Places/Rome</rdf:li></rdf:Seq></digiKam:TagsList>"
    "<dc:subject><rdf:Bag><rdf:li>Ada</rdf:li><rdf:li>Rome</rdf:li></rdf:Bag></dc:subject>"
    "<!-- kept --><dc:title><rdf:Alt><rdf:li xml:lang='x-default'>A &amp; B</rdf:li></rdf:Alt></dc:title>",
    'xmp:Rating="4"',
)
_WINDOWS_BODY = WINDOWS.split(b"<rdf:RDF>")[1].split(b"</rdf:RDF>")[0]
FORMS = {
    "attributes": ATTRIBUTES, "elements": ELEMENTS, "Lightroom": LIGHTROOM, "pixels": PIXELS, "Windows": WINDOWS,
    "Picasa": PICASA, "both": ATTRIBUTES.replace(b"</rdf:RDF>", _WINDOWS_BODY + b"</rdf:RDF>"),
}  # fmt: skip
