"""What tests have done in other processes; these import it by name."""

from __future__ import annotations

import os
import signal
from importlib import import_module
from pathlib import Path
from typing import Any

import pippin
from pippin.core import registry
from pippin.core.errors import PippinError
from pippin.core.feedback import FeedbackStore
from pippin.core.inputs import Text
from pippin.core.values import Correction
from pippin.core.workspace import Workspace


def teach_many(folder: Path, words: list[str]) -> None:
    """Teach each word and its exclamation, two rows at a time."""
    feedback = FeedbackStore(f"sqlite:///{folder / 'f.sqlite'}", folder / "inputs")
    for word in words:
        feedback.add("app", "model", [Correction(Text.of(word), 1), Correction(Text.of(word + "!"), 2)])


def hold_lock(home: Path, ready: Path) -> None:
    """Take the training lock, say so, and keep it until killed."""
    with Workspace(home).lock("train"):
        ready.touch()
        while True:
            pass


def doubled(number: int) -> tuple[int, int, str | None]:
    """Twice the number, who reckoned it, and on how many threads."""
    return 2 * number, os.getpid(), os.environ.get("OMP_NUM_THREADS")


def refusing(number: int) -> int:
    """Refuse an odd number as Pippin refuses bad input."""
    if number % 2:
        raise PippinError(f"{number} is odd.", input=number)
    return number


def dying(number: int) -> int:
    """End the process without a word, as the system does where memory is short."""
    os._exit(9)


def teach_and_die(application: str, example: str, answer: str, step: str, when: str) -> None:
    """Teach, and be killed as the system does it, before or after a step ("module:name") of it."""
    module, name = step.split(":")
    owner: Any = import_module(f"pippin.{module}")
    *path, last = name.split(".")
    for part in path:
        owner = getattr(owner, part)
    work = getattr(owner, last)

    def die(*arguments: Any) -> None:
        if when == "after":
            work(*arguments)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, last, die)
    pippin.teach(registry.resolve(application), example, answer)


def open_and_count(url: str, inputs: Path) -> int:
    """Open a database of corrections and count those of a model."""
    from pippin.core.feedback import FeedbackStore

    return len(FeedbackStore(url, inputs, shared=True).rows("app", "model"))
