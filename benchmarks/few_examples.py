"""What `recognize` reaches from a few examples, on real images, beside hand-made features on the same ones.

Every figure is a mean over random draws of the images shown, scored on all the others; the interval is Student's t
over draws. The classical method (HOG and colour histograms into logistic regression) sees the same draws.

Nothing reported was chosen on what is reported, but for the rows on 20 apples alone: when an image is unknown was set
earlier, on all of these photographs. Images that look alike to the network from any view (crops,
mirrored ones, other photographs of the same thing) are one group, never both shown and scored on; each group of fruits
and balls belongs by a hash to the half that constants were chosen on, or to the one that is reported. Of CIFAR-10,
constants were chosen on the training part; the test part is reported.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import hashlib
import random
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from _results import DATA, Row, arguments, write

from pippin.apps.recognize.classical.hog_logistic import HandMade
from pippin.apps.recognize.config import RecognizeConfig
from pippin.apps.recognize.data import load
from pippin.apps.recognize.pretrained.embedding import l2_normalized
from pippin.apps.recognize.pretrained.feature_cache import Features, see
from pippin.apps.recognize.pretrained.learner import FewShotLearner
from pippin.core.data import Dataset, Example, spread
from pippin.core.learner import Learner
from pippin.core.run import Run
from pippin.core.values import Correction, Score
from pippin.learn.classification_scores import score
from pippin.learn.metrics import balanced_accuracy, expected_calibration_error, mean_interval

APPLES_SHOWN, WORDS, ORDERS = 20, 10, 5
# Cosine of the mean features of four views, from which on two images are one group. Among 200 pairs of photographs
# looked at by eye, most above 0.93 are copies, crops or mirrored; most between 0.90 and 0.93 the same kind of thing.
ALIKE = 0.90
Choice = Callable[[FewShotLearner, list[Example]], Example]


def fitted(learner: Learner, examples: Sequence[Example], seed: int = 0) -> Learner:
    """The learner after it has seen `examples`."""
    with tempfile.TemporaryDirectory() as folder:
        learner.fit(Dataset("draw", tuple(examples)), Run(Path(folder), seed=seed))
    return learner


def grouped(examples: Sequence[Example]) -> list[Example]:
    """The examples, those alike (or alike to one that is) with the smallest of their keys as their group."""
    found = list(see(example.input for example in examples))
    features = np.stack([seen.features for seen in found if isinstance(seen, Features)])
    points = l2_normalized(features)
    group = np.arange(len(examples))
    first, second = np.nonzero(np.triu(points @ points.T > ALIKE, 1))
    for one, other in zip(first, second, strict=True):
        group[group == group[other]] = group[one]
    least = {
        number: min(e.key for e, own in zip(examples, group, strict=True) if own == number) for number in set(group)
    }
    return [replace(example, group=least[number]) for example, number in zip(examples, group, strict=True)]


def reported(examples: Sequence[Example]) -> list[Example]:
    """The half that no constant was chosen on: whole groups, by a hash of their names."""
    return [e for e in examples if int(hashlib.sha256(f"half {e.group}".encode()).hexdigest(), 16) % 2]


def scored(learner: Learner, examples: Sequence[Example]) -> dict[str, Score]:
    """Its scores on `examples`."""
    return score(list(learner.predict(example.input for example in examples)), examples)


def draw_examples(pool: Sequence[Example], shots: int, seed: int) -> tuple[list[Example], list[Example]]:
    """Return `shots` examples of each label, no two alike, and the others without near-copies of those."""
    shown: list[Example] = []
    counts: dict[str, int] = {}
    groups: set[str] = set()
    for example in spread(pool, seed):
        if counts.get(example.answer, 0) < shots and example.group not in groups:
            counts[example.answer] = counts.get(example.answer, 0) + 1
            groups.add(example.group)
            shown.append(example)
    return shown, [example for example in pool if example.group not in groups]


def few_shots(
    name: str, pool: Sequence[Example], test: Sequence[Example], shots: int, aim: str, draws: int
) -> list[Row]:
    """Rows for accuracy and calibration with `shots` examples of each label, on `test` or the rest of the pool."""
    deep, classical, balances, answers = [], [], [], []
    for seed in range(draws):
        shown, others = draw_examples(pool, shots, seed)
        truth = test or others
        predictions = list(fitted(FewShotLearner(RecognizeConfig()), shown).predict(example.input for example in truth))
        deep.append(score(predictions, truth))
        right = [(p.answer, e.answer) for p, e in zip(predictions, truth, strict=True)]
        balances.append(balanced_accuracy(*map(list, zip(*right, strict=True))).value)
        answers += [(p.confidence or 0.0, said == label) for p, (said, label) in zip(predictions, right, strict=True)]
        if seed < 3:
            classical.append(scored(fitted(HandMade(RecognizeConfig()), shown), truth)["accuracy"].value)
    accuracy, ece = (mean_interval([scores[key].value for scores in deep]) for key in ("accuracy", "ece"))
    balanced = mean_interval(balances)
    pooled = expected_calibration_error(*map(np.array, zip(*answers, strict=True))).value
    mean = sum(classical) / len(classical)
    return [
        Row(f"{name}, {shots} of each label: accuracy", *_value(accuracy), aim=aim, classical=mean),
        Row(f"{name}, {shots} of each label: balanced accuracy", *_value(balanced)),
        Row(
            f"{name}, {shots} of each label: calibration error",
            *_value(ece),
            aim="at most 0.04",
            note=f"(mean of the draws, each on {len(truth)} images; {pooled:.3f} where all draws are one)",
        ),
    ]


def _value(interval: Score) -> tuple[float, str, float, float]:
    return interval.value, "", max(0.0, interval.low), min(1.0, interval.high)


def apples_only(pool: Sequence[Example], draws: int) -> list[Row]:
    """Shown 20 apples and nothing else: which other apples it accepts, which other images it refuses."""
    apples = [example for example in pool if example.answer == "apple"]
    others = [example for example in pool if example.answer != "apple"]
    results = []
    for seed in range(draws):
        shown, rest = draw_examples(apples, APPLES_SHOWN, seed)
        results.append(scored(fitted(FewShotLearner(RecognizeConfig()), shown), [*rest, *others]))
    accepted = mean_interval([scores["known_accepted"].value for scores in results])
    refused = mean_interval([scores["unknown_found"].value for scores in results])
    return [
        Row(
            f"taught {APPLES_SHOWN} apples only: other apples accepted",
            *_value(accepted),
            aim="at least 0.90",
        ),
        Row(
            f'taught {APPLES_SHOWN} apples only: the rest "I don\'t know yet"',
            *_value(refused),
            aim="at least 0.95",
        ),
    ]


def after_feedback(pool: Sequence[Example], seed: int, choose: Choice) -> tuple[float, float]:
    """Accuracy and balanced accuracy on held-out apples and balls, after 20 apples and a parent's word on ten images.

    The parent says "Right" or "No, that's a ball" to each of ten images, picked by `choose` from those lying
    about. An image the child does not know counts by its nearest label.
    """
    named = [replace(e, answer="apple" if e.answer == "apple" else "ball") for e in pool]
    order = random.Random(seed)
    groups = sorted({example.group for example in named})
    order.shuffle(groups)
    held = set(groups[: len(groups) // 2])
    test = [example for example in named if example.group in held]
    lying = [example for example in named if example.group not in held]
    order.shuffle(lying)
    shown = [example for example in lying if example.answer == "apple"][:APPLES_SHOWN]
    lying = [example for example in lying if example not in shown]
    child = fitted(FewShotLearner(RecognizeConfig()), shown)
    for _ in range(WORDS):
        example = choose(child, lying)
        lying.remove(example)
        child.update([Correction(example.input, example.answer)])
    right = [p.answer == e.answer for p, e in zip(child.predict(e.input for e in test), test, strict=True)]
    shares = [_share(right, test, label) for label in ("apple", "ball")]
    return sum(right) / len(right), sum(shares) / 2


def _share(right: Sequence[bool], test: Sequence[Example], label: str) -> float:
    own = [good for good, example in zip(right, test, strict=True) if example.answer == label]
    return sum(own) / len(own)


def at_random(child: FewShotLearner, lying: list[Example]) -> Example:
    """The next image as it comes."""
    return lying[0]


def most_uncertain(child: FewShotLearner, lying: list[Example]) -> Example:
    """The image the child asks about: the nearest to even odds; while it has one label only, one it does not know."""
    answers = list(child.predict(example.input for example in lying))
    if len(set(child.labels)) == 1:
        return next((e for p, e in zip(answers, lying, strict=True) if not p.known), lying[0])
    return min(zip(answers, lying, strict=True), key=lambda pair: pair[0].confidence or 0.0)[1]


def child(pool: Sequence[Example]) -> list[Row]:
    """Rows for the lesson's child: apples, then a parent's word on images as they come or as the child asks."""
    balls = [e for e in pool if e.answer == "apple" or e.answer.endswith("ball")]
    rows = []
    for name, choose in (("as they come", at_random), ("the child asks about", most_uncertain)):
        values = [after_feedback(balls, seed, choose) for seed in range(ORDERS)]
        what = f"{APPLES_SHOWN} apples shown, then a word on {WORDS} images {name}"
        rows.append(Row(what, *_value(mean_interval([plain for plain, _ in values])), aim="at least 0.97"))
        rows.append(Row(f"{what}: balanced", *_value(mean_interval([balanced for _, balanced in values]))))
    return rows


def main() -> None:
    """Measure and write benchmarks/results/few_examples.json."""
    draws = arguments(__doc__, draws=10).draws
    photographs = reported(grouped(load(str(DATA / "recognize" / "apple_ball")).examples))
    cifar = load(str(DATA / "recognize" / "cifar10_train20k.parquet")).examples
    test = load(str(DATA / "recognize" / "cifar10_test5k.parquet")).examples
    rows = [
        *child(photographs),
        *few_shots("9 fruits and balls", photographs, (), 5, "at least 0.76", draws),
        *few_shots("9 fruits and balls", photographs, (), 20, "at least 0.85", draws),
        *apples_only(photographs, draws),
        *few_shots("CIFAR-10 (5,000 test images kept aside)", cifar, test, 5, "at least 0.62", draws),
        *few_shots("CIFAR-10 (5,000 test images kept aside)", cifar, test, 40, "at least 0.74", draws),
    ]
    write("few_examples", "Few examples", rows, draws=draws)


if __name__ == "__main__":
    main()
