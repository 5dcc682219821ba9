"""The tuned last blocks in use: from the maps below them to probabilities, by ONNX Runtime."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pippin.learn.nn.onnx_session import session

Array = NDArray[np.float32]

AT_ONCE = 64


class LastBlocks:
    """An ONNX model from `late` [N,192,7,7] to `logits` [N,U] of `labels`, which are multiplied by `sharpness`."""

    def __init__(self, onnx: bytes, labels: Sequence[str], sharpness: float) -> None:
        self.onnx, self.labels, self.sharpness = onnx, tuple(labels), sharpness
        self._opened: Any = None

    def logits(self, maps: NDArray[Any]) -> Array:
        """Return logits [N,U], not yet sharpened."""
        if self._opened is None:
            self._opened = session(self.onnx)
        parts = (np.asarray(maps[start : start + AT_ONCE], np.float32) for start in range(0, len(maps), AT_ONCE))
        return np.concatenate([self._opened.run(["logits"], {"late": part})[0] for part in parts])

    def joined(self, shares_NL: Array, labels: Sequence[str], taught: Collection[str], maps: NDArray[Any]) -> Array:
        """Return probabilities [N,L] of `labels`: the tuned blocks tell theirs apart, `shares_NL` has the rest.

        The rest are labels not tuned to, and those `taught` since, of which the blocks know nothing new.
        """
        widen_UL, beyond_L, absent_U = self.places(labels, taught)
        scaled = self.sharpness * self.logits(maps) + absent_U
        own_NU = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        own_NU /= own_NU.sum(axis=1, keepdims=True)
        rest_NL = shares_NL * beyond_L
        return np.asarray(rest_NL + (1 - rest_NL.sum(axis=1, keepdims=True)) * (own_NU @ widen_UL))

    def places(self, labels: Sequence[str], taught: Collection[str]) -> tuple[Array, Array, Array]:
        """Return which tuned label is which of `labels` [U,L], and which of them others tell [L], both as 1 and 0.

        And what is added to the scores [U], so that tuned labels that are gone or were `taught` get no share.
        """
        still = np.array([label if label not in taught else None for label in self.labels], object)
        widen = (still[:, None] == np.array(labels, object)).astype(np.float32)
        return widen, 1 - widen.sum(axis=0), (widen.sum(axis=1) - 1) * np.float32(1e9)
