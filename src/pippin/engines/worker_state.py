"""What a worker takes over from its caller: environment, folder, and one thread for numerical libraries."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pippin._version import __version__
from pippin.core.errors import PippinError
from pippin.core.ranks import leave_ranks

OF_THIS_MACHINE = ("PIPPIN_HOME", "PIPPIN_CACHE", "PIPPIN_LOCKS", "PIPPIN_DATABASE")  # they name its files


@dataclass(frozen=True)
class CallerState:
    """The variables of Pippin in the caller's environment; where the worker shares its disk, folder and import path."""

    environment: Mapping[str, str]
    folder: str | None = None
    path: tuple[str, ...] = ()

    @classmethod
    def read(cls, *, same_machine: bool = True) -> CallerState:
        """Return the state of this process."""
        own = {name: value for name, value in os.environ.items() if name.startswith("PIPPIN_")}
        if same_machine:
            return cls(own, os.getcwd(), tuple(sys.path))
        return cls({name: value for name, value in own.items() if name not in OF_THIS_MACHINE})

    def apply(self) -> None:
        """Give this process the caller's state: a warm worker outlives changes of it."""
        local = () if self.folder is not None else OF_THIS_MACHINE
        for name in [name for name in os.environ if name.startswith("PIPPIN_")]:
            if name not in self.environment and name not in local:
                del os.environ[name]
        os.environ.update(self.environment)
        if self.folder is not None and os.getcwd() != self.folder:
            os.chdir(self.folder)
        sys.path.extend(entry for entry in self.path if entry not in sys.path)


def single_threaded() -> None:
    """Keep numerical libraries of this process to one thread, and its trainings to itself; runs before any import."""
    leave_ranks()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")


def versions() -> dict[str, str]:
    """Return the versions that a worker and its caller must share."""
    return {"Python": ".".join(map(str, sys.version_info[:2])), "Pippin": __version__}


def require_same_versions(worker: Mapping[str, Any], host: str) -> None:
    """Raise PippinError where a worker has another version of Python or Pippin than this process."""
    for name, own in versions().items():
        if worker.get(name) != own:
            raise PippinError(
                f"The worker on {host} has {name} {worker.get(name, 'unknown')}, and this process {own}; install the "
                "same version on all machines.",
                input=host,
            )
