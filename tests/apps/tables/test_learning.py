"""Rows are encoded as they should be, and every way of learning learns, is the same again, and answers elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

import pippin
from pippin.apps.tables import application, tfidf
from pippin.apps.tables.classical import Boosting, Linear
from pippin.apps.tables.config import TablesConfig
from pippin.apps.tables.data import load, records
from pippin.apps.tables.export import export, load_exported
from pippin.apps.tables.learner import Network
from pippin.apps.tables.row_encoder import Encoder
from pippin.core.data import Dataset, Example
from pippin.core.errors import PippinError
from pippin.core.inputs import Record
from pippin.core.learner import Learner, load_learner
from pippin.core.run import Budget, Run
from pippin.core.values import Correction
from pippin.learn.classification_scores import score


@pytest.fixture(scope="module")
def stall() -> Dataset:
    """The sample."""
    return load(None)


@pytest.fixture(scope="module")
def network(stall: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Network:
    """A network that learned the sample."""
    learner = Network(application.configure({"width": 32, "blocks": 1, "members": 2}))
    learner.fit(stall, Run(tmp_path_factory.mktemp("run"), budget=Budget(epochs=25)))
    return learner


def test_counted_words_equal_the_oracle() -> None:
    texts = ["The cat sat, the cat ran", "A dog ran home", "the dog sat at home again", "cat and dog ran", ""] * 5
    facts = tfidf.learn(texts)
    oracle = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    theirs = oracle.fit_transform(texts).toarray()
    names = list(oracle.get_feature_names_out())
    assert sorted(facts["terms"]) == sorted(names)
    ours = tfidf.counted(texts, facts)[:, [facts["terms"].index(name) for name in names]]
    assert np.allclose(ours, theirs, atol=1e-6)


def test_rows_are_encoded_by_what_was_learned_alone() -> None:
    rows = [{"n": float(n), "c": "ab"[n % 2], "d": f"2024-03-{n + 1:02d}"} for n in range(20)]
    encoder = Encoder.fit([*rows, {"n": None, "c": "a", "d": None}])
    again = Encoder(encoder.facts)
    some = [rows[3], {"n": None, "c": "never seen"}, {}, {"n": 1e12, "c": None, "d": "no date"}]
    dense, trees = encoder.dense(some), encoder.trees(some)
    assert np.array_equal(dense, again.dense(some))
    assert np.isfinite(dense).all()
    assert np.abs(dense).max() <= 4
    assert np.isnan(trees[1:3]).any(axis=1).all(), "a missing value is missing"
    assert encoder.dense([{"n": 100.0}])[0, 0] == encoder.dense([{"n": 1e9}])[0, 0], "beyond is beyond"
    with pytest.raises(PippinError, match="No column"):
        Encoder.fit([{"x": None}])


@pytest.mark.parametrize("make", [Linear, Boosting])
def test_the_classical_ways_learn_and_are_the_same_again(
    make: Callable[..., Learner], stall: Dataset, tmp_path: Path
) -> None:
    learner = make(TablesConfig())
    learner.fit(stall, Run(tmp_path))
    predictions = list(learner.predict(example.input for example in stall.test))
    assert score(predictions, stall.test)["accuracy"].value > 0.8
    again = make(TablesConfig())
    again.load(learner.save())
    assert list(again.predict(example.input for example in stall.test)) == predictions
    assert next(again.predict([records({"weight_g": 1})[0]])).answer, "columns may be missing"


def test_the_network_learns_and_is_the_same_again(network: Network, stall: Dataset) -> None:
    predictions = list(network.predict(example.input for example in stall.test))
    assert score(predictions, stall.test)["accuracy"].value > 0.8
    again = Network(application.configure({}))
    again.load(network.save())
    assert list(again.predict(example.input for example in stall.test)) == predictions
    with pytest.raises(PippinError, match="another Pippin made it"):
        load_learner(again, network.save().__class__())


def test_a_taught_row_counts_for_itself_and_hardly_for_others(network: Network, stall: Dataset, tmp_path: Path) -> None:
    taught = Network(application.configure({}))
    taught.load(network.save())
    inputs = [example.input for example in stall.test]
    before = [p.answer for p in taught.predict(inputs)]
    taught.update([Correction(inputs[0], "plum"), Correction(inputs[1], before[1])])
    after = [p.answer for p in taught.predict(inputs)]
    assert after[0] == "plum"
    assert sum(a != b for a, b in zip(before[1:], after[1:], strict=True)) <= 0.1 * len(before)
    export(taught, tmp_path)
    assert load_exported(tmp_path)(inputs) == after


def test_a_label_written_otherwise_is_the_known_one(network: Network, stall: Dataset) -> None:
    taught, item = Network(application.configure({})), stall.test[0].input
    taught.load(network.save())
    taught.target = replace(taught.target, labels=("1.000", "2.000", "ball"))
    for written, label in (("1", "1.000"), ("Ball", "ball"), ("2.0", "2.000"), ("3", "3"), ("plum", "plum")):
        taught.update([Correction(item, written)])
        assert next(iter(taught.predict([item]))).answer == label


def test_what_does_not_fit_its_column_is_told_and_a_row_of_nothing_else_is_unknown(network: Network) -> None:
    rows = [
        {"weight_g": "heavy", "colour": "red"},
        {"weight_g": "heavy", "colour": "octarine", "found_on": "soon"},
        {"weight_g": 150.0},
        {"another": 1.0},
    ]
    some, nothing, fitting, others = network.predict(map(Record.of, rows))
    assert (some.known, nothing.known, fitting.known, others.known) == (True, False, True, False)
    assert some.evidence[0] == "'heavy' in weight_g is no number; taken as missing"
    assert some.evidence[1].startswith("5 columns are missing (diameter_mm, ")
    assert "no column I learned from" in nothing.evidence[0]
    assert "'soon' in found_on is no date that can be read; taken as missing" in nothing.evidence
    assert len(fitting.evidence) == 1, "only what is missing"
    assert "another was not among the columns learned" in others.evidence


@pytest.mark.parametrize("kind", ["plain", "residual"])
def test_training_again_gives_the_same(kind: str, stall: Dataset, tmp_path: Path) -> None:
    answers = []
    for number in range(2):
        learner = Network(application.configure({"network": kind, "width": 16, "members": 2}))
        learner.fit(stall, Run(tmp_path / str(number), budget=Budget(epochs=2)))
        answers.append([p.confidence for p in learner.predict(example.input for example in stall.test)])
    assert np.allclose(*answers, atol=1e-3)


def test_bad_settings_and_rows_are_told_in_a_sentence(network: Network, stall: Dataset, tmp_path: Path) -> None:
    for settings, sentence in (
        ({"network": "deep"}, "must be one of residual"),
        ({"text": "poems"}, "must be one of words, sentences"),
    ):
        with pytest.raises(PippinError, match=sentence):
            Network(application.configure(settings)).fit(stall, Run(tmp_path))
    with pytest.raises(PippinError, match="Nothing was learned"):
        list(Network(application.configure({})).predict([stall.test[0].input]))
    one = Dataset("one", tuple(e for e in stall.train if e.answer == "apple"))
    with pytest.raises(PippinError, match="All rows to learn from are 'apple'"):
        Network(application.configure({})).fit(one, Run(tmp_path))


def test_explanations_name_the_columns_that_decide(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    lines = ["size,noise,label"]
    lines += [f"{chance.normal(4 * (n % 2)):.3f},{chance.normal():.3f},{'ab'[n % 2]}" for n in range(200)]
    (tmp_path / "t.csv").write_text("\n".join(lines))
    pippin.train("tables", str(tmp_path / "t.csv"), threads=1, width=16, blocks=1, members=2)
    whole = pippin.explain("tables").payload["changed"]
    assert whole["size"]["low"] > whole["noise"]["high"]
    why = pippin.explain("tables", '{"size": 9, "noise": 0}').payload
    assert why["answer"] == "b"
    assert pippin.explain("tables", '{"size": 9, "noise": 0}').tables[0].rows[0][:2] == ("size", "9")
    assert why["speaks"]["size"] > 0.3 > abs(why["speaks"]["noise"])
    (tmp_path / "t.csv").unlink()
    gone = pippin.explain("tables")
    assert gone.payload["changed"]["size"]["value"] > gone.payload["changed"]["noise"]["value"]
    assert any("no longer there" in note or "remembers" in note for note in gone.notes)


def test_bins_of_many_columns_are_left_out_where_labels_have_few_rows(tmp_path: Path) -> None:
    """Twelve inputs for each of 30 columns would be learned by heart from 100 rows; a number keeps them."""
    rng = np.random.default_rng(0)
    rows = [{f"c{n:02d}": float(value) for n, value in enumerate(line)} for line in rng.normal(size=(100, 30))]
    targets = {"label": ["high" if row["c00"] > 0 else "low" for row in rows], "number": [row["c00"] for row in rows]}
    clips = {}
    for name, answers in targets.items():
        items = [Record.of(row) for row in rows]
        examples = [Example(i, a, i.digest()) for i, a in zip(items, answers, strict=True)]
        learner = Network(TablesConfig(combine="network"))
        learner.fit(Dataset("drawn", tuple(examples)), Run(tmp_path / name, budget=Budget(epochs=1)))
        clips[name] = b"Clip" in learner.onnx
    assert clips == {"label": False, "number": True}
