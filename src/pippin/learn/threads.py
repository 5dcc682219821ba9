"""How many threads an application may compute with by itself."""

from __future__ import annotations

import os


def usable_threads() -> int:
    """Return OMP_NUM_THREADS where it is set, else the processors of this process.

    Engines set the variable to 1 in their workers, or the jobs would fight over the processors.
    """
    given = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()  # a list has one number for each level
    if given.isdigit() and int(given) > 0:
        return int(given)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
