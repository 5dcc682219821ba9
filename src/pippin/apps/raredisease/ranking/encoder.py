"""Set encoder over the ontology, in numpy: a patient's findings and a disease's become vectors whose dot is a score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pippin.apps.raredisease.ontology.knowledge import Knowledge
from pippin.apps.raredisease.ontology.profiles import Profiles

Array = np.ndarray
CHUNK = 1000  # diseases encoded at once
NAMES = ("terms", "hidden", "hidden_bias", "output", "output_bias")


@dataclass(frozen=True)
class SetEncoder:
    """Weights: `terms` [T, W], one vector for each finding; two layers on the weighted mean of a set's vectors.

    `ids` are the findings in the order of `terms`, so that it also reads a newer ontology.
    """

    ids: list[str]
    terms: Array
    hidden: Array
    hidden_bias: Array
    output: Array
    output_bias: Array

    @classmethod
    def load(cls, ids: list[str], tensors: Mapping[str, Array]) -> SetEncoder:
        """Return the encoder of stored arrays."""
        return cls(ids, *(np.asarray(tensors[f"encoder.{name}"], np.float32) for name in NAMES))

    def save(self) -> dict[str, Array]:
        """Return the arrays to store, the large one in half precision."""
        arrays = {f"encoder.{name}": np.asarray(getattr(self, name), np.float32) for name in NAMES}
        return {**arrays, "encoder.terms": arrays["encoder.terms"].astype(np.float16)}

    def align(self, knowledge: Knowledge) -> SetEncoder:
        """Return the encoder with its vectors in the order of another ontology's findings; new ones have none."""
        if self.ids == knowledge.ontology.ids:
            return self
        position = {id: number for number, id in enumerate(self.ids)}
        terms = np.zeros((len(knowledge.ontology.ids), self.terms.shape[1]), np.float32)
        for number, id in enumerate(knowledge.ontology.ids):
            if id in position:
                terms[number] = self.terms[position[id]]
        return SetEncoder(knowledge.ontology.ids, terms, self.hidden, self.hidden_bias, self.output, self.output_bias)

    def project(self, means: Array) -> Array:
        """Return vectors of length 1 [N, W] for weighted means [N, W] of sets."""
        inner = np.maximum(means @ self.hidden.T + self.hidden_bias, 0)
        outer = means + inner @ self.output.T + self.output_bias
        return outer / np.maximum(np.linalg.norm(outer, axis=1, keepdims=True), 1e-6)

    def encode_set(self, closure: Array, information: Array) -> Array:
        """Return the vector [W] of a set of findings given with all more general ones."""
        weights = information[closure]
        mean = weights @ self.terms[closure] / max(float(np.linalg.norm(weights)), 1e-6)
        return self.project(mean[None])[0]

    def encode_profiles(self, profiles: Profiles, information: Array) -> Array:
        """Return vectors [D, W] of diseases."""
        means = np.zeros((profiles.count, self.terms.shape[1]), np.float32)
        starts, terms, weights = closure_rows(profiles, information)
        for first in range(0, profiles.count, CHUNK):
            last = min(first + CHUNK, profiles.count)
            part = slice(starts[first], starts[last])
            means[first:last] = _sums(starts[first : last + 1], self.terms[terms[part]] * weights[part, None])
        return self.project(means)


def closure_rows(profiles: Profiles, information: Array) -> tuple[Array, Array, Array]:
    """Return (starts, terms, weights): each disease's findings, more general ones included.

    Weights are information times frequency, and of length 1 for each disease.
    """
    owner = np.repeat(np.arange(len(information), dtype=np.int32), np.diff(profiles.columns))
    order = np.argsort(profiles.diseases, kind="stable")
    diseases, terms = profiles.diseases[order], owner[order]
    weights = information[terms] * profiles.shares[order]
    lengths = np.sqrt(np.bincount(diseases, weights**2, profiles.count))
    starts = np.searchsorted(diseases, np.arange(profiles.count + 1))
    return starts, terms, (weights / np.maximum(lengths, 1e-6)[diseases]).astype(np.float32)


def _sums(starts: Array, values: Array) -> Array:
    """Return sums [D, W] of consecutive rows; `starts` may leave a disease without any."""
    total = np.zeros((len(starts) - 1, values.shape[1]), np.float32)
    filled = np.flatnonzero(np.diff(starts))
    if len(filled):
        total[filled] = np.add.reduceat(values, starts[filled] - starts[0], axis=0)
    return total
