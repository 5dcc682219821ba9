"""What tests have done in other processes; these import it by name."""

from __future__ import annotations

import os
import signal
import time
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
from pippin.verbs.batch_predictions import Answerer, Chunk


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


def kill_own_worker(task: tuple[Path, int, int]) -> tuple[int, int]:
    """Be killed in the first tries at one number, as (folder, number, tries) says; else return it and the process."""
    folder, number, tries = task
    for count in range(tries):
        if not (mark := folder / f"{number}-{count}").exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
    return number, os.getpid()


def wait_a_little(task: tuple[int, float]) -> int:
    """Take as many seconds as the task says, and return its number."""
    time.sleep(task[1])
    return task[0]


def wait_forever(folder: Path) -> None:
    """Write the process id to a file of the folder, and stay."""
    (folder / f"{os.getpid()}.pid").touch()
    time.sleep(600)


def map_forever(folder: Path) -> None:
    """Be the caller of two workers that never end."""
    from pippin.engines import processes

    list(processes(2)(wait_forever, [folder, folder]))


def read_variable(name: str) -> tuple[str | None, str]:
    """Return a variable of the environment, and the folder this runs in."""
    return os.environ.get(name), os.getcwd()


class OddError(Exception):
    """An exception that cannot be made again from its arguments."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} and {two}")


def raise_odd_error(number: int) -> None:
    """Raise what no pipe carries."""
    raise OddError(number, number)


def return_nothing_picklable(number: int) -> object:
    """Return what no pipe carries."""
    return lambda: number


def make_engine(workers: int | None, address: str | None) -> Any:
    """Make the engine of an entry point: one that works from the last to the first."""

    def engine(function: Any, items: Any, *, on_outcome: Any = None, on_lost: Any = None) -> Any:
        found = [function(item) for item in reversed(list(items))]
        return iter(reversed(found))

    return engine


def compare_and_die(name: str, count: int) -> None:
    """Compare on two workers with two seeds each, and be killed once so many results are stored."""
    from pippin.verbs import measuring

    store, stored = measuring._store, list[Any]()

    def die(*arguments: Any) -> None:
        store(*arguments)
        stored.append(arguments)
        if len(stored) == count:
            os.kill(os.getpid(), signal.SIGKILL)

    measuring._store = die
    registry._plugins = lambda: {name: f"{name}:application"}
    pippin.compare(name, seeds=2, workers=2)


def predict_and_die(name: str, words: list[str], out: Path, count: int) -> None:
    """Answer into a table on two workers, and be killed once so many more chunks are stored."""
    from pippin.verbs.batch_predictions import ChunkStore

    write, stored = ChunkStore.write, list[str]()

    def die(store: ChunkStore, key: str, answers: Any) -> None:
        write(store, key, answers)
        stored.append(key)
        if len(stored) == count:
            os.kill(os.getpid(), signal.SIGKILL)

    ChunkStore.write = die  # type: ignore[method-assign]
    registry._plugins = lambda: {name: f"{name}:application"}
    pippin.predict(name, *words, out=out, workers=2)


class KilledByOneInput(Answerer):
    """Answers, until one input kills the process."""

    def __call__(self, chunk: Chunk) -> list[dict[str, Any]]:
        if any(item.name == "ua" for item in chunk.items):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(chunk)
