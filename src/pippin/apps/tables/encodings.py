"""Bytes of a text file as text: byte order marks, UTF-16 without one, UTF-8, and the usual code pages."""

from __future__ import annotations

import codecs
import re

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
MAX_CONTROL = 0.01  # share of control characters from which on bytes are no text
MIN_CYRILLIC = 0.5  # share of high letters among letters from which on a code page is read as Cyrillic
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]")
_WORD_1252 = re.compile(rb"[A-Za-z\xc0-\xff]")
_HIGH = re.compile(rb"[\xc0-\xff]")


def decode(content: bytes) -> tuple[str, str] | None:
    """Decode `content`: its text and the encoding's name, or None where it is no text."""
    for mark, encoding in MARKS:
        if content.startswith(mark):
            return _decoded(content, encoding)
    if wide := _utf16(content[:4096]):
        found = _decoded(content[: len(content) // 2 * 2], wide)
        return found if found and _is_text(found[0].encode()) else None
    if not _is_text(content):
        return None
    content = content.replace(b"\0", b"")
    return _decoded(content, "utf-8") or _decoded(content, _code_page(content))


def _decoded(content: bytes, encoding: str) -> tuple[str, str] | None:
    try:
        return content.decode(encoding), encoding.removesuffix("-sig")
    except UnicodeDecodeError:
        return None


def _utf16(start: bytes) -> str:
    """Return the byte order of UTF-16 without a mark, seen by where the zeros are; "" where it is none."""
    even, odd = start[0::2].count(0), start[1::2].count(0)
    half = len(start) // 2
    if half < 2 or max(even, odd) < 0.4 * half or min(even, odd) > 0.05 * half:
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _is_text(content: bytes) -> bool:
    """Return whether bytes are text: hardly any control characters, a stray NUL here and there allowed."""
    start = content[:65536]
    odd = len(_CONTROL.findall(start)) + start.count(0)
    return odd <= MAX_CONTROL * len(start)


def _code_page(content: bytes) -> str:
    """Return Windows-1252, or 1251 where most letters are above ASCII; Latin-1 where neither fits."""
    start = content[:65536]
    letters, high = len(_WORD_1252.findall(start)), len(_HIGH.findall(start))
    guess = "cp1251" if letters and high > MIN_CYRILLIC * letters else "cp1252"
    return guess if _decoded(content, guess) else "latin-1"
