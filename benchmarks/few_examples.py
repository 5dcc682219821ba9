"""What `recognize` reaches from a few examples, on real pictures, beside hand-made features on the same ones.

Every figure is a mean over random draws of the pictures shown, scored on all the others; the interval is Student's t
over draws. The classical method (HOG and colour histograms into logistic regression) sees the same draws.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import random
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from _results import DATA, Row, arguments, write

from pippin.apps.recognize.baseline import HandMade
from pippin.apps.recognize.data import load
from pippin.apps.recognize.learner import FewExamples
from pippin.apps.recognize.scores import score
from pippin.core.data import Dataset, Example, spread
from pippin.core.learner import Learner, Score, Taught
from pippin.core.run import Run
from pippin.learn.metrics import mean_interval

APPLES_SHOWN, CORRECTIONS, ORDERS = 20, 10, 5


def fitted(learner: Learner, examples: Sequence[Example], seed: int = 0) -> Learner:
    """The learner after it has seen `examples`."""
    with tempfile.TemporaryDirectory() as folder:
        learner.fit(Dataset("draw", tuple(examples)), Run(Path(folder), seed=seed))
    return learner


def scored(learner: Learner, examples: Sequence[Example]) -> dict[str, Score]:
    """Its scores on `examples`."""
    return score(list(learner.predict(example.input for example in examples)), examples)


def drawn(pool: Sequence[Example], shots: int, seed: int) -> tuple[list[Example], list[Example]]:
    """`shots` examples of each label, and the others; near-copies of those shown are left out of the others."""
    shown: list[Example] = []
    counts: dict[str, int] = {}
    for example in spread(pool, seed):
        if counts.get(example.answer, 0) < shots:
            counts[example.answer] = counts.get(example.answer, 0) + 1
            shown.append(example)
    groups = {example.group for example in shown}
    return shown, [example for example in pool if example.group not in groups]


def few_shots(
    name: str, pool: Sequence[Example], test: Sequence[Example], shots: int, aim: str, draws: int
) -> list[Row]:
    """Rows for accuracy and calibration with `shots` examples of each label, on `test` or the rest of the pool."""
    deep, classical = [], []
    for seed in range(draws):
        shown, others = drawn(pool, shots, seed)
        deep.append(scored(fitted(FewExamples({}), shown), test or others))
        if seed < 3:
            classical.append(scored(fitted(HandMade({}), shown), test or others)["accuracy"].value)
    accuracy = mean_interval([scores["accuracy"].value for scores in deep])
    ece = mean_interval([scores["ece"].value for scores in deep])
    mean = sum(classical) / len(classical)
    return [
        Row(f"{name}, {shots} of each label: accuracy", *_value(accuracy), aim=aim, classical=mean),
        Row(f"{name}, {shots} of each label: calibration error", *_value(ece), note="(lower is better)"),
    ]


def _value(interval: Score) -> tuple[float, str, float, float]:
    return interval.value, "", interval.low, interval.high


def apples_only(pool: Sequence[Example], draws: int) -> list[Row]:
    """Shown 20 apples and nothing else: which other apples it accepts, which other pictures it refuses."""
    apples = [example for example in pool if example.answer == "apple"]
    others = [example for example in pool if example.answer != "apple"]
    results = []
    for seed in range(draws):
        shown, rest = drawn(apples, APPLES_SHOWN, seed)
        results.append(scored(fitted(FewExamples({}), shown), [*rest, *others]))
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


def corrected(pool: Sequence[Example], seed: int, choose: Callable[[FewExamples, list[Example]], Example]) -> float:
    """Accuracy on held-out apples and balls after 20 apples and then 10 corrections.

    The parent says "apple" or "ball", as in the lesson; `choose` picks the next picture from those lying about.
    A picture is corrected when it is called wrongly or not known. When scored, a picture not known counts by its
    nearest label.
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
    child = FewExamples({})
    fitted(child, shown)
    corrections = 0
    while corrections < CORRECTIONS:
        example = choose(child, lying)
        lying.remove(example)
        (said,) = child.predict([example.input])
        if said.answer != example.answer or not said.known:
            child.update([Taught(example.input, example.answer)])
            corrections += 1
    return scored(child, test)["accuracy"].value


def at_random(child: FewExamples, lying: list[Example]) -> Example:
    """The next picture as it comes."""
    return lying[0]


def most_uncertain(child: FewExamples, lying: list[Example]) -> Example:
    """The picture the child is least sure of: of one label, the least known; else the one nearest to even odds."""
    answers = child.predict(example.input for example in lying)
    return min(zip(answers, lying, strict=True), key=lambda pair: (pair[0].known, pair[0].confidence or 0.0))[1]


def corrections(pool: Sequence[Example]) -> list[Row]:
    """Rows for the lesson's child: apples, then corrections as pictures come and as the child asks."""
    balls = [e for e in pool if e.answer == "apple" or e.answer.endswith("ball")]
    rows = []
    for name, choose in (("as they come", at_random), ("asked by the child", most_uncertain)):
        values = [corrected(balls, seed, choose) for seed in range(ORDERS)]
        rows.append(
            Row(
                f"{APPLES_SHOWN} apples, then {CORRECTIONS} corrections {name}: apple or ball",
                *_value(mean_interval(values)),
                aim="at least 0.97",
            )
        )
    return rows


def main() -> None:
    """Measure and write benchmarks/results/few_examples.json."""
    draws = arguments(__doc__, draws=10).draws
    photographs = load(str(DATA / "recognize" / "apple_ball")).examples
    cifar = load(str(DATA / "recognize" / "cifar10_train20k.parquet")).examples
    test = load(str(DATA / "recognize" / "cifar10_test5k.parquet")).examples
    rows = [
        *corrections(photographs),
        *few_shots("9 fruits and balls", photographs, (), 5, "at least 0.74", draws),
        *few_shots("9 fruits and balls", photographs, (), 20, "at least 0.83", draws),
        *apples_only(photographs, draws),
        *few_shots("CIFAR-10 (5,000 test pictures kept aside)", cifar, test, 5, "at least 0.60", draws),
        *few_shots("CIFAR-10 (5,000 test pictures kept aside)", cifar, test, 40, "at least 0.74", draws),
    ]
    write("few_examples", "Few examples", rows, draws=draws)


if __name__ == "__main__":
    main()
