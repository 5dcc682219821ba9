"""Models of `tables` beside scikit-learn: RMSE, coverage of intervals, mean ranks of accuracy, CPU of tuning.

Tables are those of `table_sets.py`, whose first lines say how to get them; constants of the models were chosen on its
`*_TUNING` lists alone, but for one: ROWS_PER_BIN of the network was set on these and on Fashion-MNIST shrunk to 8 x 8
pixels, after the curve of the digits (one of the eight tables) had shown that many columns were learned by heart.
Each seed draws at most `max_rows` rows, of which a fifth is scored on. CPU seconds, one thread.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import json
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from _results import Row, arguments, write
from scipy.stats import chi2, rankdata
from table_sets import CLASSIFICATION, REGRESSION, Table, load

from pippin.apps.tables import application
from pippin.apps.tables.model import rows_of
from pippin.apps.tables.row_encoder import Encoder
from pippin.core.data import Dataset, Example
from pippin.core.inputs import Record
from pippin.core.learner import Learner
from pippin.core.run import Run
from pippin.core.values import Prediction, Score
from pippin.learn import boosted_trees
from pippin.learn.metrics import mean_interval, wilson
from pippin.learn.targets import Target

METHODS = "network", "linear", "boosting", "forest"
NEMENYI = 2.569  # critical value of four methods at 5 % (Demsar 2006, table 5)


def draw(table: Table, seed: int, numbers: bool) -> Dataset:
    """Return rows drawn by `seed`, a fifth of them to score on."""
    rows, targets = load(table)
    examples = []
    for index in np.random.default_rng(seed).permutation(len(rows))[: table.max_rows]:
        content = json.dumps(rows[index]).encode()
        item = Record(content=content, name=f"row {index}", media_type="application/json")
        examples.append(Example(item, float(targets[index]) if numbers else str(targets[index]), f"{index:x}"))
    return Dataset(table.source, tuple(examples[len(examples) // 5 :]), (), tuple(examples[: len(examples) // 5]))


def fitted(method: str, data: Dataset, seed: int) -> tuple[list[Prediction], float, Any]:
    """Return the answers of a method to the rows to score on, its CPU seconds of training, and the learner."""
    make: Callable[..., Learner] = application.methods.classical.get(method, application.learner)
    learner = make(application.configure(application.methods.deep.get(method, {})))
    with tempfile.TemporaryDirectory() as folder:
        started = time.process_time()
        learner.fit(data, Run(Path(folder), seed=seed))
        spent = time.process_time() - started
    return list(learner.predict(example.input for example in data.test)), spent, learner


def plain(data: Dataset, seed: int) -> tuple[np.ndarray, float]:
    """Return numbers predicted by scikit-learn's HistGradientBoostingRegressor as it comes, and its CPU seconds.

    It takes categories as such, missing values as they are.
    """
    from sklearn.ensemble import HistGradientBoostingRegressor

    rows = [json.loads(example.input.read()) for example in data.train + data.test]
    names = sorted(rows[0])
    texts = [any(isinstance(row[name], str) for row in rows) for name in names]
    columns = []
    for name, text in zip(names, texts, strict=True):
        known = {value: float(index) for index, value in enumerate(sorted({str(row[name]) for row in rows}))}
        column = [known[str(row[name])] if text else row[name] for row in rows]
        columns.append([np.nan if row[name] is None else cell for row, cell in zip(rows, column, strict=True)])
    table, count = np.array(columns, float).T, len(data.train)
    started = time.process_time()
    model = HistGradientBoostingRegressor(categorical_features=texts, random_state=seed)
    model.fit(table[:count], [example.answer for example in data.train])
    return model.predict(table[count:]), time.process_time() - started


def rmse(found: Sequence[float], truth: Sequence[float]) -> float:
    """Return the root of the mean squared error."""
    return float(np.sqrt(np.mean((np.array(found) - np.array(truth)) ** 2)))


def regression(seeds: int) -> tuple[list[Row], dict[str, Any]]:
    """Measure what `train` makes of a number: RMSE over plain boosting's, and how many intervals hold the number."""
    rows, facts, everything, held, scored = [], {}, [], 0, 0
    for name, table in REGRESSION.items():
        ratios, spent, covered, weights, count = [], [], 0, [], 0
        for seed in range(seeds):
            data = draw(table, seed, numbers=True)
            truth = [example.answer for example in data.test]
            answers, cpu, learner = fitted("chosen by train", data, seed)
            theirs, their_cpu = plain(data, seed)
            ratios.append(rmse([p.answer for p in answers], truth) / rmse(theirs, truth))
            spent.append((cpu, their_cpu))
            weights.append(learner.weights)
            covered += sum(p.interval[0] <= t <= p.interval[1] for p, t in zip(answers, truth, strict=True))
            count += len(truth)
            print(name, seed, round(ratios[-1], 3), round(cpu, 1), flush=True)
        everything.append(ratios)
        held, scored = held + covered, scored + count
        rows.append(row(f"{name}: RMSE over plain boosting's", geometric(ratios), "ratio", note=f"{seeds} seeds"))
        facts[name] = {
            "ratios": ratios,
            "coverage": covered / count,
            "cpu": [own for own, _ in spent],
            "cpu_plain": [other for _, other in spent],
            "weights": weights,
        }
    by_seed = [float(np.exp(np.mean(np.log([ratios[seed] for ratios in everything])))) for seed in range(seeds)]
    overall = row("five tables: RMSE over plain boosting's", geometric(by_seed), "ratio", aim="at most 1.00")
    coverage = row("five tables: 90 % intervals that hold the number", wilson(held, scored), "share", aim="about 0.9")
    return [overall, *rows, coverage], facts


def classification(seeds: int) -> tuple[list[Row], dict[str, Any]]:
    """Measure mean ranks of accuracy of the network and the classical methods, with the critical difference."""
    means, spent = {}, dict.fromkeys(METHODS, 0.0)
    for name, table in CLASSIFICATION.items():
        accuracies = {method: [] for method in METHODS}
        for seed in range(seeds):
            data = draw(table, seed, numbers=False)
            for method in METHODS:
                answers, cpu, _ = fitted(method, data, seed)
                right = [p.answer == e.answer for p, e in zip(answers, data.test, strict=True)]
                accuracies[method].append(float(np.mean(right)))
                spent[method] += cpu
        means[name] = {method: float(np.mean(values)) for method, values in accuracies.items()}
        print(name, {method: round(value, 4) for method, value in means[name].items()}, flush=True)
    ranks = np.array([rankdata([-round(values[m], 9) for m in METHODS]) for values in means.values()])
    tables, methods = ranks.shape
    mean_ranks = ranks.mean(axis=0)
    difference = NEMENYI * float(np.sqrt(methods * (methods + 1) / (6 * tables)))
    statistic = 12 * tables / (methods * (methods + 1)) * float(((mean_ranks - (methods + 1) / 2) ** 2).sum())
    note = f"critical difference {difference:.2f} (Nemenyi, 5 %), Friedman p = {chi2.sf(statistic, methods - 1):.2f}"
    rows = [
        Row(f"{tables} tables: mean rank of {method}", float(rank), "rank", note=note if method == METHODS[0] else "")
        for method, rank in zip(METHODS, mean_ranks, strict=True)
    ]
    return rows, {"accuracy": means, "critical_difference": difference, "cpu": spent, "seeds": seeds}


def tuning(seeds: int) -> tuple[list[Row], dict[str, Any]]:
    """Measure tuning of boosting: CPU of choosing and fitting over plain boosting's on the same rows, and its score.

    Beside it stands a grid of three sizes of tree in three-fold cross-validation on at most 1,500 rows.
    """
    facts: dict[str, Any] = {}
    ways = {"tuned": tune, "grid": grid}
    first = encoded(draw(REGRESSION["mpg"], 0, numbers=True), 0)
    for make in (as_it_comes, tune, grid):  # the first fits of a process load code
        make(*first[:3], 0)
    for name, table in {**REGRESSION, **{f"{key} (labels)": one for key, one in CLASSIFICATION.items()}}.items():
        found: dict[str, list[float]] = {f"{way} {what}": [] for way in ways for what in ("cpu", "score")}
        for seed in range(seeds):
            given = encoded(draw(table, seed, numbers=name in REGRESSION), seed)
            other, plain_cpu = timed(partial(as_it_comes, *given[:3], seed))
            for way, make in ways.items():
                model, cpu = timed(partial(make, *given[:3], seed))
                found[f"{way} cpu"].append(cpu / plain_cpu)
                found[f"{way} score"].append(compared(model, other, given))
        facts[name] = found
        print(name, {what: np.round(values, 3).tolist() for what, values in found.items()}, flush=True)
    rows = []
    note = f"{len(facts)} tables, {seeds} seeds"
    for way, about in (("tuned", "tuned boosting"), ("grid", "boosting by a grid in cross-validation")):
        costs = [geometric(one[f"{way} cpu"]).value for one in facts.values()]
        numbers = [geometric(facts[name][f"{way} score"]).value for name in REGRESSION]
        labels = [float(np.mean(one[f"{way} score"])) for name, one in facts.items() if name not in REGRESSION]
        aims = ("at most 3", "at most 1", "at least 0") if way == "tuned" else ("", "", "")
        rows += [
            row(f"{about}: CPU over plain boosting's", geometric(costs), "ratio", aims[0], note),
            row(f"{about}: RMSE over plain boosting's", geometric(numbers), "ratio", aims[1], note),
            row(f"{about}: accuracy less plain boosting's", mean_interval(labels), "share", aims[2], note),
        ]
    return rows, facts


Given = tuple[np.ndarray, np.ndarray, Target, np.ndarray, np.ndarray]


def encoded(data: Dataset, seed: int) -> Given:
    """Return rows as trees take them, encoded targets and the target, then rows and targets held out."""
    rows, answers, _ = rows_of(data.train, seed)
    encoder, target = Encoder.fit(rows), Target.fit(answers)
    kept = [e for e in data.test if target.is_number or e.answer in target.labels]
    held = encoder.trees([json.loads(e.input.read()) for e in kept])
    return encoder.trees(rows), target.encode(answers), target, held, target.encode([e.answer for e in kept])


def compared(model: Any, other: Any, given: Given) -> float:
    """Return the RMSE of a model over the other's, or its accuracy less the other's, on rows held out."""
    _, _, target, held, truth = given
    both = [boosted_trees.outputs(one, held, target) for one in (model, other)]
    if target.is_number:
        return rmse(both[0][:, 0], truth) / rmse(both[1][:, 0], truth)
    own, theirs = (float((outputs.argmax(axis=1) == truth).mean()) for outputs in both)
    return own - theirs


def grid(rows: np.ndarray, truth: np.ndarray, target: Target, seed: int) -> Any:
    """Choose leaves by three-fold cross-validation of 100 iterations on at most 1,500 rows, and fit."""
    from sklearn.model_selection import cross_val_score

    candidates = [{"max_leaf_nodes": leaves, "max_iter": 100, "learning_rate": 0.1} for leaves in (4, 8, 24)]
    few = slice(1500)
    scores = [
        cross_val_score(boosted_trees.estimator(target, one, seed), rows[few], truth[few], cv=3).mean()
        for one in candidates
    ]
    return boosted_trees.fit(rows, truth, target, candidates[int(np.argmax(scores))], seed)


def tune(rows: np.ndarray, truth: np.ndarray, target: Target, seed: int) -> Any:
    """Choose settings and fit."""
    settings = boosted_trees.choose(rows, truth, target, seed).settings
    return boosted_trees.fit(rows, truth, target, settings, seed)


def as_it_comes(rows: np.ndarray, truth: np.ndarray, target: Target, seed: int) -> Any:
    """Fit scikit-learn's histogram boosting with its own settings."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    kind = HistGradientBoostingRegressor if target.is_number else HistGradientBoostingClassifier
    return kind(random_state=seed).fit(rows, truth)


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Return what `work` gives and its CPU seconds."""
    started = time.process_time()
    return work(), time.process_time() - started


def geometric(ratios: Sequence[float]) -> Score:
    """Return the geometric mean with Student's t interval."""
    score = mean_interval([float(np.log(ratio)) for ratio in ratios])
    return Score(*(float(np.exp(value)) for value in score))


def row(what: str, score: Score, unit: str, aim: str = "", note: str = "") -> Row:
    """Return a result with its interval."""
    return Row(what, float(score.value), unit, float(score.low), float(score.high), aim, note=note)


def main() -> None:
    """Measure each part and write it down; a part with 0 seeds is left out."""
    given = arguments(__doc__, seeds=5, label_seeds=3, tuning_seeds=2)
    parts = (
        ("table_tuning", "Tuning of boosted trees", tuning, given.tuning_seeds),
        ("table_regression", "Numbers estimated by the model that `train` chooses", regression, given.seeds),
        ("table_classification", "Labels: networks beside classical methods", classification, given.label_seeds),
    )
    for name, title, measure, seeds in parts:
        if seeds:
            rows, facts = measure(seeds)
            write(name, title, rows, seeds=seeds, tables=facts)


if __name__ == "__main__":
    main()
