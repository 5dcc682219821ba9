"""The processes of one training that torchrun started: which one this is, and of how many."""

from __future__ import annotations

import os

from pippin.core.errors import PippinError

VARIABLES = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")


def read_ranks() -> tuple[int, int]:
    """Return the rank of this process and the number of processes; (0, 1) where torchrun did not start it."""
    if not all(os.environ.get(name) for name in VARIABLES):
        return 0, 1
    try:
        rank, count = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    except ValueError:
        rank, count = 0, 0
    if not 0 <= rank < count:
        given = f"RANK={os.environ['RANK'][:20]} and WORLD_SIZE={os.environ['WORLD_SIZE'][:20]}"
        raise PippinError(f"{given} name no process of a training; start it by torchrun, or unset both.")
    return rank, count


def leave_ranks() -> None:
    """Do the rest alone: what this process trains from now on is not shared."""
    for name in VARIABLES:
        os.environ.pop(name, None)


def require_alone(verb: str) -> None:
    """Raise PippinError in a process of torchrun: it shares one training, not the jobs of this verb."""
    if read_ranks()[1] > 1:
        raise PippinError(f"`{verb}` has many trainings, which torchrun cannot share; start it alone, with --workers.")
