"""A numeric target: every method learns it and is the same again; intervals, explanations, teaching and export."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pippin.apps.tables import application
from pippin.apps.tables.classical import Boosting, Forest, Linear
from pippin.apps.tables.config import TablesConfig
from pippin.apps.tables.explain import explain
from pippin.apps.tables.export import export, load_exported
from pippin.apps.tables.learner import Network
from pippin.core.data import Dataset, Example
from pippin.core.errors import PippinError
from pippin.core.inputs import Record
from pippin.core.learner import Learner, load_learner
from pippin.core.run import Budget, Run
from pippin.core.values import Correction
from pippin.learn.score_details import score

SMALL = {"width": 16, "blocks": 1, "members": 2}


def record(row: dict[str, object], number: int) -> Record:
    """A row as an input."""
    return Record(content=json.dumps(row).encode(), name=f"row {number}", media_type="application/json")


def houses(count: int, seed: int = 0) -> list[Example]:
    """Prices that hang on area, place and noise."""
    rng = np.random.default_rng(seed)
    examples = []
    for number in range(count):
        area, place = float(rng.uniform(40, 200)), str(rng.choice(["town", "sea", "hills"]))
        price = 1000 * area * {"town": 2.0, "sea": 3.0, "hills": 1.0}[place] + rng.normal(0, 15000)
        row = {"area": round(area, 1), "place": place, "noise": float(rng.normal()), "rooms": None}
        row["rooms"] = None if rng.random() < 0.1 else float(round(area / 30))
        examples.append(Example(record(row, number), float(price), f"{seed}{number:x}"))
    return examples


@pytest.fixture(scope="module")
def market() -> Dataset:
    """300 houses to learn from, 400 to score on."""
    return Dataset("houses", tuple(houses(300)), (), tuple(houses(400, seed=1)))


@pytest.fixture(scope="module")
def average(market: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Network:
    """The weighted mean, as `train` makes it for a number."""
    learner = Network(application.configure(SMALL))
    learner.fit(market, Run(tmp_path_factory.mktemp("run"), budget=Budget(epochs=30)))
    return learner


def _network(config: object) -> Network:
    return Network(application.configure({**SMALL, "combine": "network"}))


@pytest.mark.parametrize("make", [Linear, Boosting, Forest, _network])
def test_every_method_learns_numbers_and_is_the_same_again(
    make: Callable[..., Learner], market: Dataset, tmp_path: Path
) -> None:
    learner = make(TablesConfig())
    learner.fit(market, Run(tmp_path, budget=Budget(epochs=40)))
    inputs = [example.input for example in market.test]
    predictions = list(learner.predict(inputs))
    scores = score(predictions, market.test)
    assert scores["r2"].value > 0.85
    assert 0.82 < scores["coverage"].value < 0.99
    assert all(p.interval and p.interval[0] < p.answer < p.interval[1] for p in predictions)
    again = make(TablesConfig())
    again.load(learner.save())
    assert list(again.predict(inputs)) == predictions
    assert isinstance(next(again.predict([record({"area": 90}, 0)])).answer, float)
    with pytest.raises(PippinError, match="train it again"):
        load_learner(again, learner.save().__class__())


def test_the_average_is_no_worse_than_what_it_is_made_of(average: Network, market: Dataset) -> None:
    scores = score(list(average.predict(example.input for example in market.test)), market.test)
    assert scores["r2"].value > 0.9
    assert sum(average.weights.values()) == pytest.approx(1)
    assert 0.85 < scores["coverage"].value < 0.97
    assert "weighted mean" in average.save().about[0]


def test_a_taught_number_counts_and_is_exported(average: Network, market: Dataset, tmp_path: Path) -> None:
    taught = Network(application.configure(SMALL))
    taught.load(average.save())
    inputs = [example.input for example in market.test]
    before = np.array([p.answer for p in taught.predict(inputs)])
    export(taught, tmp_path / "untaught")
    assert np.allclose(load_exported(tmp_path / "untaught")(inputs), before, rtol=1e-5)
    taught.update([Correction(inputs[0], "999000")])
    after = np.array([p.answer for p in taught.predict(inputs)])
    assert after[0] == 999000
    assert np.median(np.abs(after - before)[1:]) < 0.02 * before.std()
    (first,) = taught.predict(inputs[:1])
    assert "which you said is 999000" in first.evidence[0]
    assert first.interval[0] < 999000 < first.interval[1]
    export(taught, tmp_path)
    assert np.allclose(load_exported(tmp_path)(inputs), after, rtol=1e-5)
    again = Network(application.configure(SMALL))
    again.load(taught.save())
    assert [p.answer for p in again.predict(inputs)] == after.tolist()
    for wrong in ("dear", None, float("nan")):
        with pytest.raises(PippinError, match="must be a number"):
            taught.update([Correction(inputs[0], wrong)])


def test_numbers_are_explained_in_their_own_unit(average: Network, market: Dataset) -> None:
    whole = explain(average, None, lambda: market)
    changed = whole.payload["changed"]
    assert changed["area"]["low"] > 20000 > changed["noise"]["high"]
    why = explain(average, record({"area": 190, "place": "sea", "noise": 0.0, "rooms": 6.0}, 0), lambda: market)
    assert why.payload["speaks"]["area"] > 20000
    assert why.payload["interval"][0] < why.payload["answer"] < why.payload["interval"][1]
    assert why.figures


def test_answers_need_neither_torch_nor_scikit_learn(average: Network, market: Dataset, tmp_path: Path) -> None:
    saved = average.save()
    (tmp_path / "network.onnx").write_bytes(saved.files["network.onnx"])
    np.save(tmp_path / "taught.npy", saved.tensors["taught"])
    (tmp_path / "facts.json").write_text(json.dumps(saved.config))
    program = f"""
import json, sys
sys.modules.update(torch=None, sklearn=None, onnx=None)
from pathlib import Path
import numpy as np
from pippin.apps.tables import application
from pippin.apps.tables.learner import Network
from pippin.core.inputs import Record
from pippin.core.values import SavedState
folder = Path({str(tmp_path)!r})
files = {{"network.onnx": (folder / "network.onnx").read_bytes()}}
saved = SavedState({{"taught": np.load(folder / "taught.npy")}}, json.loads((folder / "facts.json").read_text()), files)
learner = Network(application.configure({{}}))
learner.load(saved)
row = {market.test[0].input.read()!r}
print(next(learner.predict([Record(content=row, name="row", media_type="application/json")])).answer)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert float(done.stdout) == next(average.predict([market.test[0].input])).answer


def test_a_target_of_one_number_and_few_members_are_refused(market: Dataset, tmp_path: Path) -> None:
    same = Dataset("same", tuple(Example(e.input, 1.0, e.key) for e in market.train[:20]))
    with pytest.raises(PippinError, match="All rows to learn from are"):
        Linear(TablesConfig()).fit(same, Run(tmp_path))
    with pytest.raises(PippinError, match="--members must be from 2 to 1,000, not 1"):
        Network(application.configure({"members": 1, "combine": "network"})).fit(market, Run(tmp_path))
    with pytest.raises(PippinError, match="--combine must be one of auto, network, average, not 'vote'"):
        Network(application.configure({"combine": "vote"})).fit(market, Run(tmp_path))


@pytest.mark.parametrize("make", [Linear, Boosting, Forest, _network])
def test_intervals_hold_for_groups_never_seen(make: Callable[..., Learner], tmp_path: Path) -> None:
    """Each shop has prices of its own: rows of known shops say nothing of how far off an unknown shop's are."""
    rng = np.random.default_rng(0)

    def shops(names: range) -> list[Example]:
        examples = []
        for name in names:
            mark, middle = float(rng.normal()), float(rng.normal(0, 5))
            for number in range(12):
                row = {"mark": mark, "size": float(rng.normal())}
                price = middle + row["size"] + float(rng.normal(0, 0.3))
                examples.append(Example(record(row, number), price, f"{name}-{number}", f"shop {name}"))
        return examples

    learner = make(TablesConfig())
    test = shops(range(100, 130))
    learner.fit(Dataset("shops", tuple(shops(range(40)))), Run(tmp_path, budget=Budget(epochs=20)))
    scores = score(list(learner.predict(example.input for example in test)), test)
    assert scores["coverage"].value > 0.75
