"""Classical scores of diseases for a patient's findings: likelihood ratio, cosine by information, Resnik best match."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pippin.apps.raredisease.ontology.knowledge import Knowledge
from pippin.apps.raredisease.ontology.profiles import Profiles

Array = np.ndarray
NOISE = 0.05  # share of findings a patient shows for other reasons than the disease
MAX_RATIO = 0.97  # highest frequency that is believed, so that a missing finding never rules a disease out


@dataclass(frozen=True)
class Setting:
    """What scores are computed from: all that is known, and the profiles of the diseases to score."""

    knowledge: Knowledge
    profiles: Profiles


def term_scores(setting: Setting, term: int) -> tuple[Array, Array]:
    """Return (log likelihood ratios, information shared) [D] of one finding being present.

    Ratios after LIRICAL (Robinson et al. 2020): a disease annotated with a more general finding counts as if that had
    been observed; one that shows nothing of the kind explains the finding as noise alone. Information is that of the
    most specific thing a disease shares with the finding (Resnik 1995).
    """
    rates, information, profiles = setting.knowledge.rates, setting.knowledge.information, setting.profiles
    ratio, best = np.zeros(profiles.count, np.float32), np.zeros(profiles.count, np.float32)
    for above in setting.knowledge.ontology.lineage(term)[1:]:
        diseases, shares = profiles.column(above)
        ratio[diseases] = np.maximum(ratio[diseases], shares / rates[above])
        best[diseases] = np.maximum(best[diseases], information[above])
    return np.log(NOISE + (1 - NOISE) * ratio), best


def excluded_ratios(setting: Setting, term: int) -> Array:
    """Return log likelihood ratios [D] of one finding being absent."""
    diseases, shares = setting.profiles.column(term)
    found = np.zeros(setting.profiles.count, np.float32)
    found[diseases] = np.log1p(-MAX_RATIO * shares)
    return found - np.float32(np.log1p(-MAX_RATIO * setting.knowledge.rates[term]))


def disease_matches(setting: Setting, closure: Array, power: int = 1) -> tuple[Array, Array]:
    """Return (Resnik, share) [D]: how well the findings of diseases are matched by a patient's, by their frequency.

    Share is the information that is matched, divided by all information. A higher `power` of frequencies lets what most
    patients have count more.
    """
    knowledge, profiles = setting.knowledge, setting.profiles
    shown = np.zeros(len(knowledge.ontology.ids), np.float32)
    shown[closure] = knowledge.information[closure]
    ontology = knowledge.ontology
    best = np.maximum.reduceat(shown[ontology.ancestors], ontology.starts[:-1])
    if power not in profiles.sums:  # for all patients alike
        weights = profiles.frequencies**power
        whole = sum_by_disease(profiles, weights * knowledge.information[profiles.terms])
        profiles.sums[power] = weights, sum_by_disease(profiles, weights), whole
    weights, mass, whole = profiles.sums[power]
    matched = sum_by_disease(profiles, weights * best[profiles.terms])
    return matched / np.maximum(mass, 1e-6), matched / np.maximum(whole, 1e-6)


def sum_by_disease(profiles: Profiles, values: Array) -> Array:
    """Return sums [D] of values given for each annotated finding."""
    total = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    return (total[profiles.starts[1:]] - total[profiles.starts[:-1]]).astype(np.float32)


def cosines(setting: Setting, closure: Array, *, weighted: bool = True, lengths: Array | None = None) -> Array:
    """Return cosines [D] of the findings and all more general ones, weighted by information (and frequency).

    `lengths` are those of the diseases' vectors, where they are known.
    """
    information, profiles = setting.knowledge.information, setting.profiles
    dots = np.zeros(profiles.count, np.float32)
    for term in closure:
        diseases, shares = profiles.column(term)
        dots[diseases] += information[term] ** 2 * (shares if weighted else 1.0)
    own = float(np.sqrt((information[closure] ** 2).sum()))
    if lengths is None:
        lengths = norms(setting, weighted=weighted)
    return dots / np.maximum(lengths * own, 1e-6)


def norms(setting: Setting, *, weighted: bool) -> Array:
    """Return the lengths [D] of the diseases' vectors for `cosines`."""
    profiles = setting.profiles
    owner = np.repeat(setting.knowledge.information, np.diff(profiles.columns))
    values = (owner * (profiles.shares if weighted else 1.0)) ** 2
    return np.sqrt(np.bincount(profiles.diseases, values, profiles.count)).astype(np.float32)


def likelihood(setting: Setting, present: Sequence[int], excluded: Sequence[int]) -> Array:
    """Return summed log likelihood ratios [D] of findings present and excluded."""
    total = np.zeros(setting.profiles.count, np.float32)
    for term in present:
        total += term_scores(setting, term)[0]
    for term in excluded:
        total += excluded_ratios(setting, term)
    return total
