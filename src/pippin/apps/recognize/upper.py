"""The tuned last blocks in use: from the maps below them to probabilities, by ONNX Runtime."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pippin.learn.onnx_session import session

Array = NDArray[np.float32]

AT_ONCE = 64


class Upper:
    """An ONNX model from `late` [N,192,7,7] to `logits` [N,U] of `labels`, which are multiplied by `sharpness`."""

    def __init__(self, onnx: bytes, labels: Sequence[str], sharpness: float) -> None:
        self.onnx, self.labels, self.sharpness = onnx, tuple(labels), sharpness
        self._opened: Any = None

    def logits(self, maps: NDArray[Any]) -> Array:
        """Logits [N,U], not yet sharpened."""
        if self._opened is None:
            self._opened = session(self.onnx)
        parts = (np.asarray(maps[start : start + AT_ONCE], np.float32) for start in range(0, len(maps), AT_ONCE))
        return np.concatenate([self._opened.run(["logits"], {"late": part})[0] for part in parts])

    def joined(self, shares_NL: Array, labels: Sequence[str], maps: NDArray[Any]) -> Array:
        """Probabilities [N,L] of `labels`: `shares_NL` for those not tuned to, the rest as the tuned blocks have it."""
        scaled = self.sharpness * self.logits(maps)
        own_NU = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        own_NU /= own_NU.sum(axis=1, keepdims=True)
        widen_UL, beyond_L = self.places(labels)
        untuned_NL = shares_NL * beyond_L
        return np.asarray(untuned_NL + (1 - untuned_NL.sum(axis=1, keepdims=True)) * (own_NU @ widen_UL))

    def places(self, labels: Sequence[str]) -> tuple[Array, Array]:
        """Where the tuned labels stand among `labels`: a 1 for each pair [U,L], and a 1 for each not tuned to [L]."""
        widen = (np.array(self.labels)[:, None] == np.array(labels)).astype(np.float32)
        return widen, 1 - widen.sum(axis=0)
