"""An XMP packet as a tree that knows where each element stands, so that all other bytes can be left as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
META = "adobe:ns:meta/"
MAX_DEPTH = 100
TAG = re.compile(rb"""<(?:[^>"']|"[^"]*"|'[^']*')*>""")
Name = tuple[str, str]
Change = tuple[int, int, bytes]  # bytes from, to, and what comes in their place


@dataclass
class Element:
    """An element: its name and attributes with their namespaces, and bytes `start` to `end`, `inner` to `inner_end`."""

    name: Name
    attributes: dict[Name, str]
    start: int
    inner: int = 0
    inner_end: int = 0
    end: int = 0
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def walk(self) -> Iterator[Element]:
        """Yield the element and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()

    def properties(self) -> Iterator[tuple[Name, str, Element | None]]:
        """Yield a structure's fields, in each of RDF's forms: attributes, elements, elements in a Description."""
        for name, value in self.attributes.items():
            if name[0] != RDF:
                yield name, value, None
        for child in self.children:
            if child.name == (RDF, "Description"):
                yield from child.properties()
            elif child.name[0] != RDF:
                yield child.name, child.value, child

    def field(self, name: Name) -> str:
        """Return a structure's field as text, "" where it has none."""
        return next((value for key, value, _ in self.properties() if key == name), "").strip()

    def structure(self, name: Name) -> Element | None:
        """Return a structure's field that is one itself."""
        return next((element for key, _, element in self.properties() if key == name and element), None)

    def items(self) -> Iterator[Element]:
        """Yield the entries of the arrays directly in the element."""
        for array in self.children:
            if array.name in ((RDF, "Bag"), (RDF, "Seq"), (RDF, "Alt")):
                yield from (child for child in array.children if child.name == (RDF, "li"))

    @property
    def value(self) -> str:
        """The element's text; in RDF it may stand in an attribute or in a Description."""
        if self.text.strip() or not self.attributes.get((RDF, "value")):
            inner = next((child for child in self.children if child.name == (RDF, "value")), None)
            return inner.text if inner else self.text
        return self.attributes[RDF, "value"]


def parse(packet: bytes) -> Element:
    """Return the root of a packet in UTF-8, UTF-16 is refused; ValueError where it is no XML that XMP may be.

    A document type, which entities would need, is refused.
    """
    builder = _Builder(packet)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, attributes: builder.open(parser.CurrentByteIndex, name, attributes)
    parser.EndElementHandler = lambda name: builder.close(parser.CurrentByteIndex)
    parser.CharacterDataHandler = builder.add_text
    parser.StartDoctypeDeclHandler = _refuse
    try:
        packet.decode()
        parser.Parse(packet, True)
    except (expat.ExpatError, UnicodeDecodeError, IndexError) as problem:
        raise ValueError("it is no XML") from problem
    if builder.root is None:
        raise ValueError("it is no XML")
    return builder.root


def _refuse(*_: Any) -> None:
    raise ValueError("it has a document type, which XMP has not")


@dataclass
class _Builder:
    content: bytes
    root: Element | None = None
    above: list[Element] = field(default_factory=list)

    def open(self, start: int, name: str, attributes: dict[str, str]) -> None:
        element = Element(_split(name), {_split(key): value for key, value in attributes.items()}, start)
        element.inner = tag_end(self.content, start)
        if self.above:
            self.above[-1].children.append(element)
        else:
            self.root = element
        self.above.append(element)
        if len(self.above) > MAX_DEPTH:
            raise ValueError("its elements lie too deep in one another")

    def close(self, index: int) -> None:
        element = self.above.pop()
        if self.content[element.inner - 2 : element.inner] == b"/>":
            element.inner_end = element.end = element.inner
        else:
            element.inner_end, element.end = index, self.content.index(b">", index) + 1

    def add_text(self, text: str) -> None:
        if self.above:
            self.above[-1].text += text


def _split(name: str) -> Name:
    space, _, local = name.rpartition(" ")
    return space, local


def tag_end(content: bytes, start: int) -> int:
    """Return where the tag that begins at an offset ends; quotes may hold ">"."""
    match = TAG.match(content, start)
    if match is None:
        raise ValueError("a tag does not end")
    return match.end()


def apply(content: bytes, changes: list[Change]) -> bytes:
    """Return the content with pieces replaced; they do not overlap."""
    for start, end, new in sorted(changes, reverse=True):
        content = content[:start] + new + content[end:]
    return content
