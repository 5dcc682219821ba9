"""TensorFlow in a process of its own, never beside torch: starting it, asking it, and saying why it cannot."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

import pippin.learn as learn
from pippin.core.errors import PippinError, missing_extra
from pippin.learn.keras_graph import channel

MIN_KERAS = (3, 10)
MODULE = "pippin.learn.keras_graph.worker"
LAST_WORDS = 300  # characters of what it wrote before it ended


def has_tensorflow() -> bool:
    """Return whether TensorFlow and a Keras that is new enough are installed."""
    try:
        require_tensorflow("This")
    except PippinError:
        return False
    return True


def require_tensorflow(purpose: str) -> None:
    """Raise PippinError, with the command that installs it, where TensorFlow is missing or its Keras too old."""
    if find_spec("tensorflow") is None or find_spec("keras") is None or find_spec("onnx") is None:
        raise missing_extra("TensorFlow", "tensorflow", purpose)
    found = _version("keras")
    if tuple(int(part) for part in found.split(".")[:2] if part.isdigit()) < MIN_KERAS:
        least = ".".join(map(str, MIN_KERAS))
        raise PippinError(
            f"{purpose} needs Keras {least} or later, not {found}: run `pip install 'pippin[tensorflow]'`.",
            input=found,
            code="missing_extra",
        )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # a package without metadata, as in tests
        return "0"


class Worker:
    """A process that runs TensorFlow; `call` is one request and its reply. It ends with this process."""

    def __init__(self, threads: int = 1) -> None:
        self.threads = threads
        self._lock = threading.RLock()
        self._last_words = ""
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the process
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=_environment(threads),
            start_new_session=True,  # Ctrl-C is for this process, which then decides
        )

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    def call(
        self, command: str, arrays: Mapping[str, np.ndarray] | None = None, **values: Any
    ) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Return the reply to a command; PippinError where it is refused or the process ends."""
        with self._lock:
            self.send(command, arrays, **values)
            return self.receive()

    def send(self, command: str, arrays: Mapping[str, np.ndarray] | None = None, **values: Any) -> None:
        """Send a command whose reply is read later."""
        assert self._process.stdin is not None
        try:
            channel.send(self._process.stdin, {"command": command, **values}, arrays)  # type: ignore[arg-type]
        except (BrokenPipeError, ValueError) as problem:
            raise self._ended() from problem
        except BaseException:
            self.close()  # half a message was sent
            raise

    def receive(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Read the reply to what was sent."""
        assert self._process.stdout is not None
        try:
            reply = channel.receive(self._process.stdout)  # type: ignore[arg-type]
        except EOFError as problem:
            raise self._ended() from problem
        except BaseException:
            self.close()
            raise
        if reply is None:
            raise self._ended()
        values, arrays = reply
        if "error" in values:
            raise PippinError(**values["error"])
        return values, arrays

    def _ended(self) -> PippinError:
        self.close()
        last = self._last_words or f"exit code {self._process.returncode}"
        return PippinError(f"TensorFlow is installed and does not run here: {last}.")

    def _read_log(self) -> str:
        if self._log.closed:
            return ""
        self._log.seek(0)
        lines = [line.strip() for line in self._log.read().decode(errors="replace").splitlines() if line.strip()]
        return lines[-1][-LAST_WORDS:].rstrip(".") if lines else ""

    def close(self) -> None:
        """End the process."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:
                    continue  # it has ended already
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._last_words = self._last_words or self._read_log()
        self._log.close()


def _environment(threads: int) -> dict[str, str]:
    """Return the environment of the process: its threads, no graphics card, few words."""
    paths = [str(Path(learn.__file__).parents[2]), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "KERAS_BACKEND": "tensorflow",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
        "OMP_NUM_THREADS": str(threads),
        "TF_NUM_INTRAOP_THREADS": str(threads),
        "TF_NUM_INTEROP_THREADS": "1",
    }


@cache
def _shared() -> list[Worker]:
    return []


_starting = threading.Lock()


def shared_worker(purpose: str) -> Worker:
    """Return the process that conversions and answers share; it is started where there is none."""
    require_tensorflow(purpose)
    with _starting:
        kept = _shared()
        if kept and not kept[0].is_alive:
            kept.pop().close()
        if not kept:
            kept.append(Worker())
            atexit.register(close_shared)
        return kept[0]


def close_shared() -> None:
    """End the processes that are kept."""
    for kept in (_shared(), _idle()):
        while kept:
            kept.pop().close()


@cache
def _idle() -> list[Worker]:
    return []


@contextmanager
def borrow_worker(purpose: str, threads: int) -> Iterator[Worker]:
    """Yield a process for this caller alone; it is kept for the next one, unless it failed."""
    require_tensorflow(purpose)
    with _starting:
        fitting = [one for one in _idle() if one.threads == threads and one.is_alive]
        if fitting:
            _idle().remove(fitting[0])
        else:
            atexit.register(close_shared)
    worker = fitting[0] if fitting else Worker(threads)
    try:
        yield worker
    except BaseException:
        worker.close()
        raise
    with _starting:
        _idle().append(worker)
