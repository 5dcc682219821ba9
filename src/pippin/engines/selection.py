"""Which engine carries out jobs: as options say, else PIPPIN_ENGINE, else one by the number of workers."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from importlib import metadata
from importlib.util import find_spec

from pippin.core.errors import PippinError, missing_extra
from pippin.core.references import Ref
from pippin.engines.local import local
from pippin.engines.map import Engine
from pippin.engines.process_pool import processes

GROUP = "pippin.engines"  # entry points: (workers or None, address or None) -> Engine
VARIABLE = "PIPPIN_ENGINE"
Maker = Callable[[int | None, str | None], Engine]


def engine(workers: int | None = None, name: str | None = None, address: str | None = None) -> Engine:
    """Return the engine asked for.

    Args:
        workers: how many jobs at a time; None is one here, and on a cluster as many as it has processors.
        name: "local", "processes", "ray" or that of an entry point; None is PIPPIN_ENGINE, else `local` for one
            worker and `processes` for more.
        address: of a cluster, which takes `ray` where no name is given.
    """
    if workers is not None and workers < 1:
        raise PippinError(f"--workers must be 1 or more, not {workers}.", input=workers)
    chosen = engine_name(workers, name, address)
    known = makers()
    if chosen not in known:
        source = f"--engine {chosen}" if name else f"{VARIABLE}={chosen}"
        raise PippinError(f"{source} is no engine; choose {', '.join(sorted(known))}.", input=chosen)
    return known[chosen](workers, address)


def engine_name(workers: int | None = None, name: str | None = None, address: str | None = None) -> str:
    """Return the name of the engine that `engine` takes."""
    by_number = "processes" if (workers or 1) > 1 else "local"
    return name or ("ray" if address else None) or os.environ.get(VARIABLE) or by_number


def makers() -> Mapping[str, Maker]:
    """Return what makes each engine by its name: those of Pippin, and entry points of other packages."""
    found = {one.name: _from_entry_point(one) for one in metadata.entry_points(group=GROUP)}
    return {**found, "local": _local, "processes": _processes, "ray": _ray}


def _from_entry_point(point: metadata.EntryPoint) -> Maker:
    """Return a maker that imports its package when it is called."""

    def make(workers: int | None, address: str | None) -> Engine:
        maker: Maker = point.load()
        return maker(workers, address)

    return make


def _local(workers: int | None, address: str | None) -> Engine:
    _refuse_address("local", address)
    if (workers or 1) > 1:
        raise PippinError(
            f"The engine local has one worker, not {workers}; choose --engine processes or leave --workers out.",
            input=workers,
        )
    return local


def _processes(workers: int | None, address: str | None) -> Engine:
    _refuse_address("processes", address)
    return processes(workers or 1)


def _refuse_address(name: str, address: str | None) -> None:
    if address:
        raise PippinError(
            f"The engine {name} works on this machine and takes no --address; choose --engine ray.", input=address
        )


def _ray(workers: int | None, address: str | None) -> Engine:
    if find_spec("ray") is None:
        raise missing_extra("ray", "ray", "The engine ray")
    make: Maker = Ref("pippin.engines.ray_pool:ray_engine").resolve()
    return make(workers, address)
