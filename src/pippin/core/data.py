"""Examples and the datasets made of them: three disjoint parts, a fingerprint, and smaller versions of itself."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from pippin.core.errors import PippinError
from pippin.core.inputs import Input


@dataclass(frozen=True)
class Example:
    """One input with its right answer.

    `key` is the identity of the content (hex); `group` names what must not be torn apart by a split
    (near-duplicates, a person, a speaker), and is derived from content so that it means the same in any dataset.
    `extra_groups` are further names of what it belongs to: what was learned from is known by these too.
    """

    input: Input
    answer: Any
    key: str
    group: str = ""
    extra_groups: tuple[str, ...] = ()


class Metric(NamedTuple):
    """The score that ranks models: its name in `scores`, and which direction is better."""

    name: str
    lower_is_better: bool = False


@dataclass(frozen=True)
class Skipped:
    """An input that could not be used, and the sentence that says why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Dataset:
    """Examples to learn from (`train`), to choose by (`val`) and to score on (`test`); no group lies in two parts.

    `predefined_split` says that the parts came with the data, so that only `test` may be scored on. `experience` is how
    much is to be learned from where that is no number of examples (frames of a game), else 0.
    `metric` ranks models on this data where it is not the application's own (RMSE for a numeric target). `settings`
    are settings that the data decided (the target column), stored with the model. `layout` says in one sentence how
    labels and parts were found. `repeats` are examples with their part that were left out, since they belong to a group
    of a part that is scored on.
    `answers_hidden` says that answers are there to score by, and none reaches a learner.
    Inputs are handles: nothing is decoded until a learner asks.
    """

    name: str
    train: tuple[Example, ...]
    val: tuple[Example, ...] = ()
    test: tuple[Example, ...] = ()
    predefined_split: bool = False
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()
    experience: int = 0
    metric: Metric | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    layout: str = ""
    repeats: tuple[tuple[str, Example], ...] = ()
    answers_hidden: bool = False

    @property
    def labels(self) -> list[str]:
        """The different labels to learn, sorted; empty where answers are no labels."""
        answers = {example.answer for example in self.train + self.val if isinstance(example.answer, str)}
        return sorted(answers)

    @property
    def amount(self) -> int:
        """How much there is to learn from: experience, or examples (those to choose by included)."""
        return self.experience or len(self.train) + len(self.val)

    @property
    def examples(self) -> tuple[Example, ...]:
        """All examples, in the order train, val, test."""
        return self.train + self.val + self.test

    def for_learning(self) -> Dataset:
        """Return the data as a learner may have them: without answers where these are hidden."""
        if not self.answers_hidden:
            return self
        train, val, test = (
            tuple(replace(example, answer=None) for example in part) for part in (self.train, self.val, self.test)
        )
        return replace(self, train=train, val=val, test=test)

    def labelled_only(self) -> Dataset:
        """Return the examples that have an answer, to score by; PippinError where none has."""
        train, val, test = (
            tuple(example for example in part if example.answer is not None)
            for part in (self.train, self.val, self.test)
        )
        if not (train or val or test):
            raise PippinError(f"{self.name} has no labels to score by; give labelled data.", input=self.name)
        return replace(self, train=train, val=val, test=test)

    def fingerprint(self) -> str:
        """Return 16 hex digits that identify examples, answers and split.

        The order of examples does not change them.
        """
        lines = sorted(
            f"{part} {example.key} {example.answer!r}"
            for part, examples in (("train", self.train), ("val", self.val), ("test", self.test))
            for example in examples
        )
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]

    def subsample(self, count: int, seed: int = 0) -> Dataset:
        """Return the same data with `count` training and validation examples.

        They are spread evenly over the answers.
        Smaller ones lie within larger ones; every example stays in its part. What `val` holds is counted too, since
        a learner may learn from it.
        """
        # Drawn by another rng than the one that set `val` apart, or `val` would come first.
        order = spread(self.train + self.val, seed, "take ")
        chosen, held = order[:count], {id(example) for example in self.val}
        train = tuple(example for example in chosen if id(example) not in held)
        return replace(self, train=train, val=tuple(example for example in chosen if id(example) in held))

    def validation_view(self, scored: tuple[Example, ...] = ()) -> Dataset:
        """Return the data with `scored`, or the validation part, in place of the test part, which is left out.

        Where there is neither, a fifth of the training part is set apart for it. A tenth of what is left to learn from
        becomes the part to choose by, so that what is scored on chooses nothing within a training.
        """
        train, scored = self.train, scored or self.val
        balanced = len({repr(example.answer) for example in train}) * 2 <= len(train)
        if not scored:
            train, scored, _ = split_by_group(train, val=0.2, test=0.0, balanced=balanced)
        train, val, _ = split_by_group(train, val=0.1, test=0.0, balanced=balanced)
        return replace(self, train=train, val=val, test=scored, repeats=())


def spread(examples: Iterable[Example], seed: int, salt: str = "") -> list[Example]:
    """Order examples at random by `seed` (and `salt`), answers taking turns, so that every prefix is balanced."""
    by_answer: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        by_answer[repr(example.answer)].append(example)
    turns = []
    for answer, members in by_answer.items():
        members.sort(key=lambda example: rank(salt + example.key, seed))
        turns += [(turn, rank(answer, seed), example) for turn, example in enumerate(members)]
    return [example for _, _, example in sorted(turns, key=lambda item: item[:2])]


def folds(examples: Iterable[Example], count: int, seed: int = 0) -> list[tuple[Example, ...]]:
    """Split examples into `count` parts that share no group, labels spread evenly.

    Parts that would be empty (fewer groups than parts) are left out.
    """
    groups: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        groups[example.group or example.key].append(example)
    parts: list[list[Example]] = [[] for _ in range(count)]
    # By label, then at random: the members of each label go to the parts in turn.
    order = sorted(groups, key=lambda name: (repr(groups[name][0].answer), rank(name, seed)))
    for position, name in enumerate(order):
        parts[position % count].extend(groups[name])
    return [tuple(part) for part in parts if part]


def rank(key: str, seed: int) -> str:
    """Return a pseudo-random position for `key`, the same on every machine."""
    return hashlib.sha256(f"{seed} {key}".encode()).hexdigest()


def split_by_group(
    examples: Iterable[Example], *, val: float = 0.1, test: float = 0.2, seed: int = 0, balanced: bool = True
) -> tuple[tuple[Example, ...], tuple[Example, ...], tuple[Example, ...]]:
    """Split into (train, val, test) so that no group is torn, each answer keeping about the given shares.

    Every answer keeps at least one group to learn from; answers with too few groups go without `val`, then `test`.
    Where each answer occurs once (a sentence, an image), `balanced=False` holds the shares over all of them.
    """
    groups: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        groups[example.group or example.key].append(example)
    by_answer: dict[str, list[str]] = defaultdict(list)
    for name, members in groups.items():
        by_answer[repr(members[0].answer) if balanced else ""].append(name)
    parts: tuple[list[Example], list[Example], list[Example]] = ([], [], [])
    for names in by_answer.values():
        names.sort(key=lambda name: rank(name, seed))
        tests = min(round(test * len(names)), len(names) - 1)
        vals = min(round(val * len(names)), len(names) - 1 - tests)
        for position, name in enumerate(names):
            parts[2 if position < tests else 1 if position < tests + vals else 0].extend(groups[name])
    train, validation, held_out = (tuple(sorted(part, key=lambda example: rank(example.key, seed))) for part in parts)
    return train, validation, held_out
