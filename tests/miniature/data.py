"""Made-up words in three parts of the alphabet, or your own: one word and its label a line, a tab between."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from miniature.config import MiniatureConfig
from pippin.core.data import Dataset, Example, Skipped, split_by_group
from pippin.core.errors import PippinError, reason
from pippin.core.inputs import Text
from pippin.core.values import Prediction, Score

ALPHABETS = {"early": "abcdefgh", "middle": "ijklmnopq", "late": "rstuvwxyz"}


def load(source: str | None, config: MiniatureConfig | None = None) -> Dataset:
    """The words in the file `source`, or 20 of each label; anagrams share a group."""
    lines = _made_up() if source is None else _read(Path(source))
    examples, skipped = [], []
    for line in lines:
        word, _, label = line.partition("\t")
        if not label:
            skipped.append(Skipped(word, f"{word!r} has no label; write the word, a tab, the label."))
            continue
        text = Text.of(word)
        examples.append(Example(text, label, text.digest(), "anagrams of " + "".join(sorted(word))))
    if not examples:
        raise PippinError(f"{source} holds no labelled words; write word, tab, label.", input=source)
    train, val, test = split_by_group(examples, val=0.0, test=0.3)
    return Dataset("made-up words" if source is None else Path(source).name, train, val, test, False, tuple(skipped))


def _made_up() -> list[str]:
    rng = random.Random(7)
    return [
        "".join(rng.choices(letters, k=5)) + rng.choice("aeiou") + "\t" + label
        for label, letters in ALPHABETS.items()
        for _ in range(20)
    ]


def _read(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError as problem:
        raise PippinError(f"Cannot read {path}: {reason(problem)}; check the path.", input=path) from problem
    except UnicodeDecodeError as problem:
        raise PippinError(f"{path} is not text; give UTF-8.", input=path) from problem


def score(predictions: Sequence[Prediction], examples: Sequence[Example]) -> dict[str, Score]:
    """Accuracy with its Wilson interval (Wilson 1927)."""
    right = sum(p.answer == e.answer for p, e in zip(predictions, examples, strict=True))
    count, z = len(examples), 1.96
    middle = (right + z * z / 2) / (count + z * z)
    half = z / (count + z * z) * math.sqrt(right * (count - right) / count + z * z / 4)
    return {"accuracy": Score(right / count, max(0.0, middle - half), min(1.0, middle + half))}


def checked(answer: Any) -> str:
    """A label without spaces around it."""
    return str(answer).strip()
