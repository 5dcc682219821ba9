"""What all methods share: patients in, interviews out; single corrections count at once."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from pippin.apps.symptoms.chat.red_flags import red_flags
from pippin.apps.symptoms.config import SymptomsConfig
from pippin.apps.symptoms.evidence import describe_answer
from pippin.apps.symptoms.interview.beliefs import Beliefs
from pippin.apps.symptoms.interview.running import Conduct, Trace, interview
from pippin.apps.symptoms.knowledge.structure import NONE, load_structure
from pippin.apps.symptoms.memory import Memory
from pippin.apps.symptoms.patients.patient import Patient
from pippin.apps.symptoms.patients.reading import read_patient
from pippin.apps.symptoms.predictions import MAX_RANKED, InterviewPrediction
from pippin.apps.symptoms.scoring import SCORED_AFTER
from pippin.apps.symptoms.tables.learned_tables import Tables, fit_tables
from pippin.core.data import Dataset, Example
from pippin.core.errors import PippinError, unforeseen
from pippin.core.inputs import Input
from pippin.core.values import Correction, Prediction

Array = np.ndarray
BATCH = 128
NOT_TRAINED = "This model has learned nothing yet; train it: pippin symptoms train."


class TableInterviewer:
    """Keeps the learned tables, interviews patients, and remembers corrections."""

    def __init__(self, config: SymptomsConfig) -> None:
        self.config = config
        self.memory = Memory()
        self._tables: Tables | None = None

    @property
    def tables(self) -> Tables:
        """The learned tables; PippinError where nothing was learned."""
        if self._tables is None:
            raise PippinError(NOT_TRAINED)
        return self._tables

    def fit_tables(self, data: Dataset) -> list[Patient]:
        """Learn the tables from whole patients with a known condition; returns these."""
        patients = learnable(data.train + data.val)
        if not patients:
            raise PippinError("There is nothing to learn from: no patient has one of the conditions.")
        self._tables = fit_tables(patients)
        return patients

    def posterior(self, beliefs: Beliefs) -> Array:
        """Return the probabilities [N, C] of conditions, if it is one of them."""
        raise NotImplementedError

    def question_scores(self, beliefs: Beliefs, posterior: Array, step: int) -> Array:
        """Return a score [N, Q] for each question."""
        raise NotImplementedError

    def none(self, beliefs: Beliefs) -> Array:
        """Return the probabilities [N] that it is none of the conditions."""
        raise NotImplementedError

    def predict(self, inputs: Iterable[Input]) -> Iterator[Prediction]:
        """Interview patients that are whole; judge others by what they said."""
        for batch in _batches(inputs):
            yield from self._predict_batch(batch)

    def _predict_batch(self, batch: Sequence[Input]) -> list[Prediction]:
        found: dict[int, Prediction] = {}
        patients: dict[int, Patient] = {}
        for number, item in enumerate(batch):
            try:
                patients[number] = read_patient(item)
            except PippinError as problem:
                found[number] = Prediction(None, error=problem.message)
            except (ValueError, MemoryError, RecursionError) as problem:
                found[number] = Prediction(None, error=unforeseen(item.name, problem))
        for is_whole in (True, False):
            chosen = [number for number, one in patients.items() if one.is_whole == is_whole]
            if chosen:
                answers = self.answer([patients[number] for number in chosen], asks=is_whole)
                found.update(zip(chosen, answers, strict=True))
        return [found[number] for number in range(len(batch))]

    def answer(self, patients: Sequence[Patient], *, asks: bool) -> list[InterviewPrediction]:
        """Return predictions; with `asks`, after questions that the patients answer."""
        config = self.config
        conduct = Conduct(config.noise, config.noise_seed, config.profile)
        if not asks:
            conduct = Conduct(n_questions=0)
        trace = interview(self, patients, conduct)
        return [self._prediction(trace, row, patient) for row, patient in enumerate(patients)]

    def _prediction(self, trace: Trace, row: int, patient: Patient) -> InterviewPrediction:
        names, none = load_structure().names, float(trace.none[row])
        recalled = self.memory.recall(patient)
        posteriors, none = recall(trace.posteriors[:, row], none, recalled)
        last = posteriors[-1]
        order = np.argsort(-last, kind="stable")[:MAX_RANKED]
        shares = [(names[position], float(last[position]) * (1 - none)) for position in order]
        whole = sorted([*shares, (NONE, none)], key=lambda pair: -pair[1])
        if none <= 0.5 and whole[0][0] == NONE:  # none of these is said where it is more likely than not
            whole.insert(1, whole.pop(0))
        (best, confidence), *rest = whole
        flags = [flag.text for flag in red_flags(patient, last)] if not patient.is_whole else []
        return InterviewPrediction(
            best,
            confidence=confidence,
            alternatives=tuple(rest),
            evidence=(*flags, *describe_answer(trace, row, patient, names[int(order[0])])),
            ranked_after={
                after: tuple(names[position] for position in np.argsort(-posteriors[after], kind="stable")[:MAX_RANKED])
                for after in (0, *SCORED_AFTER)
                if after < len(posteriors)
            },
            first=float(last.max()),
            none=none,
        )

    def update(self, items: Sequence[Correction]) -> None:
        """Remember what these patients have; a later correction of the same patient replaces an earlier one."""
        for item in items:
            self.memory.add(read_patient(item.input), str(item.answer))


def recall(posteriors: Array, none: float, recalled: tuple[str, float] | None) -> tuple[Array, float]:
    """Return posteriors [T, C] and the probability of none with a remembered correction taken into account."""
    if recalled is None:
        return posteriors, none
    answer, share = recalled
    if answer == NONE:
        return posteriors, none * (1 - share) + share
    target = np.zeros(posteriors.shape[1])
    target[load_structure().condition_index[answer]] = 1
    return (1 - share) * posteriors + share * target, none * (1 - share)


def learnable(examples: Iterable[Example]) -> list[Patient]:
    """Return the whole patients of examples whose condition is one of those known."""
    found = []
    for example in examples:
        patient = read_patient(example.input)
        if patient.is_whole and example.answer != NONE:
            found.append(replace(patient, condition=example.answer))
    return found


def _batches(inputs: Iterable[Input]) -> Iterator[tuple[Input, ...]]:
    remaining = iter(inputs)
    while batch := tuple(itertools.islice(remaining, BATCH)):
        yield batch
