"""Where the files go that answers bring along, and writing them one by one, so that a batch can be gone on with."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pippin.core.application import Application
from pippin.core.errors import PippinError
from pippin.core.kinds import Input
from pippin.core.learner import File, Learner, Prediction


@dataclass
class Places:
    """Files go to `out`: a folder, or the name of the one file of one input; without it, where answers are files,
    beside the input. None is written where answers only bring files along and no folder was given.
    """

    app: Application
    out: Path | None
    items: Sequence[Input]
    skip_existing: bool = False
    written: set[Path] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.named = self.out is not None and bool(self.app.output and self.out.suffix) and not self.out.is_dir()
        if self.named and len(self.items) > 1:
            message = f"{self.out} names one file, and there are {len(self.items)} inputs; give a folder to --out"
            raise PippinError(f"{message}.", input=self.out)
        if self.out is not None and self.out.exists() and not (self.named or self.out.is_dir()):
            raise PippinError(f"{self.out} is a file; give a folder to --out.", input=self.out)

    def announce(self, learner: Learner, items: Sequence[Input]) -> None:
        """Say how long it will take, where the learner can tell and it is worth a word."""
        foresee = getattr(learner, "foresee", None)
        told = foresee(items) if foresee else None
        if told:
            print(told, file=sys.stderr)

    def write(self, item: Input, prediction: Prediction) -> tuple[Prediction, list[dict[str, str]]]:
        """Write an answer's files; the answer (with an error, where that failed) and what was written.

        A full disk ends all: nothing that comes after could be written either.
        """
        made: list[dict[str, str]] = []
        for file in prediction.files:
            path = self._path(item, file)
            if path is None:
                continue
            kept = self.skip_existing and path.exists()
            try:
                if not kept:
                    file.write(path)
            except PippinError as problem:
                if problem.input is not None and Path(problem.input) == path:
                    raise
                return replace(prediction, answer=None, known=False, error=problem.message), made
            made.append({"path": str(path), "media_type": file.media_type, **({"kept": "yes"} if kept else {})})
        return prediction, made

    def _path(self, item: Input, file: File) -> Path | None:
        if self.named:
            return self.out
        if self.out is not None:
            return self._free(self.out / Path(file.name).name)
        if not self.app.output:
            return None
        return self._free((item.path.parent if item.path else Path()) / Path(file.name).name)

    def _free(self, path: Path) -> Path:
        """`path`, numbered if this call wrote it before: inputs of one name may come from several folders."""
        numbered, number = path, 1
        while numbered in self.written:
            number += 1
            numbered = path.with_stem(f"{path.stem}-{number}")
        self.written.add(numbered)
        return numbered
