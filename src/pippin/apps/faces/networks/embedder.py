"""128 numbers for a face: SFace (Zhong et al. 2021, "SFace: Sigmoid-Constrained Hypersphere Loss")."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pippin.apps.faces.networks.weights import EMBEDDER, find_network
from pippin.learn.nn.onnx_session import session

Array = np.ndarray
BATCH = 8
THRESHOLD = 0.363
"""Cosine from which SFace's authors take two faces for one person's."""


class Embedder:
    """Turns aligned faces [N,112,112,3] of 8-bit levels, RGB, into unit vectors [N,128]."""

    def __init__(self, threads: int = 1, file: Path | None = None) -> None:
        self._session = session(file or find_network(EMBEDDER), threads)

    def embed(self, faces: Array) -> Array:
        """Return a vector for each face, the mean of its own and its mirror image's.

        Faces of one person have a large cosine.
        """
        if not len(faces):
            return np.zeros((0, 128), np.float32)
        return np.concatenate([self._embed(faces[start : start + BATCH]) for start in range(0, len(faces), BATCH)])

    def _embed(self, faces: Array) -> Array:
        values = faces.astype(np.float32).transpose(0, 3, 1, 2)
        both = self._run(values) + self._run(values[..., ::-1])
        return both / np.linalg.norm(both, axis=1, keepdims=True)

    def _run(self, values: Array) -> Array:
        (vectors,) = self._session.run(None, {"data": np.ascontiguousarray(values)})
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
