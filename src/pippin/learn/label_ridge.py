"""Ridge regression from points to labels, kept so that one example more or less costs no refit.

Every label weighs the same however often it was shown: with S the scatter of examples within their labels (all of
them pooled), m_l the labels' means, m the mean of these, N examples and L labels,
    coefficients = (S / N + sum_l (m_l - m)(m_l - m)' / L + penalty / N)^-1 (m_l - m) / L,
which is ridge regression to indicators of the labels where all were shown equally often. One example changes S by
an outer product, so the inverse changes by one (Sherman & Morrison 1950), and the means lie apart in an L x L system:
what is added, removed or left out is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Owners = NDArray[np.int32]

RIDGE = 1.0  # of the points' variance (flat from 0.5 to 2 on CIFAR-10's training part and half of the photographs)
STEPS = 2.0  # to a doubling: the variance is rounded to such steps, so that one example hardly ever changes it
MAX_UPDATES = 256  # before everything is recomputed, so that rounding errors do not add up
MAX_INVERTED = 128  # rows of a matrix inverted in one piece


class Ridge:
    """The solution for N points of L labels. Who holds it keeps the points, and gives them with every change."""

    def __init__(self, points_ND: Floats, labels: Sequence[str], strength: float = RIDGE) -> None:
        self.strength = strength  # the penalty, of the points' variance
        self.labels = tuple(sorted(set(labels)))
        index = {name: position for position, name in enumerate(self.labels)}
        self.owners_N: Owners = np.array([index[label] for label in labels], np.int32)
        self.updates = 0
        means = [points_ND[self.owners_N == index].mean(axis=0) for index in range(len(self.labels))]
        self.means_LD: Floats = np.stack(means)
        self.squares = float(np.einsum("nd,nd->", points_ND, points_ND))
        self.penalty = self._penalty()
        self._inverse: Floats | None = None  # of S + penalty [D,D]; made when it is first needed
        # Products of each point with itself, and of each with each label's mean, the inverse between them.
        self.own_N, self.solved_LD = self._products(points_ND)
        self.cross_NL: Floats = points_ND @ self.solved_LD.T

    @property
    def counts_L(self) -> NDArray[np.intp]:
        """How many examples of each label there are."""
        return np.bincount(self.owners_N, minlength=len(self.labels))

    @property
    def stale(self) -> bool:
        """Whether it should be made afresh: the penalty is another by now, or rounding errors may have added up."""
        return self.updates > MAX_UPDATES or self._penalty() != self.penalty

    def add(self, points_ND: Floats, point_D: Floats, label: str) -> None:
        """Append one more example; `points_ND` are those before it."""
        inverse = self._made_inverse(points_ND)
        if label not in self.labels:
            self._insert(label)
        position = self.labels.index(label)
        count = int(self.counts_L[position])
        self._change(points_ND, point_D - self.means_LD[position], position, count / (count + 1), 1 / (count + 1))
        self.squares += float(point_D @ point_D)
        self.owners_N = np.append(self.owners_N, np.int32(position))
        self.own_N = np.append(self.own_N, inverse @ point_D @ point_D)
        self.cross_NL = np.concatenate([self.cross_NL, (self.solved_LD @ point_D)[None]])

    def remove(self, points_ND: Floats, row: int) -> None:
        """Forget one of two or more examples; `points_ND` still has it."""
        self._made_inverse(points_ND)
        position, point = int(self.owners_N[row]), points_ND[row]
        count = int(self.counts_L[position])
        if count > 1:
            self._change(points_ND, point - self.means_LD[position], position, -count / (count - 1), -1 / (count - 1))
        self.squares -= float(point @ point)
        self.owners_N, self.own_N = np.delete(self.owners_N, row), np.delete(self.own_N, row)
        self.cross_NL = np.delete(self.cross_NL, row, axis=0)
        if count == 1:
            self._drop(position)

    def solution(self) -> tuple[Floats, Floats, Floats]:
        """Return coefficients [D,L], intercepts [L], and the scores [N,L] each example gets when it is left out.

        A label's only example scores as it would with it; no learner can name it without.
        """
        labels = len(self.labels)
        if labels == 1:  # nothing to tell apart
            width = self.means_LD.shape[1]
            return (
                np.zeros((width, 1), np.float32),
                np.ones(1, np.float32),
                np.ones((len(self.owners_N), 1), np.float32),
            )
        middle = self.means_LD.mean(axis=0)
        between = self._between()
        system = between + np.eye(labels, dtype=np.float32) * np.float32(labels / len(self.owners_N))
        centred = self.solved_LD - self.solved_LD.mean(axis=0)
        coefficients = np.linalg.solve(system, centred).T
        intercepts = np.float32(1 / labels) - middle @ coefficients
        return coefficients, intercepts, self._left_out(between)

    def _left_out(self, between_LL: Floats) -> Floats:
        """Return scores [N,L] of each example by the solution without it: two outer products change, and each system.

        For a point d from the mean of its n: the inverse changes along its product with d, the label's mean by
        d / (n - 1), the middle by an L-th of that. Products with the centred means, `r`, and with itself, `q`, are all
        it takes.
        """
        size, labels, own = len(self.owners_N), len(self.labels), self.owners_N
        every = np.arange(size)
        fewer = np.maximum(self.counts_L[own] - 1, 1).astype(np.float32)
        raw = self.means_LD @ self.solved_LD.T
        q = self.own_N - 2 * self.cross_NL[every, own] + raw[own, own]
        r = self.cross_NL - raw[own]
        r -= r.mean(axis=1, keepdims=True)
        gamma = (fewer + 1) / fewer
        beta = gamma / np.maximum(1 - gamma * q, np.float32(1e-6))
        shift = np.full((size, labels), -1 / labels, np.float32)  # how the centred means move
        shift[every, own] += 1
        r_own = r[every, own]
        r_new = np.asarray(r - shift * (q / fewer)[:, None], np.float32)
        nearer = 1 + 1 / (labels * fewer)
        along = (nearer + beta * (nearer * q + r_own))[:, None] * r_new
        along += between_LL[own] - shift * (r_own / fewer)[:, None]
        inverse = np.linalg.inv(between_LL + np.eye(labels, dtype=np.float32) * np.float32(labels / (size - 1)))
        by_shift, by_r = (inverse - inverse.mean(axis=0))[own], r_new @ inverse
        # The system's change is [shift, r_new] change [shift, r_new]', where change is [[-q / fewer^2, -1 / fewer],
        # [-1 / fewer, beta]]; Woodbury turns it into a 2 x 2 system for each example.
        first, mixed = -q / fewer**2, -1 / fewer
        ss, sr, rr = _dots(shift, by_shift), _dots(shift, by_r), _dots(r_new, by_r)
        right_s, right_r = _dots(by_shift, along), _dots(by_r, along)
        a, b = 1 + ss * first + sr * mixed, ss * mixed + sr * beta
        c, d = sr * first + rr * mixed, 1 + sr * mixed + rr * beta
        found_s, found_r = (d * right_s - b * right_r) / (a * d - b * c), (a * right_r - c * right_s) / (a * d - b * c)
        scores = along @ inverse + np.float32(1 / labels)
        scores -= by_shift * (first * found_s + mixed * found_r)[:, None]
        scores -= by_r * (mixed * found_s + beta * found_r)[:, None]
        single = self.counts_L[own] == 1
        scores[single] = shift[single] + np.float32(1 / labels)
        return np.asarray(scores, np.float32)

    def _between(self) -> Floats:
        """Return products [L,L] of the centred means, the inverse between them."""
        raw = self.means_LD @ self.solved_LD.T
        raw -= raw.mean(axis=0)
        return np.asarray(raw - raw.mean(axis=1, keepdims=True), np.float32)

    def _penalty(self) -> float:
        """Return the ridge for the examples' variance, every label weighing the same."""
        counts = self.counts_L
        within = max(0.0, self.squares - float(counts @ np.einsum("ld,ld->l", self.means_LD, self.means_LD)))
        centred = self.means_LD - self.means_LD.mean(axis=0)
        variance = within / max(1, len(self.owners_N)) + float(np.einsum("ld,ld->", centred, centred)) / len(counts)
        return float(self.strength * 2 ** (np.round(STEPS * np.log2(max(variance, 1e-6))) / STEPS))

    def _products(self, points_ND: Floats) -> tuple[Floats, Floats]:
        """Return each point's product with itself [N], and the means times the inverse [L,D].

        By features, or by examples where they are fewer: then the inverse is never made.
        """
        size, width = points_ND.shape
        if size > width // 2:
            inverse = self._made_inverse(points_ND)
            return np.einsum("nd,nd->n", points_ND, points_ND @ inverse), self.means_LD @ inverse
        within = points_ND - self.means_LD[self.owners_N]
        gram = within @ within.T
        of_means = self.means_LD @ within.T
        across = gram + of_means[self.owners_N]
        inverse = inverted(self._with_penalty(gram))
        squares = np.einsum("nd,nd->n", points_ND, points_ND) - np.einsum("nm,nm->n", across @ inverse, across)
        solved = self.means_LD - (of_means @ inverse) @ within
        return squares / np.float32(self.penalty), solved / np.float32(self.penalty)

    def _made_inverse(self, points_ND: Floats) -> Floats:
        if self._inverse is not None:
            return self._inverse
        size, width = points_ND.shape
        within = points_ND - self.means_LD[self.owners_N]
        if size > width // 2:
            made = inverted(self._with_penalty(within.T @ within))
        else:
            made = -within.T @ inverted(self._with_penalty(within @ within.T)) @ within
            made[np.diag_indices_from(made)] += 1
            made /= self.penalty
        self._inverse = inverse = np.asarray(made, np.float32)
        return inverse

    def _with_penalty(self, gram: Floats) -> Floats:
        gram[np.diag_indices_from(gram)] += np.float32(self.penalty)
        return gram

    def _change(self, points_ND: Floats, apart_D: Floats, position: int, gamma: float, step: float) -> None:
        """Add `gamma` times the outer product of `apart_D` to S, and `step` times it to the mean at index `place`."""
        inverse = self._made_inverse(points_ND)
        moved = inverse @ apart_D
        weight = np.float32(gamma / (1 + gamma * float(apart_D @ moved)))
        self.means_LD[position] += np.float32(step) * apart_D
        self.solved_LD[position] += np.float32(step) * moved
        products, along = points_ND @ moved, self.means_LD @ moved
        self.own_N -= weight * products**2
        self.cross_NL[:, position] += np.float32(step) * products
        self.cross_NL -= np.outer(weight * products, along)
        self.solved_LD -= np.outer(weight * along, moved)
        inverse -= np.outer(weight * moved, moved)
        self.updates += 1

    def _insert(self, label: str) -> None:
        """Insert a label without examples."""
        names = tuple(sorted([*self.labels, label]))
        position = names.index(label)
        self.owners_N = np.where(self.owners_N >= position, self.owners_N + 1, self.owners_N).astype(np.int32)
        self.means_LD, self.solved_LD = (
            np.insert(rows, position, 0, axis=0) for rows in (self.means_LD, self.solved_LD)
        )
        self.cross_NL, self.labels = np.insert(self.cross_NL, position, 0, axis=1), names

    def _drop(self, position: int) -> None:
        """Forget a label that has no examples left."""
        self.labels = tuple(name for number, name in enumerate(self.labels) if number != position)
        self.owners_N = np.where(self.owners_N > position, self.owners_N - 1, self.owners_N).astype(np.int32)
        self.means_LD, self.solved_LD = (np.delete(rows, position, axis=0) for rows in (self.means_LD, self.solved_LD))
        self.cross_NL = np.delete(self.cross_NL, position, axis=1)


def _dots(one_NL: NDArray[Any], other_NL: NDArray[Any]) -> NDArray[Any]:
    """Return the product [N] of each row with the other's."""
    return np.einsum("nl,nl->n", one_NL, other_NL)


def inverted(matrix_NN: Floats) -> Floats:
    """Return the inverse of a symmetric positive definite matrix, by halves: several times as fast as `inv`."""
    size = len(matrix_NN)
    if size <= MAX_INVERTED:
        return np.asarray(np.linalg.inv(matrix_NN), np.float32)
    half = size // 2
    first, beside, last = inverted(matrix_NN[:half, :half]), matrix_NN[:half, half:], matrix_NN[half:, half:]
    across = first @ beside
    made = np.empty_like(matrix_NN)
    made[half:, half:] = rest = inverted(last - beside.T @ across)  # of the Schur complement
    made[:half, half:] = corner = -across @ rest
    made[half:, :half] = corner.T
    made[:half, :half] = first - corner @ across.T
    return made
