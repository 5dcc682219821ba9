"""Which labels look alike to the network, as a tree: the two most alike are joined first, then what they are like."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def kinship(points_ND: Floats, labels: Sequence[str]) -> dict[str, Any]:
    """Return a tree of {"label"} and {"labels", "likeness", "parts"}, by average linkage (Sokal and Michener 1958).

    Likeness is the cosine of two labels' mean directions, less what all labels share; of groups the mean over pairs.
    """
    names = sorted(set(labels))
    owners = np.array([names.index(label) for label in labels])
    means = np.stack([points_ND[owners == label].mean(axis=0) for label in range(len(names))])
    means -= means.mean(axis=0)
    means /= np.linalg.norm(means, axis=1, keepdims=True) + 1e-9
    alike = means @ means.T
    groups: list[tuple[list[int], dict[str, Any]]] = [([at], {"label": name}) for at, name in enumerate(names)]
    while len(groups) > 1:
        pairs = [(one, other) for other in range(len(groups)) for one in range(other)]
        likeness = [float(alike[np.ix_(groups[one][0], groups[other][0])].mean()) for one, other in pairs]
        best = int(np.argmax(likeness))
        one, other = pairs[best]
        members, parts = groups[one][0] + groups[other][0], [groups[one][1], groups[other][1]]
        joined = {"labels": [names[at] for at in members], "likeness": likeness[best], "parts": parts}
        groups = [group for at, group in enumerate(groups) if at not in (one, other)] + [(members, joined)]
    return groups[0][1]


def lines(tree: Mapping[str, Any], lead: str = "", below: str = "") -> Iterator[tuple[str, float | None]]:
    """Yield the tree as lines of text, and what is joined at each."""
    yield lead + tree.get("label", "┐"), tree.get("likeness")
    parts = tree.get("parts", ())
    for at, part in enumerate(parts):
        last = at == len(parts) - 1
        yield from lines(part, below + ("└─" if last else "├─"), below + ("  " if last else "│ "))
