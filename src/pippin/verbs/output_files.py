"""Where the files go that answers bring along, and writing them one by one, so that a batch can be gone on with.

Nothing of a user's is replaced: what is in the way is left alone unless Pippin made it of the same input.
"""

from __future__ import annotations

import errno
import mimetypes
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from pippin.core.application import Application
from pippin.core.errors import PippinError, unforeseen, writing
from pippin.core.inputs import Input
from pippin.core.learner import Learner
from pippin.core.provenance import Provenance, record
from pippin.core.values import OutputFile, Prediction
from pippin.verbs.sources import Source, find_provenance

MEDIA = ("image/", "audio/", "video/")
FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass
class OutputWriter:
    """Files go to `out`: a folder, or the name of the one file of one input; without it, where answers are files,
    beside the input. None is written where answers only bring files along and no folder was given.

    `home` is that of the workspace, `settings` say how files are made that do not say it themselves.
    """

    app: Application
    out: Path | None
    sources: Sequence[Source]
    home: Path
    settings: str = ""
    skip_existing: bool = False
    overwrite: bool = False
    claimed: dict[Path, Input] = field(default_factory=dict)

    def __post_init__(self) -> None:
        out = self.out
        guessed = mimetypes.guess_type(out.name)[0] or "" if out is not None else ""
        self.named = bool(self.app.output.kind) and guessed.startswith(MEDIA)
        self._sources = {id(source.item): source for source in self.sources}
        self._inputs = {identity for source in self.sources if (identity := _identity(source.item.path))}
        if out is None:
            return
        if self.named and len(self.sources) > 1:
            message = f"{out} names one file, and there are {len(self.sources)} inputs; give a folder to --out"
            raise PippinError(f"{message}.", input=out)
        if out.exists() and self.named == out.is_dir():
            what, wanted = ("folder", "the name of a file") if self.named else ("file", "a folder")
            raise PippinError(f"{out} is a {what}; give {wanted} to --out.", input=out)

    def announce(self, learner: Learner, answers: Sequence[tuple[Input, Prediction]]) -> None:
        """Print how long the files will take, where the learner can tell and it is long enough."""
        foresee = getattr(learner, "foresee", None)
        note = foresee([answer for item, answer in answers if not self._all_kept(item, answer)]) if foresee else None
        if note:
            print(note, file=sys.stderr)

    def write(self, item: Input, prediction: Prediction) -> tuple[Prediction, list[dict[str, str]]]:
        """Write an answer's files; the answer (with an error, where that failed) and what was written.

        A full disk ends all: nothing that comes after could be written either.
        """
        made: list[dict[str, str]] = []
        for file in prediction.files:
            try:
                path = self._claim(item, file)
                if path is None:
                    continue
                with writing(path):
                    kept = self._is_kept(item, file, path)
                    if not kept:
                        self._require_free(item, path)
                        notes = file.write(path)
                        prediction = replace(prediction, evidence=(*prediction.evidence, *notes))
                        self._record(item, file, path)
            except PippinError as problem:
                if isinstance(problem.__cause__, OSError) and problem.__cause__.errno in FULL:
                    raise
                return _failed(prediction, problem.message), made
            except Exception as problem:  # any error of a library at one file must not end the batch
                if os.environ.get("PIPPIN_DEBUG"):
                    raise
                return _failed(prediction, unforeseen(item.name, problem)), made
            made.append({"path": str(path), "media_type": file.media_type, **({"kept": "yes"} if kept else {})})
        return prediction, made

    def _all_kept(self, item: Input, answer: Prediction) -> bool:
        with suppress(OSError, PippinError):  # a name that cannot be is told of when it is written
            paths = [(file, self._path(item, file)) for file in answer.files]
            return all(path and self._is_kept(item, file, path) for file, path in paths)
        return False

    def _is_kept(self, item: Input, file: OutputFile, path: Path) -> bool:
        """Return whether a file is there already, made of the same content with the same settings."""
        if not self.skip_existing or not path.exists():
            return False
        found = self._provenance(path)
        return found is not None and found[:2] == (item.digest(), file.settings or self.settings)

    def _provenance(self, path: Path) -> Provenance | None:
        return find_provenance(self.app, self.home, Input(path=path))

    def _record(self, item: Input, file: OutputFile, path: Path) -> None:
        if self.app.data.provenance is None or self.app.data.provenance(Input(path=path)) is None:  # no room for a mark
            record(self.home, path, Provenance.of(item, file.settings or self.settings))

    def _require_free(self, item: Input, path: Path) -> None:
        """Refuse to write over an input, and over what Pippin did not make of this input, unless asked to."""
        if not os.path.lexists(path):
            return
        if _identity(path) in self._inputs:
            raise PippinError(f"{path} is itself an input and would be lost; give another --out.", input=path)
        if self.overwrite:
            return
        found = self._provenance(path)
        if found is None:
            what = f"{path} is in the way, and Pippin did not make it or it was changed since"
        elif not found.is_same_source(item):
            what = f"{path} is in the way, which was made of another input than {item.name}"
        else:
            return
        raise PippinError(f"{what}; give another folder to --out, or --overwrite to replace it.", input=path)

    def _claim(self, item: Input, file: OutputFile) -> Path | None:
        """Return where a file goes; PippinError where another input of this call got the same path."""
        path = self._path(item, file)
        if path is None:
            return None
        wanted, number = path, 1
        while (other := self.claimed.setdefault(path, item)) is not item and not _is_same(other, item):
            if item.path is not None and self._sources[id(item)].is_named:
                message = (
                    f"{item.name} would become {path}, as {other.name} did; give each a folder of its own by --out"
                )
                raise PippinError(f"{message}.", input=item.name)
            number += 1  # what has no name of its own goes by its number
            path = wanted.with_stem(f"{wanted.stem}-{number}")
        return path

    def _path(self, item: Input, file: OutputFile) -> Path | None:
        if self.named:
            return self.out
        source, name = self._sources[id(item)], Path(file.name).name
        if self.out is not None:
            return self.out / source.below / name
        return source.beside / name if self.app.output.kind else None


def _failed(prediction: Prediction, message: str) -> Prediction:
    return replace(prediction, answer=None, known=False, error=message)


def _is_same(one: Input, other: Input) -> bool:
    return one.path is not None and _identity(one.path) == _identity(other.path)


def _identity(path: Path | None) -> tuple[int, int] | None:
    """Return a file's device and inode, the same under every name of the file; None where there is no file."""
    try:
        found = os.stat(path) if path is not None else None
    except (OSError, ValueError):
        return None
    return (found.st_dev, found.st_ino) if found else None
