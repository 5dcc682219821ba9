"""Any estimator with scikit-learn's methods takes part in `compare` and `curve`, on the same examples as all others."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import numpy as np
import pytest

import pippin
from pippin.core import registry
from pippin.core.data import Dataset
from pippin.core.errors import PippinError
from pippin.core.run import Run
from pippin.core.source import require_definition
from pippin.verbs.commands import command

CODE = """
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

def neighbours():
    return KNeighborsClassifier(5)

def ridge():
    return RidgeClassifier()

def tree():
    return DecisionTreeClassifier(max_features=1)

def number():
    return 3

def broken():
    return DummyClassifier(strategy="constant", constant=17)

class Own:
    def fit(self, X, y):
        self.common = max(set(y), key=list(y).count)
    def predict(self, X):
        return [self.common] * len(X)
"""


@pytest.fixture
def code(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(CODE)
    return tmp_path / "mine.py"


@pytest.fixture
def table(tmp_path: Path) -> str:
    rng = random.Random(3)
    with (tmp_path / "table.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("length", "width", "label"))
        for number in range(120):
            kind = number % 3
            writer.writerow((round(rng.gauss(2 * kind, 1), 3), round(rng.gauss(-kind, 1), 3), f"kind {kind}"))
    return str(tmp_path / "table.csv")


def test_an_estimator_answers_as_scikit_learn_does(code: Path, table: str, tmp_path: Path) -> None:
    from sklearn.neighbors import KNeighborsClassifier

    from pippin.apps.tables.data import values
    from pippin.apps.tables.row_encoder import Encoder

    app = registry.get("tables")
    data = app.load_data(table, app.defaults)
    assert app.methods.estimator is not None
    learner = app.methods.estimator(app.configure({}), f"{code}:neighbours")
    learner.fit(data, Run(tmp_path / "run"))
    rows, labels = [values(e.input) for e in data.train + data.val], [e.answer for e in data.train + data.val]
    encoder = Encoder.fit(rows)
    oracle = KNeighborsClassifier(5).fit(encoder.dense(rows), labels)
    answers = list(learner.predict(example.input for example in data.test))
    expected = oracle.predict_proba(encoder.dense([values(example.input) for example in data.test]))
    for answer, shares in zip(answers, expected, strict=True):
        found = {answer.answer: answer.confidence, **dict(answer.alternatives)}
        np.testing.assert_allclose([found[label] for label in oracle.classes_], shares)
    again = app.methods.estimator(app.configure({}), f"{code}:neighbours")
    again.load(learner.save())
    assert list(again.predict(example.input for example in data.test)) == answers


@pytest.mark.slow
def test_it_stands_beside_the_others_in_compare_and_curve(code: Path, table: str) -> None:
    both = f"{code}:neighbours, {code}:ridge"
    report = pippin.compare("tables", table, methods="linear", method=both, workers=2)
    methods = report.payload["methods"]
    assert list(methods) == ["linear", "neighbours", "ridge"]
    assert all(methods[name]["scores"]["accuracy"]["value"] > 0.6 for name in methods)
    curve = pippin.curve("tables", table, methods="linear", method=f"{code}:neighbours", train_sizes="20,60", seeds=1)
    assert [len(points) for points in curve.payload["methods"].values()] == [2, 2]
    again = pippin.curve("tables", table, methods="linear", method=f"{code}:neighbours", train_sizes="20,60", seeds=1)
    assert again.payload["remembered"] == 4
    code.write_text(CODE + "\n")
    changed = pippin.curve("tables", table, methods="linear", method=f"{code}:neighbours", train_sizes="20,60", seeds=1)
    assert changed.payload["remembered"] == 2


@pytest.mark.slow
def test_images_are_learned_by_the_networks_features(code: Path) -> None:
    report = pippin.compare("recognize", methods="hand-made", method=f"{code}:neighbours, {code}:Own")
    assert list(report.payload["methods"]) == ["hand-made", "neighbours", "Own"]


def test_the_seed_reaches_the_estimator(code: Path, table: str, tmp_path: Path) -> None:
    app = registry.get("tables")
    data = app.load_data(table, app.defaults)
    assert app.methods.estimator is not None
    states = []
    for seed in (1, 1, 2):
        learner = app.methods.estimator(app.configure({}), f"{code}:tree")
        learner.fit(Dataset("part", data.train), Run(tmp_path / f"run{len(states)}", seed=seed))
        states.append(learner._estimator.random_state)  # type: ignore[attr-defined]
    assert states == [1, 1, 2]


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("mine.py", "names no function"),
        ("mine.py:missing", "no function 'missing'"),
        ("other.py:neighbours", "no file"),
        ("linear:x", "names no function"),
    ],
)
def test_what_names_no_function_is_refused(code: Path, table: str, reference: str, told: str) -> None:
    with pytest.raises(PippinError, match=told):
        pippin.compare("tables", table, method=str(code.parent / reference))


@pytest.mark.parametrize(("function", "told"), [("number", "returns int"), ("broken", "cannot learn")])
def test_what_is_no_estimator_leaves_the_others_standing(code: Path, table: str, function: str, told: str) -> None:
    report = pippin.compare("tables", table, methods="linear", method=f"{code}:{function}")
    assert list(report.payload["methods"]) == ["linear"]
    assert told in report.payload["failed"][0]


def test_names_are_of_one_method_each(code: Path, table: str, tmp_path: Path) -> None:
    (tmp_path / "twin.py").write_text("def neighbours(): return 1\ndef linear(): return 1\n")
    for methods in (f"{code}:neighbours, {tmp_path}/twin.py:neighbours", f"{tmp_path}/twin.py:linear"):
        with pytest.raises(PippinError, match="Two methods are called"):
            pippin.compare("tables", table, method=methods)
    with pytest.raises(PippinError, match="takes no estimators"):
        pippin.compare("flappy", method=f"{code}:neighbours")


def test_code_is_never_named_from_the_network() -> None:
    for name in ("compare", "curve"):
        assert "method" not in {parameter.name for parameter in command(registry.get("tables"), name).parameters}


def test_a_function_that_is_not_there_is_told_before_anything_learns(code: Path, table: str, tmp_path: Path) -> None:
    began = set(tmp_path.iterdir())
    with pytest.raises(PippinError, match=r"no function 'forest'; it has neighbours, ridge, tree, number, broken"):
        pippin.compare("tables", table, method=f"{code}:forest")
    code.write_text("def tree(:")
    with pytest.raises(PippinError, match="not valid Python"):
        pippin.curve("tables", table, method=f"{code}:tree")
    assert set(tmp_path.iterdir()) == began


@pytest.mark.parametrize(
    "text", ["from elsewhere import tree", "import elsewhere as tree", "tree = 3", "from elsewhere import *"]
)
def test_names_bound_in_any_way_are_found_without_running_the_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "mine.py").write_text(f"{text}\nraise SystemExit")
    require_definition(tmp_path / "mine.py", "tree")
