"""Make the built-in model: nine labels from photographs, kept as statistics of groups of them, never as images.

The command, with the folder of labelled photographs: python -m pippin.apps.recognize.builtin PHOTOGRAPHS
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pippin.apps.recognize import application
from pippin.apps.recognize.config import RecognizeConfig
from pippin.apps.recognize.data import load
from pippin.apps.recognize.pretrained.embedding import rounded
from pippin.apps.recognize.pretrained.exemplars import Exemplar
from pippin.apps.recognize.pretrained.learner import FewShotLearner
from pippin.core.artifact import Artifact, versions, write_artifact
from pippin.core.errors import PippinError
from pippin.core.execution import execute
from pippin.core.job import Job, Result
from pippin.core.scoring import example_ids
from pippin.learn.classification_scores import score
from pippin.learn.vision import efficientnet_graph

LEAST = 3  # images in each blend
TERMS = "Web photographs gathered in repositories under the MIT licence; none of them is part of this model."
ABOUT = (
    f"What is kept of them are statistics of the network's features: groups of {LEAST} or more like images of one "
    "label, each as one random draw from its mean and spread."
)
CHOSEN = (
    "The head's constants were chosen on one half of these photographs and on training images of CIFAR-10, so the "
    "scores below, on photographs of both halves, are not free of tuning."
)


def condensed(learner: FewShotLearner) -> FewShotLearner:
    """Return the learner with one unnamed draw for each group of `LEAST` or more like images instead of single ones."""
    labels = np.array(learner.labels)
    random = np.random.default_rng(0)
    lessons: list[Exemplar] = []
    for label in sorted(set(learner.labels)):
        for group in _groups(learner.points[labels == label]):
            lessons.append(Exemplar(label, _draw_points(group, random), "", f"{label} {len(lessons)}"))
    model = FewShotLearner(RecognizeConfig())
    model.add(lessons)
    return model


def _groups(points_ND: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Group like images: halve at the median of the main axis until the halves would be too small."""
    if len(points_ND) < 2 * LEAST:
        return [points_ND]
    centred = points_ND - points_ND.mean(axis=0)
    main = np.linalg.svd(centred, full_matrices=False)[2][0]
    order = np.argsort(centred @ main, kind="stable")
    half = len(order) // 2
    return [*_groups(points_ND[order[:half]]), *_groups(points_ND[order[half:]])]


def _draw_points(points_ND: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    """Return a draw [D] from the normal distribution with the mean and covariance of the group, as a point.

    A plain mean would not do: means are more alike than images are, and every image would seem new.
    """
    mean = points_ND.mean(axis=0)
    blend = random.normal(size=len(points_ND)) / np.sqrt(len(points_ND) - 1)
    point = (mean + blend @ (points_ND - mean)).astype(np.float32)
    point[: efficientnet_graph.WIDTH] = np.maximum(
        point[: efficientnet_graph.WIDTH], 0
    )  # roots of features; what follows may be negative
    return rounded(point[None])[0]


def make(photographs: str, folder: Path) -> Artifact:
    """Learn from the training part, condense, score on the part held out, and write the artifact to `folder`."""
    job = Job(application.reference, photographs, threads=1, keep=True)
    baseline = _done(execute(replace(job, method=application.methods.quick)))
    learner = FewShotLearner(RecognizeConfig())
    taught = _done(execute(replace(job, score=False)))
    learner.load(taught.saved)
    data = load(photographs)
    model = condensed(learner)
    scores = score(list(model.predict(example.input for example in data.test)), data.test)
    saved = model.save()
    facts = {
        "application": application.name,
        "package": application.package,
        "variant": "default",
        "config": {},
        "data": {
            "name": "photographs of apples, oranges, bananas and six kinds of ball (apple_ball)",
            "examples": len(data.train) + len(data.val),
            "fingerprint": data.fingerprint(),
            "terms": TERMS,
        },
        "scores": {name: value._asdict() for name, value in scores.items()},
        "scored_on": f"{len(data.test)} photographs held out, no near-copy of a trained one found among them",
        "baseline": {
            "name": application.methods.quick,
            "scores": {name: value._asdict() for name, value in baseline.scores.items()},
        },
        "history": [
            {
                "what": "train, then condense to statistics",
                "data": "apple_ball",
                "seconds": round(taught.seconds["train"], 1),
            }
        ],
        "parent": None,
        "seed": job.seed,
        "threads": job.threads,
        "versions": versions("pippin", "numpy", "onnxruntime", "pillow", "scikit-image", "scikit-learn"),
        "requires": list(saved.requires),
        "about": [ABOUT, CHOSEN, *saved.about],
        "command": "python -m pippin.apps.recognize.builtin apple_ball",
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
    shutil.rmtree(folder, ignore_errors=True)
    parts = {"model": saved, "baseline": baseline.saved}
    return write_artifact(folder.parent, facts, parts, example_ids(data.train + data.val), folder)


def _done(result: Result) -> Result:
    if result.error:
        raise PippinError(result.error)
    return result


def main(arguments: Sequence[str]) -> None:
    """Build the model that comes with the application."""
    made = make(arguments[0], Path(__file__).with_name("model"))
    print((made.folder / "README.md").read_text())


if __name__ == "__main__":
    main(sys.argv[1:])
