"""The network: frames seen with their neighbours, a bidirectional memory over time, letters and words at each frame.

LipNet's idea (Assael et al. 2016), sized for a processor: a spatio-temporal convolution, then convolutions frame by
frame, two bidirectional GRUs, and Graves' CTC (2006) over characters. A second head names the word that each frame
belongs to, where it is known: it teaches the lower layers when a word begins and ends.
"""

from __future__ import annotations

import numpy as np

from pippin.apps.lipread.decoding.alphabet import CHARACTERS
from pippin.apps.lipread.decoding.decoder import Head
from pippin.apps.lipread.presets import Size
from pippin.apps.lipread.video.mouth_crop import HEIGHT, WIDTH
from pippin.core.errors import missing_extra

try:
    import torch
except ImportError as problem:
    raise missing_extra("torch", "train", "Training") from problem
from torch import Tensor, nn
from torch.nn import functional as F

NEIGHBOURS = 2  # frames seen with each, before and after


class LipreadNetwork(nn.Module):
    """Mouths [N,T,40,64] as `decoder.normalised` gives them -> logits of characters [N,T,29] and words [N,T,words]."""

    def __init__(self, size: Size, dropout: float = 0.3) -> None:
        super().__init__()
        self.size = size
        inputs, side = 2 * NEIGHBOURS + 1, (HEIGHT // size.coarse, WIDTH // size.coarse)
        layers: list[nn.Module] = [nn.AvgPool2d(size.coarse)] if size.coarse > 1 else []
        for number, outputs in enumerate(size.channels):
            wide = 5 if number == 0 else 3
            convolution = nn.Conv2d(inputs, outputs, wide, 2, wide // 2, bias=False)
            layers += [convolution, nn.BatchNorm2d(outputs), nn.ReLU()]
            inputs, side = outputs, (-(-side[0] // 2), -(-side[1] // 2))
        layers += [
            nn.Dropout2d(dropout / 2),
            nn.Flatten(),
            nn.Linear(inputs * side[0] * side[1], size.frame, bias=False),
        ]
        self.seen = nn.Sequential(*layers, nn.BatchNorm1d(size.frame), nn.ReLU())
        inner = dropout if size.layers > 1 else 0.0
        self.memory = nn.GRU(size.frame, size.memory, size.layers, batch_first=True, bidirectional=True, dropout=inner)
        self.characters = nn.Linear(2 * size.memory, len(CHARACTERS) + 1)
        self.words = nn.Linear(2 * size.memory, size.words) if size.words else None
        self.dropout = dropout

    def frames(self, mouths: Tensor) -> Tensor:
        """Return the encoding of each frame: [N,T,frame]."""
        padded = F.pad(mouths, (0, 0, 0, 0, NEIGHBOURS, NEIGHBOURS), mode="replicate")
        stacked = padded.unfold(1, 2 * NEIGHBOURS + 1, 1).permute(0, 1, 4, 2, 3).flatten(0, 1)
        seen: Tensor = self.seen(stacked.contiguous(memory_format=torch.channels_last))
        return seen.view(*mouths.shape[:2], -1)

    def features(self, mouths: Tensor) -> Tensor:
        """Return the features of each frame in its context: [N,T,2*memory]."""
        seen = F.dropout(self.frames(mouths), self.dropout, self.training)
        return F.dropout(self.memory(seen)[0], self.dropout, self.training)

    def forward(self, mouths: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return logits."""
        known = self.features(mouths)
        return self.characters(known), self.words(known) if self.words else None

    def heads(self) -> dict[str, Head]:
        """Return both heads by name; that of words only where words are known."""
        layers = {"characters": self.characters, **({"words": self.words} if self.words else {})}
        return {
            name: Head(layer.weight.detach().numpy().copy(), layer.bias.detach().numpy().copy())
            for name, layer in layers.items()
        }

    def filters(self) -> np.ndarray:
        """Return filters of the first convolution, over the frames it sees together: [N,5,k,k]."""
        first = next(layer for layer in self.seen if isinstance(layer, nn.Conv2d))
        return first.weight.detach().numpy().copy()
