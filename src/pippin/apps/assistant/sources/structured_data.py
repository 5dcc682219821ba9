"""schema.org objects in web pages and mails: JSON-LD and microdata as plain mappings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

MAX_DEPTH = 40
VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])
URL_ATTRIBUTES = {"link": "href", "a": "href", "img": "src", "meta": "content", "time": "datetime", "data": "value"}


def find_objects(html: str) -> list[dict[str, Any]]:
    """Return the schema.org objects of a page, JSON-LD first; what is no JSON is skipped."""
    parser = _Page()
    try:
        parser.feed(html)
        parser.close()
    except (AssertionError, RecursionError):
        pass  # html.parser gives up on some broken declarations; what was read until there counts
    objects = [item for text in parser.scripts for item in read_json_ld(text)]
    return [*objects, *parser.items]


def read_json_ld(text: str) -> list[dict[str, Any]]:
    """Return the top objects of a JSON-LD text: of a list, of a @graph, or the one."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return list(_tops(value))


def _tops(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    if depth > MAX_DEPTH:
        return
    if isinstance(value, list):
        for item in value:
            yield from _tops(item, depth + 1)
    elif isinstance(value, dict) and "@graph" in value:
        yield from _tops(value["@graph"], depth + 1)
    elif isinstance(value, dict):
        yield value


def type_of(value: Any) -> str:
    """Return the type of an object without its vocabulary: "FlightReservation"."""
    kind = value.get("@type", "") if isinstance(value, dict) else ""
    kind = kind[0] if isinstance(kind, list) and kind else kind
    return str(kind).rsplit("/", 1)[-1].rsplit("#", 1)[-1]


def find_types(objects: list[dict[str, Any]], kinds: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Yield the objects of these types, however deep they lie."""
    stack: list[tuple[Any, int]] = [(item, 0) for item in reversed(objects)]
    while stack:
        value, depth = stack.pop()
        if isinstance(value, dict) and type_of(value) in kinds:
            yield value
        elif isinstance(value, dict | list) and depth < MAX_DEPTH:
            values = value.values() if isinstance(value, dict) else value
            stack.extend((item, depth + 1) for item in reversed(list(values)))


def text_of(value: Any) -> str:
    """Return a value as text: of an object its name or @value, of a list its first."""
    if isinstance(value, list):
        return text_of(value[0]) if value else ""
    if isinstance(value, dict):
        return text_of(value.get("@value") or value.get("name") or value.get("@id") or "")
    return "" if value is None else str(value).strip()


class _Page(HTMLParser):
    """Collects JSON-LD scripts and microdata items."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.scripts: list[str] = []
        self.items: list[dict[str, Any]] = []
        self._script: list[str] | None = None
        self._open: list[tuple[str, dict[str, Any] | None, list[tuple[str, dict[str, Any], list[str]]]]] = []
        self._scopes: list[dict[str, Any]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attributes}
        if tag == "script" and found.get("type", "").strip().lower() == "application/ld+json":
            self._script = []
        item: dict[str, Any] | None = None
        texts: list[tuple[str, dict[str, Any], list[str]]] = []
        names = found.get("itemprop", "").split()
        if "itemscope" in found and len(self._scopes) < MAX_DEPTH:
            item = {"@type": found.get("itemtype", "").split(" ")[0]}
            if names and self._scopes:
                for name in names:
                    _put(self._scopes[-1], name, item)
            else:
                self.items.append(item)
        elif names and self._scopes:
            given = found.get(URL_ATTRIBUTES.get(tag, ""), found.get("content"))
            for name in names:
                if given is not None:
                    _put(self._scopes[-1], name, given.strip())
                else:
                    texts.append((name, self._scopes[-1], []))
        if tag not in VOID:
            self._open.append((tag, item, texts))
            if item is not None:
                self._scopes.append(item)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "script" and self._script is not None:
            self.scripts.append("".join(self._script))
            self._script = None
        if tag not in (entry[0] for entry in self._open):
            return
        while self._open:
            name, item, texts = self._open.pop()
            if item is not None:
                self._scopes.pop()
            for key, scope, parts in texts:
                _put(scope, key, " ".join("".join(parts).split()))
            if name == tag:
                return

    def handle_data(self, data: str) -> None:
        if self._script is not None:
            self._script.append(data)
            return
        for _, _, texts in self._open:
            for _, _, parts in texts:
                parts.append(data)


def _put(scope: dict[str, Any], name: str, value: Any) -> None:
    if name in scope:
        scope[name] = [*(scope[name] if isinstance(scope[name], list) else [scope[name]]), value]
    else:
        scope[name] = value
