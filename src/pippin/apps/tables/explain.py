"""Why `tables` answers as it does: which columns its answers hang on, and what in one row speaks for its label."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from pippin.apps.tables.data import values
from pippin.apps.tables.row_encoder import Facts
from pippin.apps.tables.table_reader import Row, Value
from pippin.core.data import Dataset, spread
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.report.cells import Figure, Table
from pippin.core.report.formatting import format_number
from pippin.core.report.report import Report
from pippin.core.values import Prediction, Score
from pippin.learn.metrics import bootstrap, wilson
from pippin.learn.plots.bar_chart import Bar, bars

if TYPE_CHECKING:
    from pippin.apps.tables.learner import Network

MAX_ROWS, DRAWS, MAX_BARS, MAX_WORDS = 1000, 40, 18, 12


def explain(learner: Network, input: Input | None, data: Callable[[], Dataset] | None = None) -> Report:
    """Explain which columns its predictions rest on, or what speaks for and against that for one row."""
    return model(learner, data) if input is None else row(learner, input, data)


def model(learner: Network, data: Callable[[], Dataset] | None) -> Report:
    """Show for each column how much answers change when its values are permuted."""
    rows, note = _rows(learner, data)
    before = _answers(learner, rows)
    rng = np.random.default_rng(0)
    changed: dict[str, Score] = {}
    for name in learner.encoder.names:
        order = rng.permutation(len(rows))
        permuted = [{**row, name: rows[other].get(name)} for row, other in zip(rows, order, strict=True)]
        changed[name] = _change(before, _answers(learner, permuted), learner.target.is_number)
    order_of = sorted(changed, key=lambda name: -changed[name].value)
    drawn = [Bar(name, changed[name].value, changed[name].low, changed[name].high) for name in order_of[:MAX_BARS]]
    first, numbers = order_of[0], learner.target.is_number
    size = format_number(changed[first].value) if numbers else f"{changed[first].value:.0%} of the answers"
    what = "mean change of the answer" if numbers else "answers that change"
    return Report(
        title="What its answers hang on",
        summary=f"Permuting {first!r} changes {'the answer by ' if numbers else ''}{size}{' on average' * numbers}.",
        figures=(
            Figure(
                f"{what.capitalize()} when a column is permuted",
                bars(drawn),
                "image/svg+xml",
                f"Each column's values exchanged among {len(rows)} rows, the others left as they are; 95 % intervals.",
            ),
        ),
        tables=(Table(("column", what), tuple((name, changed[name]) for name in order_of)),),
        notes=note,
        payload={
            "labels": dict(learner.counts),
            "changed": {name: score._asdict() for name, score in changed.items()},
            "rows": len(rows),
        },
    )


def row(learner: Network, item: Input, data: Callable[[], Dataset] | None) -> Report:
    """Explain a row: how its answer changes when a value is replaced by others', or a word is left out."""
    own = values(item)
    (prediction,) = learner.predict([item])
    answer, numbers = prediction.answer, learner.target.is_number
    label = format_number(answer) if numbers else str(answer)
    value = _share(learner, [own], label)
    others, note = _rows(learner, data)
    rng = np.random.default_rng(0)
    speaks: dict[str, float] = {}
    for name in learner.encoder.names:
        drawn = [others[index].get(name) for index in rng.integers(0, len(others), DRAWS)]
        speaks[name] = value - _share(learner, [{**own, name: other} for other in drawn], label)
    order = sorted(speaks, key=lambda name: -abs(speaks[name]))
    drawn_bars = [Bar(f"{name} = {_shown(own.get(name))}", speaks[name]) for name in order[:MAX_BARS]]
    words = _words(learner, own, label, value)
    what = "the number" if numbers else f"the probability of {label}"
    return Report(
        title=f"Why {'this row' if item.name.startswith('{') else item.name} is: {label}",
        summary=_summary(prediction, label, value),
        figures=(
            Figure(
                f"What each value adds to {what}",
                bars(drawn_bars),
                "image/svg+xml",
                f"{what.capitalize()} as the row is, less its mean with this value replaced by those of other rows.",
            ),
        ),
        tables=_tables(own, speaks, order[:MAX_BARS], words, "the number" if numbers else label),
        notes=note + prediction.evidence,
        payload={
            "input": item.name,
            "answer": answer if numbers else label,
            "confidence": prediction.confidence,
            **({"interval": list(prediction.interval)} if prediction.interval else {}),
            "speaks": speaks,
            "words": [list(word) for word in words],
        },
    )


def _tables(
    own: Row, speaks: Mapping[str, float], order: Sequence[str], words: Sequence[tuple[str, float]], what: str
) -> tuple[Table, ...]:
    """Return how much each column, and each word, adds to the answer: the figure's numbers for a terminal."""
    rows = tuple((name, _shown(own.get(name)), speaks[name]) for name in order)
    tables = (Table(("column", "value", f"adds to {what}"), rows),)
    return (*tables, Table(("word", f"adds to {what}"), tuple(words))) if words else tables


def _summary(prediction: Prediction, label: str, share: float) -> str:
    if prediction.interval is None:
        return f"{label} has a probability of {share:.2f}; what is above 0 speaks for it, below 0 against it."
    low, high = map(format_number, prediction.interval)
    return f"{label}, between {low} and {high} nine times of ten; what is above 0 raises it, below 0 lowers it."


def _change(before: Sequence[float], after: Sequence[float], numbers: bool) -> Score:
    """Return the share of answers that differ, or the mean absolute difference of numbers."""
    if not numbers:
        return wilson(sum(a != b for a, b in zip(before, after, strict=True)), len(before))
    return bootstrap(lambda sizes: float(sizes.mean()), np.abs(np.array(before) - np.array(after)))


def _words(learner: Network, own: Row, label: str, share: float) -> tuple[tuple[str, float], ...]:
    """Return the words that add most to a label, or speak most against it, and the change when each is left out."""
    texts = {str(facts["name"]) for facts in learner.encoder.facts if facts["kind"] in ("text", "sentences")}
    found = []
    for name in sorted(texts):
        parts = str(own.get(name) or "").split()
        for index, word in enumerate(parts[:60]):
            without = " ".join(parts[:index] + parts[index + 1 :])
            found.append((word, round(share - _share(learner, [{**own, name: without}], label), 3)))
    return tuple(sorted(found, key=lambda pair: -abs(pair[1]))[:MAX_WORDS])


def _rows(learner: Network, data: Callable[[], Dataset] | None) -> tuple[list[Row], tuple[str, ...]]:
    """Return rows of the data it learned from, or rows drawn column by column from what it remembers of them."""
    try:
        if data is not None and (examples := spread(data().examples, 0)[:MAX_ROWS]):
            return [values(example.input) for example in examples], ()
    except PippinError:
        pass  # what it learned from has changed or gone: what is remembered has to do
    chance = np.random.default_rng(0)
    drawn: list[Row] = [{} for _ in range(MAX_ROWS // 4)]
    for facts in learner.encoder.facts:
        for one in drawn:
            one[str(facts["name"])] = _sample_value(facts, chance)
    return drawn, ("Rows were drawn column by column from what it remembers; name real ones with --data.",)


def _sample_value(facts: Facts, chance: np.random.Generator) -> Value:
    if facts["kind"] == "category":
        return str(chance.choice(facts["values"]))
    if facts["kind"] == "number":
        return float(chance.choice(facts["quantiles"]))
    if facts["kind"] == "text" and facts["terms"]:
        return " ".join(chance.choice(facts["terms"][:200], 8))
    return None


def _answers(learner: Network, rows: Sequence[Row]) -> list[float]:
    """Return the index of each row's label, or its number."""
    numbers = learner.target.is_number
    return [float(found[0] if numbers else found.argmax()) for found, _ in learner.shares(rows)]


def _share(learner: Network, rows: Sequence[Row], label: str) -> float:
    """Return the mean probability of `label` over rows, or their mean number."""
    if learner.target.is_number:
        return float(np.mean([found[0] for found, _ in learner.shares(rows)]))
    position = learner.recall.labels(learner.labels).index(label)
    return float(np.mean([shares[position] for shares, _ in learner.shares(rows)]))


def _shown(value: Value) -> str:
    text = f"{value:g}" if isinstance(value, float | int) else "nothing" if value is None else str(value)
    return text if len(text) <= 24 else text[:23] + "…"
