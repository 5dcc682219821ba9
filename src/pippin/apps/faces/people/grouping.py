"""Groups of faces that are probably one person's: average linkage of cosines, without two faces of one photograph."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from pippin.apps.faces.networks.embedder import THRESHOLD

Array = np.ndarray
NONE = -1


def group_faces(
    vectors: Array,
    photographs: Sequence[Hashable],
    separations: Sequence[tuple[int, int]] = (),
    threshold: float = THRESHOLD,
) -> list[list[int]]:
    """Return groups as indices of unit vectors [N,128], the largest first; every face is in one.

    Two groups become one while the mean cosine between their faces is at least `threshold`, the most similar first in
    chains of nearest neighbours (Murtagh 1983), unless they share a photograph or hold a pair of `separations`. The
    threshold is that of the network's authors.
    """
    clusters = _Clusters(np.asarray(vectors, np.float32), photographs, separations, threshold)
    for start in range(len(vectors)):
        clusters.merge_chain(start)
    return sorted(clusters.members.values(), key=lambda group: (-len(group), group[0]))


class _Clusters:
    """Clusters by the sums of their vectors: the mean cosine between two is the product of sums over that of sizes."""

    def __init__(
        self, vectors: Array, photographs: Sequence[Hashable], separations: Sequence[tuple[int, int]], threshold: float
    ) -> None:
        self._sums, self._sizes = vectors.astype(np.float64), np.ones(len(vectors))
        self._alive = np.ones(len(vectors), bool)
        self._threshold = threshold
        self.members = {index: [index] for index in range(len(vectors))}
        self._photographs = {index: {photograph} for index, photograph in enumerate(photographs)}
        self._apart: dict[int, set[int]] = {index: set() for index in range(len(vectors))}
        for one, other in separations:
            self._apart[one].add(other)
            self._apart[other].add(one)

    def merge_chain(self, start: int) -> None:
        """Follow nearest neighbours from a cluster, merging each pair that are nearest to each other."""
        chain = [start] if self._alive[start] else []
        while chain:
            nearest = self._nearest(chain[-1], chain[-2] if len(chain) > 1 else NONE)
            if nearest == NONE:  # merging is symmetric, so that this happens at the start of a chain alone
                return
            if len(chain) > 1 and nearest == chain[-2]:
                one, other = sorted((chain.pop(), chain.pop()))
                self._merge(one, other)
                chain = chain or [one]
            else:
                chain.append(nearest)

    def _nearest(self, index: int, before: int) -> int:
        """Return the most similar cluster that may be merged, or NONE; of equals, `before`."""
        similar = self._sums @ self._sums[index] / (self._sizes * self._sizes[index])
        similar[~self._alive] = -1
        similar[index] = -1
        if before != NONE:
            similar[before] += 1e-9
        candidates = np.flatnonzero(similar >= self._threshold)
        for other in candidates[np.argsort(-similar[candidates], kind="stable")]:
            if self._may_merge(index, int(other)):
                return int(other)
        return NONE

    def _may_merge(self, one: int, other: int) -> bool:
        return self._photographs[one].isdisjoint(self._photographs[other]) and self._apart[one].isdisjoint(
            self.members[other]
        )

    def _merge(self, one: int, other: int) -> None:
        self._sums[one] += self._sums[other]
        self._sizes[one] += self._sizes[other]
        self._alive[other] = False
        self.members[one] = sorted(self.members[one] + self.members.pop(other))
        self._photographs[one] |= self._photographs.pop(other)
        self._apart[one] |= self._apart.pop(other)
