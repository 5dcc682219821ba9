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
from pippin.apps.raredisease.training.simulation import Source, draw_findings, find_sources
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


def train_encoder(knowledge: Knowledge, steps: int, run: Run, left_out: Collection[str] = (), seed: int = 0) -> SetEncoder:
    """Train on simulated patients for `steps` of 256; rows that only papers `left_out` support are never read."""
    torch.manual_seed(seed)
    network = EncoderNetwork(len(knowledge.ontology.ids))
    sampler = _Sampler(knowledge, find_sources(knowledge, left_out), left_out)

    def loss(network: EncoderNetwork, *batch: Tensor) -> Tensor:
        *bags, diseases = batch
        patients, targets = (bags[0], bags[1], bags[2]), (bags[3], bags[4], bags[5])
        return _loss(network, sampler.everything, patients, targets, diseases)

    batches = Batches(BATCH, lambda positions, generator: sampler.draw(generator))
    train(network, loss, batches, run, TrainingConfig(batch=BATCH, rate=3e-3, epochs=steps, weight_decay=1e-4))
    arrays = (network.terms, network.hidden.weight, network.hidden.bias, network.output.weight, network.output.bias)
    encoder = SetEncoder(knowledge.ontology.ids, *(array.detach().numpy().copy() for array in arrays))
    return SetEncoder.load(encoder.ids, encoder.save())  # as exact as it will be stored


def _loss(network: EncoderNetwork, everything: Bags, patients: Bags, targets: Bags, diseases: Tensor) -> Tensor:
    """Return the cross-entropy over all diseases, a patient's own described by its other sources alone."""
    drawn, own, all_diseases = network(patients), network(targets), network(everything)
    logits = SCALE * drawn @ all_diseases.T
    right = SCALE * (drawn * own).sum(1)
    rows = torch.arange(len(diseases))
    logits = logits.index_put((rows, diseases), right)
    return nn.functional.cross_entropy(logits, diseases)


class _Sampler:
    """Draws batches of simulated patients with the profiles of their diseases."""

    def __init__(self, knowledge: Knowledge, sources: list[Source], left_out: Collection[str]) -> None:
        self.knowledge, self.sources = knowledge, sources
        self.rates = knowledge.rates / knowledge.rates.sum()
        chosen, changed = knowledge.without(left_out)
        parts = [knowledge.profiles.findings(disease) for disease in range(len(knowledge.ids))]
        for position, disease in enumerate(chosen):
            parts[disease] = changed.findings(position)
        self.everything = self._profile_bags(parts)
        diseases = np.array([source.disease for source in sources])
        self.share = 1 / np.bincount(diseases, minlength=len(parts))[diseases] ** 0.5
        self.share /= self.share.sum()

    def draw(self, generator: torch.Generator) -> tuple[Tensor, ...]:
        """Return bags of patients, bags of their diseases' profiles without their source, and the diseases."""
        rng = np.random.default_rng(int(torch.randint(2**31, (), generator=generator)))
        chosen = [self.sources[index] for index in rng.choice(len(self.sources), BATCH, p=self.share)]
        ontology = self.knowledge.ontology
        sets = [draw_findings(ontology, one.terms, one.frequencies, self.rates, rng) for one in chosen]
        targets = self._profile_bags([source.rest for source in chosen])
        patients = self._bags([ontology.closure(found) for found in sets])
        return *patients, *targets, torch.tensor([source.disease for source in chosen])

    def _profile_bags(self, parts: list[tuple[Array, Array]]) -> Bags:
        profiles = build_profiles(parts, self.knowledge.ontology)
        starts, terms, weights = closure_rows(profiles, self.knowledge.information)
        return torch.from_numpy(terms.astype(np.int64)), torch.from_numpy(starts[:-1]), torch.from_numpy(weights)

    def _bags(self, closures: list[Array]) -> Bags:
        information = self.knowledge.information
        weights = [information[closure] for closure in closures]
        weights = [own / max(float(np.linalg.norm(own)), 1e-6) for own in weights]
        offsets = np.cumsum([0, *(len(closure) for closure in closures)])[:-1]
        terms = np.concatenate(closures).astype(np.int64)
        return torch.from_numpy(terms), torch.from_numpy(offsets), torch.from_numpy(np.concatenate(weights))
