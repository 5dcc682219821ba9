"""The networks: numpy answers what torch trained; what is excluded stays excluded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from symptoms_patients import whole

from pippin.apps.symptoms.interview.information import build_outcomes
from pippin.apps.symptoms.interview.network_input import network_input
from pippin.apps.symptoms.interview.networks import NoneLayers, PolicyLayers, PosteriorLayers
from pippin.apps.symptoms.interview.none_features import none_features
from pippin.apps.symptoms.interview.question_features import question_features
from pippin.apps.symptoms.patients.combinations import Combinations
from pippin.apps.symptoms.tables.learned_tables import fit_tables
from pippin.core.context import Context
from pippin.learn.roc import auroc

torch = pytest.importorskip("torch", reason="training needs the extra train")

from pippin.apps.symptoms.training.drawn_interviews import PatientSource, take_answers  # noqa: E402
from pippin.apps.symptoms.training.none_training import hidden_states, train_none  # noqa: E402
from pippin.apps.symptoms.training.policy_training import PolicyNetwork  # noqa: E402
from pippin.apps.symptoms.training.posterior_training import PosteriorNetwork, draw_states  # noqa: E402

PATIENTS = [
    whole("Influenza", "E_91", "E_201", "E_97"),
    whole("GERD", "E_173", "E_201", complaint="E_173"),
    whole("Anemia", "E_82", "E_154", complaint="E_82"),
]


@pytest.fixture(scope="module")
def source() -> PatientSource:
    return PatientSource(fit_tables(PATIENTS), Combinations(PATIENTS))


def weights(network: Any) -> dict[str, np.ndarray]:
    """Return random weights as arrays."""
    with torch.no_grad():
        for value in network.parameters():
            value += 0.2 * torch.randn(value.shape, generator=torch.Generator().manual_seed(value.numel()))
    return {name: value.detach().numpy() for name, value in network.state_dict().items()}


def test_the_posterior_network_answers_the_same_in_numpy(source: PatientSource) -> None:
    network = PosteriorNetwork()
    layers = PosteriorLayers(weights(network))
    patients = source.draw(20, np.random.default_rng(0))
    beliefs = patients.begin(source.tables)
    take_answers(beliefs, patients, np.full(20, beliefs.structure.index["E_201"]))
    inputs = network_input(beliefs)
    with torch.no_grad():
        expected = network(*(torch.from_numpy(one) for one in inputs)).numpy()
    assert np.allclose(layers.logits(inputs)[0], expected, atol=1e-3)


def test_an_untrained_posterior_network_weighs_all_answers_alike(source: PatientSource) -> None:
    layers = PosteriorLayers({name: value.detach().numpy() for name, value in PosteriorNetwork().state_dict().items()})
    patients = source.draw(5, np.random.default_rng(1))
    beliefs = patients.begin(source.tables)
    mean = beliefs.prior + beliefs.likelihoods.mean(0)
    assert np.allclose(
        layers.logits(network_input(beliefs))[0],
        np.maximum(mean - beliefs.prior.max(1, keepdims=True), -200),
        atol=1e-2,
    )


def test_the_policy_answers_the_same_in_numpy(source: PatientSource) -> None:
    network = PolicyNetwork()
    layers = PolicyLayers(weights(network))
    beliefs = source.draw(4, np.random.default_rng(2)).begin(source.tables)
    features = question_features(build_outcomes(source.tables), beliefs, beliefs.posteriors()[0], 0)
    with torch.no_grad():
        expected = network(torch.from_numpy(features)).numpy()
    is_open = features[..., 0] > -1e8
    assert np.allclose(layers.scores(features)[is_open], expected[is_open], atol=1e-3)
    assert layers.scores(features)[~is_open].max() < -1e8


def test_states_hold_only_answers_so_far(source: PatientSource) -> None:
    prior, terms, kinds, conditions = draw_states(source, build_outcomes(source.tables), 6, np.random.default_rng(3))
    assert len(prior) == len(terms) == len(kinds) == len(conditions) == 24
    assert not terms[~kinds.any(-1)].any()


def test_of_a_condition_left_out_nothing_is_drawn(source: PatientSource) -> None:
    features, hidden = hidden_states(source, 40, np.random.default_rng(0), left_out=3)
    assert np.isfinite(features).all()
    assert 0 < hidden.mean() < 1


def test_none_of_these_is_told_from_others_on_drawn_patients(context: Context) -> None:
    learner = context.learner()
    source = PatientSource(learner.tables, Combinations([]))
    features, hidden = hidden_states(source, 150, np.random.default_rng(9), -1)
    assert auroc(learner.networks[2].probabilities(features), hidden) > 0.85


def test_training_of_none_of_these_learns(source: PatientSource) -> None:
    layers = NoneLayers(train_none(source, 40, 0))
    features, hidden = hidden_states(source, 40, np.random.default_rng(0), -1)
    assert auroc(layers.probabilities(features), hidden) > 0.6


def test_features_of_none_are_finite_without_any_answer(source: PatientSource) -> None:
    from pippin.apps.symptoms.interview.beliefs import Beliefs

    assert np.isfinite(none_features(build_outcomes(source.tables), Beliefs(source.tables, [None], [None]))).all()
