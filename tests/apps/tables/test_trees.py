"""Trees as ONNX answer as scikit-learn does, and boosting chooses on rows held out."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

from pippin.apps.tables.graph import Part, assemble
from pippin.apps.tables.parts import boosting_graph
from pippin.learn import boosted_trees
from pippin.learn.nn.onnx_session import session
from pippin.learn.targets import Target


def table(labels: int) -> tuple[np.ndarray, list]:
    """Rows [300,4], some values missing, and targets: numbers for 0 labels."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(300, 4)).astype(np.float32)
    value = rows[:, 0] * 2 + np.sin(3 * rows[:, 1])
    rows[::9, 2] = np.nan
    if not labels:
        return rows, [float(one) for one in value]
    cuts = np.quantile(value, np.linspace(0, 1, labels + 1)[1:-1])
    return rows, [f"label {np.searchsorted(cuts, one)}" for one in value]


@pytest.mark.parametrize("labels", [0, 2, 3])
def test_boosted_trees_answer_the_same_as_onnx(labels: int) -> None:
    rows, answers = table(labels)
    target = Target.fit(answers)
    truth = target.encode(answers)
    models = [boosted_trees.fit(rows, truth, target, {"max_iter": 20, "max_leaf_nodes": 8}, seed) for seed in (0, 1)]
    theirs = [boosted_trees.outputs(model, rows, target) for model in models]
    part = boosting_graph(models[:1], target, theirs[0])
    onnx = session(assemble([part], [1.0], {"trees": 4}, target.is_number))
    (ours,) = onnx.run(None, {"trees": rows})
    assert np.abs((ours if target.is_number else np.exp(ours)) - theirs[0]).max() < 1e-5


@pytest.mark.parametrize("labels", [0, 3])
def test_forests_answer_the_same_as_onnx(labels: int) -> None:
    rows, answers = table(labels)
    target = Target.fit(answers)
    kind = RandomForestRegressor if target.is_number else RandomForestClassifier
    model = kind(20, random_state=0).fit(rows, target.encode(answers))
    from pippin.apps.tables.graph import Nodes

    nodes = Nodes("forest")
    part = Part(nodes.trees([model], "trees"), nodes, np.zeros((0, 1)))
    (ours,) = session(assemble([part], [1.0], {"trees": 4}, target.is_number)).run(None, {"trees": rows})
    theirs = boosted_trees.outputs(model, rows, target)
    assert np.abs((ours if target.is_number else np.exp(ours)) - theirs).max() < 1e-5


def test_boosting_is_chosen_on_rows_it_did_not_see() -> None:
    rows, answers = table(0)
    target = Target.fit(answers)
    truth = target.encode(answers)
    choice = boosted_trees.choose(rows, truth, target, 0)
    assert len(choice.held) == len(choice.outputs) == 75
    assert choice.loss == pytest.approx(0.5 * np.mean((choice.outputs[:, 0] - truth[choice.held]) ** 2), rel=0.03)
    assert choice.loss < 0.5 * truth.var() / 2
