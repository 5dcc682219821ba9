"""Jobs measured once: outcomes as plain values, stored as soon as they are there, so that what was cut off goes on."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pippin import learn
from pippin._version import __version__
from pippin.core import registry
from pippin.core.application import Application
from pippin.core.dataset_cache import load_cached
from pippin.core.execution import execute
from pippin.core.files import read_json, write_json
from pippin.core.job import Job, Result
from pippin.core.progress_bar import track
from pippin.core.ranks import require_alone
from pippin.core.values import Score
from pippin.core.workspace import cache
from pippin.engines import Engine
from pippin.engines.shipping import Parcel

Workers = Annotated[int | None, "jobs at a time (default: 1; on a cluster, one for each processor)"]
EngineName = Annotated[str | None, "local, processes, ray or one that is installed (default: PIPPIN_ENGINE, --workers)"]
Address = Annotated[str | None, "of a Ray cluster, such as 10.0.0.1:6379; takes the engine ray"]
Ship = Annotated[bool, "send the data along, once to each machine that does not see their path"]
Cache = Annotated[bool, "use results measured by earlier calls"]


@dataclass(frozen=True)
class Measurement:
    """A job, and the file in which its outcome is stored."""

    job: Job
    file: str

    @property
    def stored(self) -> dict[str, Any] | None:
        """The outcome, where it was measured before."""
        return {**read_json(Path(self.file)), "before": True} if Path(self.file).exists() else None


AnyMeasurement = TypeVar("AnyMeasurement", bound=Measurement)


def hash_code(*folders: Path) -> str:
    """Return the SHA-256 of all Python files below the folders."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def measurements(app: Application, fingerprint: str, jobs: Sequence[Job], folder: str) -> list[Measurement]:
    """Return the jobs with their files in a folder of the cache; other data or code make other files."""
    version = f"{__version__} {fingerprint} {hash_code(app.folder, Path(learn.__file__).parent)}"
    return [Measurement(job, str(cache(folder) / f"{_digest(job, version)}.json")) for job in jobs]


def _digest(job: Job, version: str) -> str:
    own = Path(job.method.rpartition(":")[0])  # the file of an estimator: changed, it makes other results
    code = hashlib.sha256(own.read_bytes()).hexdigest() if job.method != job.name else ""
    plain = {**asdict(replace(job, data=None)), "version": version, "code": code}
    return hashlib.sha256(json.dumps(plain, sort_keys=True, default=str).encode()).hexdigest()[:32]


def forget(found: Sequence[Measurement]) -> None:
    """Remove the stored outcomes, so that all is measured again."""
    for one in found:
        Path(one.file).unlink(missing_ok=True)


def absolute(source: str | None) -> str | None:
    """Return the path of data as other processes find it; what is no path stays as it is."""
    return os.path.abspath(source) if source is not None and os.path.exists(source) else source


@dataclass(frozen=True)
class Measure:
    """Carries out a job on any machine and returns its outcome; `parcel` holds the data where they are sent along."""

    parcel: Parcel | None = None

    def __call__(self, found: Measurement) -> dict[str, Any]:
        job = found.job
        if self.parcel is not None:
            job = replace(job, data=str(self.parcel.unpack()))
        elif job.data is not None and os.path.isabs(job.data) and not os.path.exists(job.data):
            where = "put them where all machines see them, or give --ship"
            return {"error": f"The data {job.data} are not there on {socket.gethostname()}; {where}."}
        return outcome(replace(job, run=None))


def outcome(job: Job) -> dict[str, Any]:
    """Carry out a job and return what came of it as JSON values; "error" or "stopped" where nothing did."""
    result = execute(job)
    if result.stopped:
        return {"stopped": True}
    if result.error:
        return {"error": result.error}
    data = {key: result.data[key] for key in ("name", "examples", "scored_fingerprint", "amount")}
    return {
        "size": job.train_size,
        "scores": _lists(result.scores),
        "marks": {str(mark): {"scores": _lists(scores), "cpu": cpu} for mark, (scores, cpu) in result.marks.items()},
        "cpu": result.seconds["cpu"],
        "predict_cpu": result.seconds.get("predict_cpu", 0.0),
        "limited": result.limited,
        "bytes": result.size,
        "data": {**data, "train": result.data["amount"]},
        "notes": _own_notes(job, result),
    }


def _own_notes(job: Job, result: Result) -> list[str]:
    """Return the notes without those of the data, which the caller has, too, and which may name inputs."""
    data = load_cached(registry.resolve(job.application), job.data, job.config)
    return [note for note in result.notes if note not in data.notes]


def _lists(scores: Mapping[str, Score]) -> dict[str, list[float]]:
    return {name: list(score) for name, score in scores.items()}


def collect(
    run: Engine,
    found: Sequence[AnyMeasurement],
    title: str,
    *,
    parcel: Parcel | None = None,
    skip: Callable[[AnyMeasurement], dict[str, Any] | None] = lambda one: None,
    weights: Sequence[float] = (),
    noun: str = "results",
) -> list[dict[str, Any]]:
    """Return the outcomes in order, with a bar; each new one is stored here as soon as it comes.

    Args:
        skip: returns the outcome of a job that is not worth measuring, asked when its turn comes.
        weights: what share of the work each job is (by default all are alike).
        noun: what outcomes are called where the user stops.
    """
    require_alone(title)
    outcomes: list[dict[str, Any]] = []
    try:
        for one in track(_measured(run, found, Measure(parcel), skip), len(found), title, many=2, weights=weights):
            outcomes.append(one)
    except KeyboardInterrupt:
        count = sum(Path(one.file).exists() for one in found)
        where = f"{count} of {len(found)} {noun} are stored; the same command goes on from there."
        print(f"Stopped. {where}", file=sys.stderr)
        raise
    return outcomes


def _measured(
    run: Engine,
    found: Sequence[AnyMeasurement],
    measure: Measure,
    skip: Callable[[AnyMeasurement], dict[str, Any] | None],
) -> Iterator[dict[str, Any]]:
    """Yield all outcomes in order: those stored, those skipped, and the others as the engine measures them."""
    without: dict[int, dict[str, Any]] = {}  # outcomes by number that need no measuring
    asked: list[int] = []  # numbers of those that do

    def waiting() -> Iterator[AnyMeasurement]:
        for number, one in enumerate(found):
            if ready := one.stored or skip(one):
                without[number] = ready
            else:
                asked.append(number)
                yield one

    following = 0
    for turn, measured in enumerate(run(measure, waiting(), on_outcome=_store, on_lost=_lost)):
        for number in range(following, asked[turn]):
            yield without.pop(number)
        yield measured
        following = asked[turn] + 1
    for number in range(following, len(found)):
        yield without.pop(number)


def _store(one: Measurement, measured: dict[str, Any]) -> None:
    if measured.get("stopped"):
        raise KeyboardInterrupt
    if "error" not in measured:
        write_json(Path(one.file), measured)


def _lost(one: Measurement, why: str) -> dict[str, Any]:
    """Return the outcome of a job whose workers ended: an error that names it."""
    job = one.job
    size = "" if job.train_size is None else f", {job.train_size:,} examples"
    return {"error": f"{job.name} (seed {job.seed}{size}) was lost: {why}", "lost": True}
