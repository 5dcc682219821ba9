"""What `inspect` finds in a data set before any training: copies, leaks, imbalance, labels the rest contradicts."""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pippin.core.application import Application
from pippin.core.data import Dataset, Example, folds
from pippin.core.progress_bar import track
from pippin.core.report.formatting import pluralize
from pippin.core.run import Run

FOLDS = 5
MIN_OF_A_LABEL = 3  # groups, below which nothing can contradict a label
MIN_EXAMPLES = 5  # examples of a label
UNEVEN = 10  # times as many examples of one label as of another

# Kinds of findings, in the order they are told, with what to do about each.
ADVICE = {
    "copy across parts": "scores would be too good; they are left out of training",
    "group across parts": "scores would be too good; they are left out of training",
    "copies that differ in label": "one of the labels is wrong: correct it, or remove both",
    "doubtful label": "look at them, the first first; correct what is wrong",
    "near-copy": "they are kept in one part; remove what teaches nothing new",
    "label never learned": "no example to learn it from; add some, or remove it",
    "few examples": "add examples",
    "imbalance": "look at balanced_accuracy; add examples of the rare labels",
    "left out": "see the reason",
}


@dataclass(frozen=True)
class Finding:
    """One finding on one example (or one label); `other` is the example it resembles, `suggested` a likelier label.

    `confidence` is the probability of the given label by learners that never saw it.
    """

    kind: str
    input: str = ""
    part: str = ""
    label: str = ""
    suggested: str = ""
    other: str = ""
    confidence: float | None = None
    likely: bool | None = None
    detail: str = ""
    example: Example | None = None
    resembles: Example | None = None

    def row(self) -> dict[str, Any]:
        """Return the finding as plain values."""
        names = ("kind", "input", "part", "label", "suggested", "other", "confidence", "likely", "detail")
        return {name: getattr(self, name) for name in names}


def find_copies(data: Dataset) -> Iterator[Finding]:
    """Yield near-copies within a part, across official parts, and with labels that differ."""
    groups: dict[str, list[tuple[str, Example, bool]]] = defaultdict(list)
    for part, example, left_out in _all(data):
        groups[example.group or example.key].append((part, example, left_out))
    for members in groups.values():
        first_part, first, _ = min(members, key=lambda member: member[2])
        for part, example, left_out in members:
            if example is first:
                continue
            differs = isinstance(example.answer, str) and example.answer != first.answer
            kind = "copies that differ in label" if differs else "copy across parts" if left_out else "near-copy"
            detail = "the same" if example.key == first.key else "nearly the same"
            detail += f", in {part} and {first_part}" if left_out else ""
            yield _on(kind, part, example, first, detail)


def find_groups(data: Dataset, plain: Dataset) -> Iterator[Finding]:
    """Yield examples left out since one of their group, and no copy of them, lies in a part that is scored on."""
    copies = {example.key for _, example in plain.repeats}
    scored = {example.group: example for example in (*data.train, *data.val, *data.test)}
    for part, example in data.repeats:
        if example.key not in copies:
            yield _on("group across parts", part, example, scored[example.group], "of one group")


def find_imbalance(data: Dataset) -> Iterator[Finding]:
    """Yield labels with few examples, far fewer than another has, or none to learn from."""
    learned = Counter(str(e.answer) for e in (data.train + data.val if data.predefined_split else data.examples))
    most, count = learned.most_common(1)[0]
    for label, number in sorted(learned.items(), key=lambda item: (item[1], item[0])):
        if number < MIN_EXAMPLES:
            yield Finding("few examples", label=label, detail=pluralize(number, "example"))
        if number * UNEVEN <= count:
            yield Finding("imbalance", label=label, detail=f"{number}, of {most} {count}")
    for label in sorted({str(example.answer) for example in data.test} - learned.keys()):
        yield Finding("label never learned", label=label, part="test")


def find_left_out(data: Dataset) -> Iterator[Finding]:
    """Yield findings on unusable data: damaged files, missing labels."""
    for item in data.skipped:
        yield Finding("left out", input=item.name, detail=item.reason)


def find_doubtful_labels(
    app: Application, data: Dataset, config: Mapping[str, Any], seed: int = 0
) -> Iterator[Finding]:
    """Yield labels that a learner which never saw them contradicts, the most doubtful first.

    Of each example in turn the label is judged by a learner of the other folds (five, which tear no group).
    """
    from pippin.learn.confident_learning import check_labels

    chosen = [(part, example) for part, example, left_out in _all(data) if not left_out]
    groups = {(e.answer, e.group or e.key) for _, e in chosen}
    enough = {answer for answer, n in Counter(answer for answer, _ in groups).items() if n >= MIN_OF_A_LABEL}
    chosen = [(part, example) for part, example in chosen if example.answer in enough]
    if len(enough) < 2:
        return
    labels, probabilities = predict_out_of_fold(app, [example for _, example in chosen], config, seed)
    import numpy as np

    judged = np.flatnonzero(~np.isnan(probabilities[:, 0]))
    places = {label: index for index, label in enumerate(labels)}
    given = np.array([places[chosen[index][1].answer] for index in judged])
    found = check_labels(probabilities[judged], given)
    for position in found.order:
        part, example = chosen[judged[position]]
        confidence = float(found.confidences[position])
        if confidence >= found.others[position]:
            continue
        yield Finding(
            "doubtful label",
            example.input.name,
            _part_name(data, part),
            str(example.answer),
            str(labels[found.suggested[position]]),
            confidence=round(confidence, 4),
            likely=bool(found.likely_wrong[position]),
            example=example,
        )


def predict_out_of_fold(
    app: Application, examples: Sequence[Example], config: Mapping[str, Any], seed: int = 0
) -> tuple[list[Any], Any]:
    """Predict each example with a learner of the other folds.

    Returns labels and probabilities [N,K]; NaN where there is no answer.
    """
    import numpy as np

    make = app.methods.label_judge or app.methods.classical[app.methods.quick]
    labels = sorted({example.answer for example in examples})
    places = {label: index for index, label in enumerate(labels)}
    probabilities = np.full((len(examples), len(labels)), np.nan)
    rows = {id(example): row for row, example in enumerate(examples)}
    parts = folds(examples, FOLDS, seed)
    for number, held in enumerate(parts, start=1):
        rest = [example for part in parts if part is not held for example in part]
        learner = make(app.config.read(config))
        with tempfile.TemporaryDirectory(prefix="pippin-") as folder:
            learner.fit(Dataset("the other folds", tuple(rest)), Run(Path(folder), seed=seed, threads=1))
        answers = learner.predict(example.input for example in held)
        for example, answer in zip(held, track(answers, len(held), f"fold {number} of {len(parts)}"), strict=True):
            if answer.error:
                continue
            row = rows[id(example)]
            probabilities[row] = 0
            for label, share in ((answer.answer, answer.confidence or 0.0), *answer.alternatives):
                if label in places:
                    probabilities[row, places[label]] = share
    return labels, probabilities


def count_labels(data: Dataset) -> dict[str, dict[str, int]]:
    """Count each label's examples by part (of official parts), or in all."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for part, example, left_out in _all(data):
        if not left_out:
            counts[str(example.answer)][_part_name(data, part) or "all"] += 1
    return {label: dict(counts[label]) for label in sorted(counts)}


def _all(data: Dataset) -> Iterator[tuple[str, Example, bool]]:
    """Yield every example with its part and whether it was left out as a repeat."""
    for part, examples in (("train", data.train), ("val", data.val), ("test", data.test)):
        yield from ((part, example, False) for example in examples)
    yield from ((part, example, True) for part, example in data.repeats)


def _part_name(data: Dataset, part: str) -> str:
    """Return the part as people know it: "" where the parts were drawn at random."""
    return {"val": "train"}.get(part, part) if data.predefined_split else ""


def _on(kind: str, part: str, example: Example, other: Example, detail: str) -> Finding:
    labels = str(example.answer), str(other.answer)
    return Finding(
        kind,
        example.input.name,
        part if "across" in kind or " and " in detail else "",
        labels[0],
        labels[1] if labels[0] != labels[1] else "",
        other.input.name,
        detail=detail,
        example=example,
        resembles=other,
    )
