"""Training of the set encoder: a simulated patient is to lie nearer to its disease than to all others."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import embedding_bag, normalize

from pippin.apps.raredisease.ontology.knowledge import Knowledge
from pippin.apps.raredisease.ontology.profiles import build_profiles
from pippin.apps.raredisease.ranking.encoder import SetEncoder, closure_rows
from pippin.apps.raredisease.training.simulation import draw_findings, drawable, profiles_without
from pippin.learn.nn.batches import Batches
from pippin.learn.nn.training_loop import TrainingConfig, train

if TYPE_CHECKING:
    from pippin.core.run import Run

Array = np.ndarray
Bags = tuple[Tensor, Tensor, Tensor]
WIDTH = 96
BATCH = 256
SCALE = 20.0  # of cosines, as logits


class EncoderNetwork(nn.Module):
    """One vector for each finding, and a residual layer on the weighted sum of a set's vectors."""

    def __init__(self, n_terms: int, width: int = WIDTH) -> None:
        super().__init__()
        self.terms = nn.Parameter(torch.randn(n_terms, width) / width**0.5)
        self.hidden = nn.Linear(width, 2 * width)
        self.output = nn.Linear(2 * width, width)
        nn.init.zeros_(self.output.weight)

    def forward(self, bags: Bags) -> Tensor:
        """Return vectors of length 1 [N, W] for sets as (terms, offsets, weights)."""
        terms, offsets, weights = bags
        means = embedding_bag(terms, self.terms, offsets, mode="sum", per_sample_weights=weights)
        outer = means + self.output(torch.relu(self.hidden(means)))
        return normalize(outer, dim=1)


def train_encoder(
    knowledge: Knowledge, steps: int, run: Run, left_out: Collection[str] = (), seed: int = 0
) -> SetEncoder:
    """Train on simulated patients for `steps` of 256; rows that only papers `left_out` support are never read."""
    torch.manual_seed(seed)
    network = EncoderNetwork(len(knowledge.ontology.ids))
    sampler = _Sampler(knowledge, left_out)

    def loss(network: EncoderNetwork, *batch: Tensor) -> Tensor:
        terms, offsets, weights, diseases = batch
        logits = SCALE * network((terms, offsets, weights)) @ network(sampler.everything).T
        return nn.functional.cross_entropy(logits, diseases)

    batches = Batches(BATCH, lambda positions, generator: sampler.draw(generator))
    train(network, loss, batches, run, TrainingConfig(batch=BATCH, rate=3e-3, epochs=steps, weight_decay=1e-4))
    arrays = (network.terms, network.hidden.weight, network.hidden.bias, network.output.weight, network.output.bias)
    encoder = SetEncoder(knowledge.ontology.ids, *(array.detach().numpy().copy() for array in arrays))
    return SetEncoder.load(encoder.ids, encoder.save())  # as exact as it will be stored


class _Sampler:
    """Draws batches of simulated patients."""

    def __init__(self, knowledge: Knowledge, left_out: Collection[str]) -> None:
        self.knowledge, self.parts = knowledge, profiles_without(knowledge, left_out)
        self.rates, self.diseases = knowledge.rates.astype(np.float64), drawable(self.parts)
        starts, terms, weights = closure_rows(build_profiles(self.parts, knowledge.ontology), knowledge.information)
        self.everything = (
            torch.from_numpy(terms.astype(np.int64)),
            torch.from_numpy(starts[:-1]),
            torch.from_numpy(weights),
        )

    def draw(self, generator: torch.Generator) -> tuple[Tensor, ...]:
        """Return a bag of patients, and their diseases."""
        rng = np.random.default_rng(int(torch.randint(2**31, (), generator=generator)))
        chosen, ontology = rng.choice(self.diseases, BATCH), self.knowledge.ontology
        drawn = [self.parts[disease] for disease in chosen]
        sets = [draw_findings(ontology, terms, shares, self.rates, rng) for terms, shares in drawn]
        return *self._bags([ontology.closure(found) for found in sets]), torch.from_numpy(chosen)

    def _bags(self, closures: list[Array]) -> Bags:
        information = self.knowledge.information
        weights = [information[closure] for closure in closures]
        weights = [own / max(float(np.linalg.norm(own)), 1e-6) for own in weights]
        offsets = np.cumsum([0, *(len(closure) for closure in closures)])[:-1]
        terms = np.concatenate(closures).astype(np.int64)
        return torch.from_numpy(terms), torch.from_numpy(offsets), torch.from_numpy(np.concatenate(weights))
