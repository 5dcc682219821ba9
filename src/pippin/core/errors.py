"""The one exception users are meant to see: a clear sentence about what went wrong and what to do."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class PippinError(Exception):
    """A problem the user can correct, told in one sentence; the command line exits with code 2.

    `input` names the file or value that caused it, where there is one. `code` tells programs what kind of problem it
    is: "bad_input", "missing_model", "missing_extra" or "unavailable".
    """

    def __init__(self, message: str, *, input: object = None, code: str = "bad_input") -> None:
        super().__init__(message)
        self.message = message
        self.input = None if input is None else str(input)
        self.code = code

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (self.message, self.input, self.code)


def _rebuild(message: str, input: str | None, code: str) -> PippinError:
    return PippinError(message, input=input, code=code)


def missing_extra(library: str, extra: str, purpose: str) -> PippinError:
    """Return the error for an optional library that is not installed.

    Its message names the command that installs it.
    """
    return PippinError(
        f"{purpose} needs {library}: run `pip install 'pippin[{extra}]'` (or `make setup EXTRAS={extra}`).",
        code="missing_extra",
    )


def reason(problem: OSError) -> str:
    """Return the meaning of an operating system error in words."""
    words = {
        errno.ENOSPC: "the disk is full",
        errno.EDQUOT: "your disk quota is used up",
        errno.EACCES: "you have no permission",
        errno.EPERM: "you have no permission",
        errno.EROFS: "the folder is read-only",
        errno.ENOENT: "it does not exist",
        errno.EISDIR: "it is a folder",
        errno.ENOTDIR: "a part of its path is not a folder",
        errno.EEXIST: "a file is in the way",
        errno.ENAMETOOLONG: "its name is too long",
        errno.ELOOP: "it is a link that leads back to itself",
    }
    return words.get(problem.errno or 0, problem.strerror or str(problem))


def unforeseen(name: str, problem: Exception) -> str:
    """Return one sentence for an exception at one input that is not a PippinError."""
    if isinstance(problem, MemoryError):
        return f"{name} needs more memory than there is; give a smaller file."
    text = " ".join(str(problem).split())[:80]
    why = f"{type(problem).__name__}: {text}" if text else type(problem).__name__
    return f"{name} cannot be used ({why}); it may be damaged or of a kind not known here. PIPPIN_DEBUG=1 shows where."


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn a failed write at `path` into one sentence; older files are untouched, since writes are atomic."""
    try:
        yield
    except OSError as problem:
        advice = (
            "make room"
            if problem.errno in (errno.ENOSPC, errno.EDQUOT)
            else "choose another folder (PIPPIN_HOME, --home or --out)"
        )
        raise PippinError(
            f"Cannot write {path}: {reason(problem)}; {advice} and try again. Nothing older was touched.",
            input=path,
        ) from problem
