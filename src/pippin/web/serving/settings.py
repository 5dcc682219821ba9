"""What one server of `pippin serve` is told: applications, limits and where its replicas meet."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pippin.web.server_settings import ServerSettings

# Names the folder where the processes of one server keep their counts; it is read when prometheus_client is imported.
METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


@dataclass(frozen=True)
class ServeSettings:
    """What all replicas of a server share; picklable, for processes are started with it.

    `slots` runs of graphs go on at once in each replica, `queue` further requests wait. `downloads` is a folder of all
    replicas for files that answers name.
    """

    applications: tuple[str, ...]
    rules: ServerSettings
    address: str
    replicas: int
    slots: int
    queue: int
    downloads: Path
    metrics: Path | None = None


def runs_at_once(cores: int, replicas: int) -> int:
    """Return the runs at once of one replica: cores, shared out."""
    return max(1, cores // replicas)
