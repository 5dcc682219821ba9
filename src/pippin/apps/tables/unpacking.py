"""Bytes of a packed file as those of the table within: gzip, bzip2, xz, and a zip that holds one file."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable
from typing import IO, Any

from pippin.core.errors import PippinError

MAX_UNPACKED = 2 << 30  # bytes
ZIP = b"PK\x03\x04", b"PK\x05\x06"
_WORKBOOK = "[Content_Types].xml", "xl/workbook.xml", "xl/workbook.bin", "mimetype"  # of Excel and of LibreOffice
_NOT_DATA = "__MACOSX/"  # what a system puts beside the files of a zip
_OPENERS: dict[bytes, Callable[..., Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}
_OTHERS = {
    b"<stata_dta>": "a Stata file",
    b"$FL2@": "an SPSS file",
    b"$FL3@": "an SPSS file",
    b"\0\0\0\0\0\0\0\0\0\0\0\0\xc2\xea\x81\x60": "a SAS file",
    b"\x89HDF": "an HDF5 file",
    b"\x93NUMPY": "a NumPy array",
    b"SQLite format 3\0": "an SQLite database",
    b"ARROW1\0": "an Arrow (Feather) file",
    b"RDX2\n": "an R file",
    b"RDX3\n": "an R file",
    b"%PDF-": "a PDF",
    b"Obj\x01": "an Avro file",
}


def unpack(content: bytes, path: str) -> bytes:
    """Return the bytes within a packed file, or `content` itself; PippinError if damaged or with several files."""
    if content.startswith(ZIP):
        return _from_zip(content, path)
    for mark, opener in _OPENERS.items():
        if content.startswith(mark):
            return _limited(opener(io.BytesIO(content)), path)
    return content


def _from_zip(content: bytes, path: str) -> bytes:
    """Return the only file within a zip; a workbook, which is a zip too, as it is."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            names = [name for name in packed.namelist() if not name.endswith("/")]
            if any(name in _WORKBOOK for name in names):
                return content
            names = [n for n in names if not n.startswith(_NOT_DATA) and not n.rpartition("/")[2].startswith(".")]
            if len(names) != 1:
                some = ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")
                holds = f"{len(names)} files ({some})" if names else "no file"
                raise PippinError(f"{path} is a zip with {holds}; unpack it and name one table.", input=path)
            with packed.open(names[0]) as file:
                return _limited(file, path)
    except zipfile.BadZipFile:
        return content  # the reader of workbooks says what is wrong
    except (NotImplementedError, RuntimeError) as problem:  # RuntimeError: a password
        raise _damaged(path, problem) from problem


def _limited(file: IO[bytes], path: str) -> bytes:
    try:
        with file:
            content = file.read(MAX_UNPACKED + 1)
    except (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile) as problem:
        raise _damaged(path, problem) from problem
    if len(content) > MAX_UNPACKED:
        raise PippinError(f"{path} holds more than {MAX_UNPACKED >> 30} GB; unpack it and take a part.", input=path)
    return content


def _damaged(path: str, problem: Exception) -> PippinError:
    return PippinError(f"{path} is damaged or locked: {problem}; copy or unpack it again.", input=path)


def name_kind(content: bytes) -> str:
    """Return the kind of file, known but not read here, that bytes are ("a Stata file"); "" for any other."""
    start = content[:400].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<?xml", b"{\\rtf")):
        return "XML" if start.startswith(b"<?xml") else "rich text" if start.startswith(b"{") else "a web page (HTML)"
    if found := next((kind for mark, kind in _OTHERS.items() if content.startswith(mark)), ""):
        return found
    old_stata = content[:1] in (b"\x71", b"\x72", b"\x73") and content[1:4] in (b"\1\1\0", b"\2\1\0")
    return "a Stata file" if old_stata else ""
