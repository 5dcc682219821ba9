"""Where the files go that answers bring along, and writing them one by one, so that a batch can be gone on with."""

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
from pippin.core.errors import PippinError, writing
from pippin.core.kinds import Input
from pippin.core.learner import File, Learner, Prediction

MEDIA = ("image/", "audio/", "video/")
FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass
class Places:
    """Files go to `out`: a folder, or the name of the one file of one input; without it, where answers are files,
    beside the input. None is written where answers only bring files along and no folder was given.
    """

    app: Application
    out: Path | None
    items: Sequence[Input]
    skip_existing: bool = False
    taken: set[Path] = field(default_factory=set)

    def __post_init__(self) -> None:
        out = self.out
        guessed = mimetypes.guess_type(out.name)[0] or "" if out is not None else ""
        self.named = bool(self.app.output) and guessed.startswith(MEDIA)
        if out is None:
            return
        if self.named and len(self.items) > 1:
            message = f"{out} names one file, and there are {len(self.items)} inputs; give a folder to --out"
            raise PippinError(f"{message}.", input=out)
        if out.exists() and self.named == out.is_dir():
            what, wanted = ("folder", "the name of a file") if self.named else ("file", "a folder")
            raise PippinError(f"{out} is a {what}; give {wanted} to --out.", input=out)
        folders = [item.path.absolute().parent for item in self.items if item.path]
        self.root = Path(os.path.commonpath(folders)) if folders else Path()

    def announce(self, learner: Learner, answers: Sequence[tuple[Input, Prediction]]) -> None:
        """Say how long it will take to make the files, where the learner can tell and it is worth a word."""
        foresee = getattr(learner, "foresee", None)
        told = foresee([answer for item, answer in answers if not self._kept(item, answer)]) if foresee else None
        self.taken.clear()
        if told:
            print(told, file=sys.stderr)

    def _kept(self, item: Input, answer: Prediction) -> bool:
        paths = [self._path(item, file) for file in answer.files]
        with suppress(OSError):  # a name that cannot be is told of when it is written
            return self.skip_existing and all(path and path.exists() for path in paths)
        return False

    def write(self, item: Input, prediction: Prediction) -> tuple[Prediction, list[dict[str, str]]]:
        """Write an answer's files; the answer (with an error, where that failed) and what was written.

        A full disk ends all: nothing that comes after could be written either.
        """
        made: list[dict[str, str]] = []
        for file in prediction.files:
            path = self._path(item, file)
            if path is None:
                continue
            try:
                with writing(path):
                    kept = self.skip_existing and path.exists()
                    if not kept:
                        self._refuse_inputs(path)
                        file.write(path)
            except PippinError as problem:
                if isinstance(problem.__cause__, OSError) and problem.__cause__.errno in FULL:
                    raise
                return replace(prediction, answer=None, known=False, error=problem.message), made
            made.append({"path": str(path), "media_type": file.media_type, **({"kept": "yes"} if kept else {})})
        return prediction, made

    def _refuse_inputs(self, path: Path) -> None:
        if path.exists() and any(item.path and item.path.exists() and path.samefile(item.path) for item in self.items):
            raise PippinError(f"{path} is itself an input and would be lost; give another --out.", input=path)

    def _path(self, item: Input, file: File) -> Path | None:
        if self.named:
            return self.out
        name = Path(file.name).name
        if self.out is not None:
            below = item.path.absolute().parent.relative_to(self.root) if item.path else Path()
            return self._free(self.out / below / name, item)
        if not self.app.output:
            return None
        return self._free((item.path.parent if item.path else Path()) / name, item)

    def _free(self, path: Path, item: Input) -> Path:
        """`path`; where this call took it before (for a.jpg, and now a.png), with the input's kind or a number."""
        free, number = path, 1
        if free in self.taken and item.path and item.path.suffix:
            free = path.with_stem(f"{path.stem}-{item.path.suffix[1:]}")
        while free in self.taken:
            number += 1
            free = path.with_stem(f"{path.stem}-{number}")
        self.taken.add(free)
        return free
