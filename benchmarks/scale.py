"""Engines: their own cost, two workers beside one, kills of workers and callers, nodes taken away, two ranks."""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from _results import Row, write
from _scale_jobs import sleep
from _scale_nodes import measure_nodes

from pippin.engines import Engine, engine

JOBS, IMAGES = 200, 2_000
COMMAND = [sys.executable, "-m", "pippin"]


def measure_engine() -> None:
    """Measure what an engine adds to 200 jobs that sleep for a second, on two workers that are warm."""
    rows = []
    for name in ("processes", "ray"):
        run = engine(2, name)
        begun = time.perf_counter()
        list(run(sleep, [(number, 0.0) for number in range(2)]))
        start = time.perf_counter() - begun
        begun = time.perf_counter()
        list(run(sleep, [(number, 0.0) for number in range(1_000)]))
        empty = time.perf_counter() - begun
        costs = [_own_cost(run) for _ in range(3)]
        rows.append(
            Row(
                f"{name}: own cost of {JOBS} jobs of 1 s on two warm workers",
                100 * statistics.mean(costs),
                "%",
                100 * min(costs),
                100 * max(costs),
                "at most 5",
                note="jobs that sleep; mean, lowest and highest of 3 runs",
            )
        )
        rows.append(Row(f"{name}: until two workers have answered first", start, "s"))
        rows.append(Row(f"{name}: 1,000 empty jobs, warm", empty, "s"))
    write("scale_engine", "Engines: their own cost", rows, load=os.getloadavg())


def _own_cost(run: Engine) -> float:
    begun = time.perf_counter()
    found = list(run(sleep, [(number, 1.0) for number in range(JOBS)]))
    assert found == list(range(JOBS))
    return (time.perf_counter() - begun) / (JOBS / 2) - 1


def measure_batch(count: int) -> None:
    """Measure batch `predict` with one worker and two, beside what the processors allow two processes at all."""
    with _images(count) as (folder, home):
        # Each has a home of its own: what the network sees of an image is cached there.
        one, one_cpu = _time_predict(folder, home.parent / "home-one", "one", "--workers", "1")
        two, two_cpu = _time_predict(folder, home.parent / "home-two", "two", "--workers", "2")
        halves = [folder.parent / f"half-{number}" for number in range(2)]
        for number, half in enumerate(halves):
            half.mkdir()
            for path in sorted(folder.iterdir())[number::2]:
                os.link(path, half / path.name)
        apart = _together([_command(half, home, half.name, "--workers", "1") for half in halves], home)
        same = (home.parent / "one.csv").read_text() == (home.parent / "two.csv").read_text()
    rows = [
        Row(f"predict of {count:,} images: two workers beside one, wall time", one / two, "times", aim="at least 1.8"),
        Row("the same work as two commands at once, beside one", one / apart, "times", note="what the machine allows"),
        Row("two workers, of what two commands at once reach", 100 * apart / two, "%"),
        Row("processor seconds of two workers and their caller, of those of one", two_cpu / one_cpu, "times"),
        Row("one worker with one thread: seconds", one, "s"),
        Row("two workers: seconds", two, "s"),
        Row("both tables are the same", float(same), aim="at least 1"),
    ]
    write("scale_batch", "Batch prediction on two workers", rows, load=os.getloadavg())


def _time_predict(folder: Path, home: Path, name: str, *options: str) -> tuple[float, float]:
    """Return seconds and processor seconds of a batch `predict`, its workers included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    took, _ = _predict(folder, home, name, *options)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@contextmanager
def _images(count: int) -> Iterator[tuple[Path, Path]]:
    """Yield a folder of rendered images, each of them different, and a home."""
    from PIL import Image

    from pippin.core import registry

    app = registry.get("recognize")
    data = app.load_data(None, app.defaults)
    with tempfile.TemporaryDirectory(prefix="pippin-scale-") as made:
        folder, rng = Path(made) / "images", random.Random(5)
        folder.mkdir()
        sources = [Image.open(one.input.path or _bytes(one.input)).convert("RGB") for one in data.examples]
        for number in range(count):
            source = sources[number % len(sources)]
            box = [rng.uniform(0, 0.2) * side for side in source.size]
            source.crop((*box, *source.size)).resize((256, 256)).save(folder / f"{number:05}.jpg", quality=90)
        yield folder, Path(made) / "home"


def _bytes(item: Any) -> Any:
    import io

    return io.BytesIO(item.read())


def _command(folder: Path, home: Path, name: str, *options: str) -> list[str]:
    out = home.parent / f"{name}.csv"
    return [*COMMAND, "recognize", "predict", str(folder), "--out", str(out), "--json", *options]


def _environment(home: Path) -> dict[str, str]:
    return {**os.environ, "PIPPIN_HOME": str(home), "OMP_NUM_THREADS": "1", "PIPPIN_LOG": "0"}


def _predict(folder: Path, home: Path, name: str, *options: str) -> tuple[float, dict[str, Any]]:
    begun = time.perf_counter()
    done = subprocess.run(
        _command(folder, home, name, *options), env=_environment(home), capture_output=True, text=True, check=True
    )
    return time.perf_counter() - begun, json.loads(done.stdout)


def _together(commands: list[list[str]], home: Path) -> float:
    begun = time.perf_counter()
    going = [subprocess.Popen(one, env=_environment(home), stdout=subprocess.DEVNULL) for one in commands]
    assert [one.wait() for one in going] == [0, 0]
    return time.perf_counter() - begun


def measure_kills(count: int, kills: int) -> None:
    """Kill workers and callers at random moments of a batch and a comparison; all must come out as undisturbed."""
    rng, dead = random.Random(11), {"worker": 0, "caller": 0}
    with _images(count) as (folder, home):
        _predict(folder, home, "whole", "--workers", "2")
        number = 0
        while sum(dead.values()) < kills * 3 // 4:
            number += 1
            _go_on(
                _command(folder, home, f"killed-{number}", "--workers", "2", "--overwrite"),
                home,
                rng,
                dead,
                kills * 3 // 4,
            )
        whole = _rows(home.parent / "whole.csv")
        tables = [_rows(home.parent / f"killed-{one}.csv") for one in range(1, number + 1)]
        wanted = [str(path) for path in sorted(folder.iterdir())]
        once = all([row["input"] for row in table] == wanted for table in tables)
        same = all(table == whole for table in tables)
        methods = ["--methods", "pretrained features", "--seeds", "12", "--json"]
        compare = [*COMMAND, "recognize", "compare", *methods, "--workers", "2"]
        undisturbed = subprocess.run(
            [*COMMAND, "recognize", "compare", *methods],
            env=_environment(home.parent / "other"),
            capture_output=True,
            text=True,
            check=True,
        )
        answer = ""
        while sum(dead.values()) < kills:
            answer = _go_on(compare, home.parent / f"compare-{sum(dead.values())}", rng, dead, kills)
        scores = [_scores(text) for text in (undisturbed.stdout, answer)]
    rows = [
        Row("kills of workers by SIGKILL", float(dead["worker"])),
        Row("kills of callers by SIGKILL", float(dead["caller"])),
        Row(f"batches of {count:,} images: every input exactly once and in order", float(once), aim="at least 1"),
        Row("batches: the answers of an undisturbed run", float(same), aim="at least 1"),
        Row("comparison: the scores of an undisturbed run", float(scores[0] == scores[1]), aim="at least 1"),
    ]
    write("scale_kills", "Kills in batch predictions and comparisons", rows, batches=number)


def _go_on(command: list[str], home: Path, rng: random.Random, dead: dict[str, int], most: int) -> str:
    """Run a command until it ends well, killing a worker or itself at random moments; returns what it printed."""
    while True:
        going = subprocess.Popen(command, env=_environment(home), stdout=subprocess.PIPE, text=True)
        while going.poll() is None:
            if sum(dead.values()) >= most:
                break
            time.sleep(rng.uniform(0.5, 4.0))
            victim = _victim(going, rng)
            if victim is not None and going.poll() is None:
                dead["caller" if victim == going.pid else "worker"] += 1
                os.kill(victim, signal.SIGKILL)
        printed = going.communicate()[0]
        if going.returncode == 0:
            return printed
        assert going.returncode == -signal.SIGKILL, (going.returncode, printed)


def _victim(going: subprocess.Popen[str], rng: random.Random) -> int | None:
    """Return the process to kill: in one of four times the caller, else one of its workers that there is."""
    if rng.random() < 0.25:
        return going.pid
    try:
        children = [int(one) for one in Path(f"/proc/{going.pid}/task/{going.pid}/children").read_text().split()]
        workers = [one for one in children if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()]
    except OSError:
        return None
    return rng.choice(workers) if workers else None


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _scores(text: str) -> Any:
    return {name: one["per_seed"] for name, one in json.loads(text)["methods"].items()}


def measure_ranks() -> None:
    """Measure the loss of two processes that torchrun starts beside that of one, with the same seed and batches."""
    program = str(Path(__file__).parent / "_scale_jobs.py")
    launch = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port"]
    worst, last = [], []
    with tempfile.TemporaryDirectory(prefix="pippin-ranks-") as made:
        for seed in range(3):
            one, two = Path(made) / f"one-{seed}", Path(made) / f"two-{seed}"
            subprocess.run([sys.executable, program, str(one), str(seed)], check=True, env=_environment(Path(made)))
            port = str(29_600 + seed)
            subprocess.run([*launch, port, program, str(two), str(seed)], check=True, env=_environment(Path(made)))
            alone, shared = _losses(one), _losses(two)
            assert len(alone) == len(shared)
            differences = [abs(b / a - 1) for a, b in zip(alone, shared, strict=True)]
            worst.append(max(differences))
            last.append(differences[-1])
    rows = [
        Row(
            "two ranks beside one process: loss of a step, largest relative difference",
            statistics.mean(worst),
            "",
            min(worst),
            max(worst),
            "at most 0.01",
            note="digits, 168 steps, global batch 64, Gloo; mean, lowest and highest of 3 seeds",
        ),
        Row("two ranks beside one process: loss of the last step, relative difference", statistics.mean(last)),
    ]
    write("scale_ranks", "One training on two processes of torchrun", rows)


def _losses(folder: Path) -> list[float]:
    lines = map(json.loads, (folder / "log.jsonl").read_text().splitlines())
    return [line["loss"] for line in lines if "loss" in line]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", default="engine,batch,kills,nodes,ranks")
    parser.add_argument("--images", type=int, default=IMAGES)
    parser.add_argument("--kills", type=int, default=100)
    given = parser.parse_args()
    parts: dict[str, Callable[[], None]] = {
        "engine": measure_engine,
        "batch": lambda: measure_batch(given.images),
        "kills": lambda: measure_kills(given.images // 4, given.kills),
        "nodes": measure_nodes,
        "ranks": measure_ranks,
    }
    for part in given.parts.split(","):
        parts[part]()


if __name__ == "__main__":
    main()
