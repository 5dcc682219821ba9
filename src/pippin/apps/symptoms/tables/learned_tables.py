"""The learned tables: shares of answers, ages and sexes by condition, smoothed, and how to draw others as likely."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pippin.apps.symptoms.knowledge.structure import SCALE, SEVERAL, YES_NO, Structure, load_structure
from pippin.apps.symptoms.patients.patient import Patient

Array = np.ndarray
AGE_EDGES = np.array([1, 5, 15, 30, 45, 60, 75])
SEXES = ("F", "M")
SMOOTHING = 2.0  # patients that the mean over conditions counts for
AGE_SMOOTHING, SEX_SMOOTHING, PRIOR_SMOOTHING = 3.0, 1.0, 0.5
MIN_SHARE, MAX_SHARE = 1e-4, 0.999  # of a yes
MIN_SEVERAL, MAX_SEVERAL = 2e-3, 0.995  # of one option among several


@dataclass(frozen=True, eq=False)
class Tables:
    """Shares by condition: `options` [O, C] of answers (of children: where their parent is answered with yes).

    `ages` [A, C], `sexes` [2, C] and `prior` [C] are shares too; `counts` [Q, C] is how many patients an answer's
    share rests on.
    """

    options: Array
    counts: Array
    ages: Array
    sexes: Array
    prior: Array

    def save(self) -> dict[str, Array]:
        """Return arrays to store."""
        return {f"tables.{name}": np.asarray(getattr(self, name), np.float32) for name in FIELDS}

    @classmethod
    def load(cls, arrays: Mapping[str, Array]) -> Tables:
        """Return the tables of stored arrays."""
        return cls(*(np.asarray(arrays[f"tables.{name}"], np.float32) for name in FIELDS))


FIELDS = ("options", "counts", "ages", "sexes", "prior")


def fit_tables(patients: Sequence[Patient]) -> Tables:
    """Count answers of whole patients, smoothed towards the mean of the conditions that may show them."""
    structure = load_structure()
    owner = np.array([structure.condition_index[one.condition] for one in patients], int)
    bits = np.stack([one.bits(structure) for one in patients]) if patients else np.zeros((0, structure.n_options))
    n_conditions = len(structure.conditions)
    options = np.zeros((structure.n_options, n_conditions), np.float32)
    counts = np.zeros((len(structure.questions), n_conditions), np.float32)
    for position, question in enumerate(structure.questions):
        asked = np.ones(len(patients), bool)
        if question.parent >= 0:
            asked = bits[:, structure.questions[question.parent].start + 1] > 0
        number = np.bincount(owner[asked], minlength=n_conditions).astype(float)
        sums = np.stack([np.bincount(owner[asked], row, n_conditions) for row in bits[asked, question.span].T])
        options[question.span] = smooth(sums, number, structure, position)
        counts[position] = number
    return Tables(options, counts, *_profiles(patients, owner, n_conditions))


def smooth(sums: Array, number: Array, structure: Structure, position: int) -> Array:
    """Return shares [K, C] of the options of a question, from their sums [K, C] over `number` [C] patients."""
    kind, listed = structure.questions[position].kind, structure.listed[:, position]
    if kind == YES_NO:
        mean = (sums[1, listed].sum() + 0.5) / (number[listed].sum() + 1)
        yes = np.where(listed, (sums[1] + SMOOTHING * mean) / (number + SMOOTHING), MIN_SHARE)
        yes = np.clip(yes, MIN_SHARE, MAX_SHARE)
        return np.stack([1 - yes, yes])
    if kind == SEVERAL:
        mean = (sums.sum(1) + 0.05) / (number.sum() + 1)
        shares = (sums + SMOOTHING * mean[:, None]) / (number + SMOOTHING)
        return np.clip(shares, MIN_SEVERAL, MAX_SEVERAL)
    if kind == SCALE:  # neighbours on a scale count for a quarter
        inner = np.pad(sums, ((1, 1), (0, 0)), mode="edge")
        sums = 0.5 * sums + 0.25 * (inner[:-2] + inner[2:])
    mean = (sums.sum(1) + 0.5) / (sums.sum() + 0.5 * len(sums))
    return (sums + SMOOTHING * mean[:, None]) / (sums.sum(0) + SMOOTHING)


def _profiles(patients: Sequence[Patient], owner: Array, n_conditions: int) -> tuple[Array, Array, Array]:
    """Return shares of ages and sexes by condition, and of conditions."""
    ages = np.zeros((len(AGE_EDGES) + 1, n_conditions))
    sexes = np.zeros((len(SEXES), n_conditions))
    for one, condition in zip(patients, owner, strict=True):
        if one.age is not None:
            ages[np.digitize(one.age, AGE_EDGES), condition] += 1
        if one.sex in SEXES:
            sexes[SEXES.index(one.sex), condition] += 1
    mean = (ages.sum(1) + 0.5) / (ages.sum() + 0.5 * len(ages))
    ages = (ages + AGE_SMOOTHING * mean[:, None]) / (ages.sum(0) + AGE_SMOOTHING)
    sexes = (sexes + SEX_SMOOTHING) / (sexes.sum(0) + 2 * SEX_SMOOTHING)
    prior = np.bincount(owner, minlength=n_conditions) + PRIOR_SMOOTHING
    return ages.astype(np.float32), sexes.astype(np.float32), (prior / prior.sum()).astype(np.float32)


def draw_tables(tables: Tables, rng: np.random.Generator) -> Tables:
    """Return other tables that are as likely, given how few patients each share rests on (Beta and Gamma draws)."""
    structure = load_structure()
    drawn = tables.options.copy()
    yes = structure.yes_options
    shares, strength = tables.options[yes], tables.counts[structure.yes_no] + SMOOTHING
    found = np.where(
        structure.listed[:, structure.yes_no].T, rng.beta(shares * strength, (1 - shares) * strength), shares
    )
    drawn[yes], drawn[yes - 1] = found, 1 - found
    for question in structure.with_options:
        shares = np.clip(tables.options[question.span], 1e-6, 1 - 1e-6)
        strength = tables.counts[structure.index[question.code]] + SMOOTHING
        if question.kind == SEVERAL:
            drawn[question.span] = rng.beta(shares * strength, (1 - shares) * strength)
        else:
            sizes = rng.gamma(np.maximum(shares * strength, 1e-3)) + 1e-9
            drawn[question.span] = sizes / sizes.sum(0)
    return replace(tables, options=drawn)
