"""What a browser sends: values as JSON and files, which lie in a folder of their own until the request is answered."""

from __future__ import annotations

import json
import re
import shutil
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from pippin.core.errors import PippinError

MAX_FILES = 20_000
MAX_TEXT = 1_000_000  # bytes of JSON
DEEPEST = 4  # folders a file's name may name
# Names that Windows takes for devices, and what no file system or terminal should meet in a name.
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_BAD = re.compile('[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff<>:"|?*\\\\]')


@dataclass(frozen=True)
class ParsedRequest:
    """The values of a request by name, and its files by the name of what they are for."""

    values: Mapping[str, Any]
    files: Mapping[str, list[Path]] = field(default_factory=dict)
    folders: Mapping[str, Path] = field(default_factory=dict)


def clean(name: str) -> PurePosixPath:
    """Return a file's name as a path below some folder: no way up, no root, no hidden or strange names."""
    parts = [_part(part) for part in name.replace("\\", "/").split("/")]
    kept = [part for part in parts if part][-DEEPEST:]
    return PurePosixPath(*kept) if kept else PurePosixPath("file")


def _part(part: str) -> str:
    part = _BAD.sub("_", unicodedata.normalize("NFC", part)).strip().lstrip(".").rstrip(". ")
    while len(part.encode()) > 120:  # what most file systems take, with room to spare
        stem, dot, suffix = part.rpartition(".")
        part = f"{stem[:-1]}{dot}{suffix}" if stem and len(suffix) < 12 else part[:-1]
    return f"_{part}" if _DEVICES.fullmatch(part) else part


async def received(request: Request, folder: Path) -> ParsedRequest:
    """Read a request's body, JSON or a form; its files go into `folder`."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return await _form(request, folder)
    if kind not in ("application/json", ""):
        raise PippinError("Send application/json, or multipart/form-data with files.")
    body = await request.body()
    if len(body) > MAX_TEXT:
        raise HTTPException(413, "That is too much text at once; send a file.")
    return ParsedRequest(values_of(body or b"{}"))


async def _form(request: Request, folder: Path) -> ParsedRequest:
    values: dict[str, Any] = {}
    files: dict[str, list[Path]] = {}
    folders: dict[str, Path] = {}
    async with request.form(max_files=MAX_FILES, max_fields=10, max_part_size=MAX_TEXT) as form:
        for name, part in form.multi_items():
            if not isinstance(part, UploadFile):
                if name != "arguments":
                    raise PippinError(f"A form has one field, `arguments`, beside its files; not {name[:40]!r}.")
                values = values_of(part.encode("utf-8", "replace"))
                continue
            if not re.fullmatch(r"[a-z_]{1,40}", name):
                raise PippinError("Files go by the name of what they are for, such as `inputs`.")
            root = folders.setdefault(name, folder / name)
            path = _free(root / clean(part.filename or "file"))
            path.parent.mkdir(parents=True, exist_ok=True)
            await run_in_threadpool(_write, part, path)
            files.setdefault(name, []).append(path)
    return ParsedRequest(values, files, folders)


def _write(part: UploadFile, path: Path) -> None:
    with path.open("wb") as target:
        shutil.copyfileobj(part.file, target, 1 << 20)


def _free(path: Path) -> Path:
    """Return `path`, with a number where another file of the request has that name."""
    free, number = path, 1
    while free.exists():
        number += 1
        free = path.with_stem(f"{path.stem}-{number}")
    return free


def count_pixels(sent: ParsedRequest, max_pixels: int) -> int:
    """Return the pixels of all images among the files sent, read from their headers; refuse one with too many.

    A small file may say that it has many; data to learn from is read by another process and does not count.
    """
    return sum(_pixels(path, max_pixels) for name, paths in sent.files.items() if name != "data" for path in paths)


def _pixels(path: Path, max_pixels: int) -> int:
    import warnings

    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as image:
                width, height = image.size
    except Image.DecompressionBombError:
        width, height = max_pixels + 1, 1
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return 0  # not Pillow's to read; the application says what it is
    if width * height > max_pixels:
        most = f"{max_pixels // 10**6} million pixels"
        raise PippinError(f"{path.name} is too large to be sent: at most {most} here.", input=path.name)
    return width * height


def values_of(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError) as problem:
        raise PippinError("The arguments are not valid JSON; send one object.") from problem
    if not isinstance(found, dict):
        raise PippinError("The arguments are not a JSON object; send values by their names.")
    if not _is_text(found):
        raise PippinError(
            "The arguments hold text that is not Unicode (half of a surrogate pair); send whole characters."
        )
    return found


def _is_text(values: Any) -> bool:
    """Return whether all text in JSON values can be written down; `\\ud800` alone cannot."""
    try:
        json.dumps(values, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError):
        return False
    return True


def _refuse(word: str) -> Any:
    raise ValueError(word)
