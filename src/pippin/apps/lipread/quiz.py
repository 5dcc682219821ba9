"""The quiz: clips that neither has seen, a person's guesses beside the network's, and both error rates."""

from __future__ import annotations

import sys
from collections.abc import Container, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pippin.apps.lipread import data
from pippin.apps.lipread.config import LipreadConfig
from pippin.apps.lipread.decoding.ctc import edits
from pippin.apps.lipread.decoding.grammar import Grammar
from pippin.apps.lipread.video import clips
from pippin.apps.lipread.video.frames import RATE
from pippin.core.artifact import identity
from pippin.core.context import Context
from pippin.core.data import Example
from pippin.core.errors import PippinError
from pippin.core.files import read_json, write_json
from pippin.core.inputs import Input
from pippin.core.report.cells import Table
from pippin.core.report.report import Report
from pippin.core.values import Score
from pippin.learn.metrics import bootstrap
from pippin.learn.plots import terminal_images

DIGITS = 16  # of a digest, by which a clip is known
LARGER = 3  # times as many pixels on the terminal


@dataclass(frozen=True)
class Question:
    """A clip, what is said in it, and what the network read."""

    clip: Input
    sentence: str
    read: str

    @property
    def name(self) -> str:
        """The file's name, which does not tell the sentence."""
        return f"clip {self.clip.digest()[:6]}"


@dataclass(frozen=True)
class Asked:
    """The questions, and a hint at what can be said."""

    questions: Sequence[Question]
    hint: str


def questions(
    context: Context, folder: Path | None, speaker_type: str, guessed: Container[str], count: int, seed: int
) -> Asked:
    """Choose clips that were neither learned from nor taught nor guessed before, in an order by `seed`."""
    learner: Any = context.learner(speaker_type=speaker_type)
    rest = [example for example in unseen(context, folder, speaker_type) if example.key[:DIGITS] not in guessed]
    if not rest:
        raise PippinError("All these clips were guessed; --afresh forgets the guesses.")
    return Asked(read(learner, shuffled(rest, seed)[:count]), _hint(learner.grammar, speaker_type))


def unseen(context: Context, folder: Path | None, speaker_type: str) -> list[Example]:
    """Return clips that the network never learned from or was taught; PippinError where there is none."""
    learner: Any = context.learner(speaker_type=speaker_type)
    found = data.load(str(folder), LipreadConfig()).examples if folder else data.held_out()
    learned = context.artifact(None, {"speaker_type": speaker_type}).learned
    fresh = [e for e in found if identity(e.key) not in learned and e.key not in learner.lessons.said]
    if not fresh:
        raise PippinError("All these clips were learned by the network; give others.")
    return fresh


def shuffled(examples: Sequence[Example], seed: int) -> list[Example]:
    """Shuffle examples by `seed`."""
    return [examples[index] for index in np.random.default_rng(seed).permutation(len(examples))]


def read(learner: Any, examples: Sequence[Example]) -> list[Question]:
    """Return clips with what the network reads; those it cannot read are left out."""
    answers = learner.predict([example.input for example in examples])
    return [
        Question(example.input, str(example.answer), str(answer.answer))
        for example, answer in zip(examples, answers, strict=True)
        if not answer.error
    ]


def show(question: Question, repeat: int) -> None:
    """Play a mouth on the terminal."""
    frames = clips.mouth(question.clip).frames
    large = np.repeat(np.repeat(frames, LARGER, axis=1), LARGER, axis=2)
    for _ in range(repeat):
        terminal_images.play_ansi((np.repeat(frame[..., None], 3, axis=2) for frame in large), RATE, sys.stderr)


class Tally:
    """All guesses so far, kept in a file: [clip, person's wrong words, network's, words]; rendered mouths apart."""

    def __init__(self, path: Path, kind: str) -> None:
        self.path, self.kind = path, kind
        self.kept: dict[str, list[list[Any]]] = read_json(path) if path.exists() else {}
        if not _sound(self.kept):
            raise PippinError(f"{path} does not hold guesses; move it away to start over.", input=path)
        self.now: list[list[Any]] = []

    @property
    def rows(self) -> list[list[Any]]:
        """Guesses at this kind of mouths."""
        return self.kept.setdefault(self.kind, [])

    @property
    def guessed(self) -> set[str]:
        """The clips guessed so far, by the first digits of their digests."""
        return {str(row[0]) for row in self.rows}

    def forget(self) -> None:
        """Forget the guesses of this kind."""
        self.kept[self.kind] = []
        write_json(self.path, self.kept)

    def add(self, question: Question, guess: str) -> list[Any]:
        """Save a guess at once; returns its row."""
        truth = question.sentence.split()
        wrong = [edits(said.lower().split(), truth) for said in (guess, question.read)]
        row = [question.clip.digest()[:DIGITS], *wrong, len(truth)]
        self.now.append(row)
        self.rows.append(row)
        write_json(self.path, self.kept)
        return row

    def standing(self) -> dict[str, Any]:
        """Return both shares of wrong words, over all guesses at this kind of mouths."""
        shares = {"you": rate(self.rows, 1).value, "network": rate(self.rows, 2).value} if self.rows else {}
        return {"guesses": len(self.rows), **shares}

    def report(self, paper: str) -> Report:
        """Report both error rates, of this time and of all times."""
        if not self.rows:
            return Report(title="No clip was guessed", payload={"guesses": 0}, next="pippin lipread quiz")
        spans = [("this time", self.now), ("all times", self.rows)]
        table = tuple((name, len(rows), rate(rows, 1), rate(rows, 2)) for name, rows in spans if rows)
        you, network = rate(self.rows, 1), rate(self.rows, 2)
        leads = (
            "Neither leads" if you.value == network.value else "You lead" if you.value < network.value else "It leads"
        )
        whose = "rendered mouths" if self.kind == "rendered" else "people's mouths"
        return Report(
            title=f"{leads}: {you.value:.0%} of words wrong beside its {network.value:.0%}",
            summary=f"Word error rates on {whose}, with 95 % intervals over the clips.",
            tables=(Table(("", "clips", "you", "the network"), table),),
            notes=(paper,),
            payload={"kind": self.kind, "guesses": len(self.rows), "you": you.value, "network": network.value},
            next="pippin lipread quiz --seed 1",
        )


def rate(rows: Sequence[Sequence[Any]], position: int) -> Score:
    """Return wrong words (in column `place`) over words spoken."""
    wrong, spoken = (np.array([row[column] for row in rows], float) for column in (position, 3))
    return bootstrap(lambda w, s: float(w.sum() / s.sum()), wrong, spoken)


def _sound(kept: Any) -> bool:
    """Return whether what was read is a tally."""
    rows = [row for rows in kept.values() for row in rows] if isinstance(kept, dict) else [None]
    return all(isinstance(row, list) and len(row) == 4 for row in rows)


def _hint(grammar: Grammar | None, speaker_type: str) -> str:
    whose = "These mouths are rendered. " if speaker_type == "rendered" else ""
    seen = "" if sys.stderr.isatty() else "Run it in a terminal to see the clips. "
    if grammar is None:
        return f"{whose}{seen}Write what you think is said."
    slots = [" ".join(slot) if len(slot) < 12 else f"{slot[0]} ... {slot[-1]}" for slot in grammar.slots]
    return f"{whose}{seen}Each sentence has one of each: " + " | ".join(slots)
