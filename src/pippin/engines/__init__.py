"""Engines: maps over picklable jobs, in this process, in processes of this machine, or on a cluster."""

from pippin.engines.background import forget_workers, start_worker, wait_for_workers, worker_is_running
from pippin.engines.local import local
from pippin.engines.map import Engine
from pippin.engines.process_pool import processes
from pippin.engines.selection import engine, engine_name

__all__ = [
    "Engine",
    "engine",
    "engine_name",
    "forget_workers",
    "local",
    "processes",
    "start_worker",
    "wait_for_workers",
    "worker_is_running",
]
