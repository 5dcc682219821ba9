"""Overlap of a patient's findings with those of diseases: shared information, exact matches, contradictions."""

from __future__ import annotations

import numpy as np

from pippin.apps.raredisease.patients.patient import Patient
from pippin.apps.raredisease.ranking.scores import NOISE, Setting, disease_matches, term_scores

Array = np.ndarray
# Columns that `overlaps` returns, in this order.
OVERLAPS = ("shared", "gain", "gain_cover", "tolerant", "exact", "named", "frequency", "near", "clash", "typical")
TOLERANCE = 0.2  # NOISE of the ratio that forgives findings of other causes
NEAR = 0.7  # share of a finding's information from which a match counts as near


def overlaps(setting: Setting, patient: Patient, closure: Array, totals: tuple[Array, Array]) -> Array:
    """Return scores [D, 10] of diseases, named in OVERLAPS; `totals` are those of `information_totals`.

    shared: information of common findings by that of both together (simGIC, Pesquita et al. 2008). gain, gain_cover:
    the same with what each finding adds to more general ones, by frequency, of both and of the patient's alone.
    tolerant,
    exact: log likelihood ratios with more noise, and of the findings themselves alone. named, frequency, near: how much
    is annotated itself, how often it occurs, how much is nearly matched. clash: the highest frequency of a finding
    that is excluded. typical: how much is shown of what most patients have.
    """
    knowledge, profiles = setting.knowledge, setting.profiles
    information, gains = knowledge.information, knowledge.gains
    found = np.zeros((profiles.count, len(OVERLAPS)), np.float32)
    common, gained = np.zeros(profiles.count, np.float32), np.zeros(profiles.count, np.float32)
    for term in closure:
        diseases, shares = profiles.column(term)
        common[diseases] += information[term]
        gained[diseases] += gains[term] * shares
    own = float(gains[closure].sum())
    found[:, 0] = common / np.maximum(float(information[closure].sum()) + totals[0] - common, 1e-6)
    found[:, 1] = gained / np.maximum(own + totals[1] - gained, 1e-6)
    found[:, 2] = gained / max(own, 1e-6)
    _add_findings(found, setting, patient)
    for term in patient.excluded:
        diseases, shares = profiles.column(term)
        found[diseases, 8] = np.maximum(found[diseases, 8], shares)
    found[:, 9] = disease_matches(setting, closure, power=3)[1]
    return found


def _add_findings(found: Array, setting: Setting, patient: Patient) -> None:
    """Fill in what is summed over findings present."""
    information, rates = setting.knowledge.information, setting.knowledge.rates
    count = max(len(patient.present), 1)
    whole = max(float(information[list(patient.present)].sum()), 1e-6)
    for term in patient.present:
        ratios, best = term_scores(setting, term)
        ratio = (np.exp(ratios) - NOISE) / (1 - NOISE)
        shares = np.zeros(len(found), np.float32)
        diseases, frequencies = setting.profiles.column(term)
        shares[diseases] = frequencies
        found[:, 3] += np.log(TOLERANCE + (1 - TOLERANCE) * ratio)
        found[:, 4] += np.log(NOISE + (1 - NOISE) * shares / rates[term])
        found[:, 5] += information[term] / whole * (shares > 0)
        found[:, 6] += shares / count
        found[:, 7] += (best >= NEAR * information[term]) / count


def information_totals(setting: Setting) -> tuple[Array, Array]:
    """Return the information [D] of all findings of diseases, and what each adds to more general ones, by frequency."""
    profiles, sizes = setting.profiles, np.diff(setting.profiles.columns)
    whole = np.bincount(profiles.diseases, np.repeat(setting.knowledge.information, sizes), profiles.count)
    gains = np.repeat(setting.knowledge.gains, sizes) * profiles.shares
    return whole.astype(np.float32), np.bincount(profiles.diseases, gains, profiles.count).astype(np.float32)
