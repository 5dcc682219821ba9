"""What goes into an application: a handle on a file, bytes or a value, opened late and by the application itself."""

from __future__ import annotations

import hashlib
import json
import mimetypes
import re
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self

from pippin.core.errors import PippinError, reason
from pippin.core.files import refuse_endless

_ROW_OF_FILE = re.compile(r".+:\d+")
LONGEST_NAME = 60  # characters of what an input given as a value is called


@dataclass(frozen=True)
class Input:
    """A handle on one input: `path` or `content` (bytes), never decoded here.

    `name` is what messages call it; `media_type` is a guess from the name ("" if unknown), to be checked by content.
    """

    kind: ClassVar[str] = "file"
    path: Path | None = None
    content: bytes | None = field(default=None, repr=False)
    name: str = ""
    media_type: str = ""

    @classmethod
    def of(cls, argument: Any) -> Self:
        """Return the input for a path (str or Path), bytes, or an input."""
        if isinstance(argument, cls):
            return argument
        if isinstance(argument, bytes):
            return cls(content=argument, name="(bytes)")
        try:
            path = Path(argument)
        except TypeError as problem:
            raise PippinError(f"{argument!r} is not a file; give its path.", input=argument) from problem
        return cls(path=path, name=str(argument), media_type=mimetypes.guess_type(path.name)[0] or "")

    def read(self) -> bytes:
        """Return the input's bytes; PippinError names a file it cannot read."""
        if self.content is not None:
            return self.content
        if self.path is None:
            raise PippinError(f"{self.name} has no content.", input=self.name)
        try:
            refuse_endless(self.path)
            return self.path.read_bytes()
        except MemoryError as problem:
            message = f"{self.name} is larger than this machine's memory; give a smaller file."
            raise PippinError(message, input=self.name) from problem
        except (OSError, ValueError) as problem:
            why = reason(problem) if isinstance(problem, OSError) else "its name is not a valid path"
            raise PippinError(f"Cannot read {self.name}: {why}; check the path.", input=self.name) from problem

    @property
    def short_name(self) -> str:
        """The name without the folders of a file."""
        return Path(self.name).name

    def digest(self) -> str:
        """Return the bytes' SHA-256 in hex: the identity by which splits, caches and feedback know this input."""
        return self._digest

    @cached_property
    def _digest(self) -> str:
        if self.content is None and self.path is not None and type(self).read is Input.read:
            with suppress(OSError, ValueError):  # `read` says why; else piece by piece, for a video may be large
                refuse_endless(self.path)
                with self.path.open("rb") as file:
                    return hashlib.file_digest(file, "sha256").hexdigest()
        return hashlib.sha256(self.read()).hexdigest()


class Image(Input):
    """An image file (PNG, JPEG, WebP, HEIC, ...), or an image in memory."""

    kind = "image"

    @classmethod
    def of(cls, argument: Any) -> Self:
        """Return the input for an image: path, bytes, PIL image, array, tensor.

        What is held in memory becomes PNG bytes: [H,W,C] of 8-bit levels, or [C,H,W] of floats from 0 to 1.
        """
        if isinstance(argument, cls | bytes | str | Path):
            return super().of(argument)
        if isinstance(argument, bytearray | memoryview):
            return super().of(bytes(argument))
        from pippin.core.pixels import encode_png, is_image_like

        if not is_image_like(argument):
            return super().of(argument)
        name = f"({type(argument).__name__})"
        return cls(content=encode_png(argument), name=name, media_type="image/png")


class Audio(Input):
    """A sound file."""

    kind = "audio"


class Video(Input):
    """A video file."""

    kind = "video"


class Text(Input):
    """A piece of text, given as it is (not as a path)."""

    kind = "text"

    @classmethod
    def of(cls, argument: Any) -> Self:
        """Return the input for a string (the text itself) or an input."""
        if isinstance(argument, cls):
            return argument
        return cls(content=_encoded(str(argument)), name=str(argument)[:60], media_type="text/plain")


class Record(Input):
    """A row of named values, as JSON, in the order of the columns; its digest does not depend on that order."""

    kind = "record"

    @property
    def short_name(self) -> str:
        """The name: of a row of a file (FILE:ROW) without folders."""
        return Path(self.name).name if _ROW_OF_FILE.fullmatch(self.name) else self.name

    @cached_property
    def _digest(self) -> str:
        content = self.read()
        with suppress(ValueError, RecursionError):  # no row: what it is answered with says so
            content = json.dumps(json.loads(content), sort_keys=True).encode()
        return hashlib.sha256(content).hexdigest()

    @classmethod
    def of(cls, argument: Any) -> Self:
        """Return the input for a mapping, a JSON text, or an input."""
        if isinstance(argument, cls):
            return argument
        try:
            text = argument if isinstance(argument, str) else json.dumps(argument)
        except (TypeError, ValueError) as problem:
            raise PippinError(f"{argument!r} has no form in JSON; give named values.") from problem
        return cls(content=_encoded(text), name=row_name(text), media_type="application/json")


class Episode(Input):
    """One play of an environment, named by its seed."""

    kind = "episode"

    @classmethod
    def of(cls, argument: Any) -> Self:
        """Return the input for a seed (an integer or its text) or an input."""
        if isinstance(argument, cls):
            return argument
        try:
            seed = str(int(argument))
        except (TypeError, ValueError) as problem:
            raise PippinError(f"{argument!r} is not a seed; give a whole number.", input=argument) from problem
        return cls(content=seed.encode(), name=seed, media_type="text/plain")


def row_name(text: str) -> str:
    """Return the name of a row given as JSON: its first values by their names, in at most 60 characters."""
    with suppress(ValueError, RecursionError):
        found = json.loads(text)
        if isinstance(found, dict):
            named = [f"{name} {value}" for name, value in found.items() if value not in (None, "")]
            whole = ", ".join(named)
            if len(whole) <= LONGEST_NAME:
                return whole or "an empty row"
            while len(named) > 1 and len(", ".join(named)) > LONGEST_NAME - 3:
                named.pop()
            return f"{', '.join(named)[: LONGEST_NAME - 3]}, …"
    return text[:LONGEST_NAME]


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as problem:
        raise PippinError(f"{text[:60]!r} is no valid text; write it in UTF-8.", input=text[:60]) from problem


KINDS: dict[str, type[Input]] = {kind.kind: kind for kind in (Image, Audio, Video, Text, Record, Episode)}
