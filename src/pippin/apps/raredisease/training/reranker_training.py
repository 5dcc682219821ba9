"""Training of the re-ranker: listwise, each disease counting the same; calibrated on folds of other diseases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import dropout

from pippin.apps.raredisease.ranking.calibration import Ranked, fit_sigmoid, fit_temperature
from pippin.apps.raredisease.ranking.reranker import Network, Reranker
from pippin.apps.raredisease.training.cases import Case

Array = np.ndarray
WIDTH = 24
N_NETWORKS = 3
RATE, WEIGHT_DECAY, BATCH = 3e-3, 1e-2, 64
N_FOLDS = 3
DROPOUT = 0.2  # of what "none of these" is told by
NONE_SHARE = 0.2  # of patients that have none of the diseases, as is assumed where its probability is calibrated


class RerankerNetwork(nn.Module):
    """A hidden layer for candidates, and one for the patient as a whole."""

    def __init__(self, n_features: int, n_patient: int) -> None:
        super().__init__()
        self.hidden, self.output = nn.Linear(n_features, WIDTH), nn.Linear(WIDTH, 1, bias=False)
        self.none_hidden, self.none_output = nn.Linear(n_patient, WIDTH), nn.Linear(WIDTH, 1)

    def forward(self, rows: Tensor, patients: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits of candidates [N, C] and of none of them [N]."""
        logits = self.output(torch.relu(self.hidden(rows)))[..., 0]
        inner = torch.relu(self.none_hidden(dropout(patients, DROPOUT, self.training)))
        return logits, self.none_output(dropout(inner, DROPOUT, self.training))[..., 0]


def train_reranker(cases: Sequence[Case], epochs: int, seed: int = 0, *, calibrate: bool = True) -> Reranker:
    """Train on cases; temperature and the scale of "none" are fitted on folds that share no disease."""
    networks = [_train(cases, epochs, seed * 100 + number) for number in range(N_NETWORKS)]
    plain = Reranker(networks)
    return _calibrated(plain, _out_of_fold(cases, epochs, seed)) if calibrate else plain


def weights(cases: Sequence[Case]) -> Array:
    """Return how much each case counts: every disease the same, in the mean 1."""
    counts = Counter(case.group for case in cases)
    found = np.array([1 / counts[case.group] for case in cases])
    return found / found.mean()


def none_weights(cases: Sequence[Case], share: float = 0.5) -> Array:
    """Return how much each case counts for "none of these": patients of none make up `share`, in the mean 1."""
    found = weights(cases) * [case.judged for case in cases]
    is_none = np.array([case.is_none for case in cases])
    for kind, wanted in ((is_none, share), (~is_none, 1 - share)):
        found[kind] *= wanted / max(float(found[kind].sum()), 1e-9)
    return found * len(cases) / max(float(found.sum()), 1e-9)


def _train(cases: Sequence[Case], epochs: int, seed: int) -> Network:
    torch.manual_seed(seed)
    whole = np.stack([case.patient for case in cases])
    center, spread = whole.mean(0), whole.std(0) + 1e-3
    rows, patients = torch.from_numpy(_padded(cases)), torch.from_numpy((whole - center) / spread)
    right = torch.tensor([case.right for case in cases])
    is_none = torch.tensor([float(case.is_none) for case in cases])
    share = torch.from_numpy(weights(cases)).float()
    refusing = torch.from_numpy(none_weights(cases)).float()
    network = RerankerNetwork(rows.shape[2], patients.shape[1])
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=WEIGHT_DECAY)
    total = epochs * max(1, len(cases) // BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, total)
    for _ in range(total):
        chosen = torch.randint(len(cases), (min(BATCH, len(cases)),))
        logits, none = network(rows[chosen], patients[chosen])
        loss = _loss(logits, none, right[chosen], is_none[chosen], share[chosen], refusing[chosen])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
    return _arrays(network, center, spread)


def _loss(logits: Tensor, none: Tensor, right: Tensor, is_none: Tensor, share: Tensor, refusing: Tensor) -> Tensor:
    """Return the weighted loss of ranking, where the right disease is a candidate, and of saying none of these."""
    ranking = nn.functional.cross_entropy(logits, right.clamp(min=0), reduction="none") * (right >= 0)
    judging = nn.functional.binary_cross_entropy_with_logits(none, is_none, reduction="none")
    return (ranking * share + judging * refusing).mean()


def _padded(cases: Sequence[Case]) -> Array:
    """Return features [N, C, F]; where a case has fewer candidates, its last one is repeated."""
    count = max(len(case.rows) for case in cases)
    return np.stack([case.rows[np.minimum(np.arange(count), len(case.rows) - 1)] for case in cases])


def _arrays(network: RerankerNetwork, center: Array, spread: Array) -> Network:
    """Return the weights as arrays; those for patients take features as they are, not standardised."""

    def take(tensor: Tensor) -> Array:
        return tensor.detach().numpy().copy()

    scaled = take(network.none_hidden.weight) / spread
    return Network(
        take(network.hidden.weight),
        take(network.hidden.bias),
        take(network.output.weight)[0],
        scaled,
        take(network.none_hidden.bias) - scaled @ center,
        take(network.none_output.weight)[0],
        take(network.none_output.bias),
    )


def _out_of_fold(cases: Sequence[Case], epochs: int, seed: int) -> list[tuple[Case, Array, float, float]]:
    """Return (case, logits, logit of none, weight) from networks that did not learn from the case's disease."""
    names = sorted({case.group for case in cases})
    fold = {name: position % N_FOLDS for position, name in enumerate(np.random.default_rng(seed).permutation(names))}
    share = weights(cases)
    found = []
    for number in range(N_FOLDS):
        rest = [case for case in cases if fold[case.group] != number]
        if not rest:
            continue
        reranker = Reranker([_train(rest, epochs, seed * 100 + 50 + number)])
        for case, weight in zip(cases, share, strict=True):
            if fold[case.group] == number:
                found.append((case, *reranker.logits(case.rows, case.patient), float(weight)))
    return found


def _calibrated(reranker: Reranker, scored: Sequence[tuple[Case, Array, float, float]]) -> Reranker:
    known = [
        Ranked(logits, int(logits.argmax()) == case.right, weight)
        for case, logits, _, weight in scored
        if case.right >= 0 or case.missed
    ]
    cases = [case for case, _, _, _ in scored]
    is_none = np.array([case.is_none for case in cases], float)
    scale, shift = fit_sigmoid(np.array([none for _, _, none, _ in scored]), is_none, none_weights(cases, NONE_SHARE))
    return Reranker(reranker.networks, fit_temperature(known), scale, shift)
