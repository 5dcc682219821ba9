"""Why a sentence is understood as it is: nearest examples and telling words; and how alike the intents are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import combinations

import numpy as np

from pippin.apps.assistant.learner import AssistantLearner, text_of
from pippin.core.data import Dataset
from pippin.core.inputs import Input
from pippin.core.report.cells import Figure, Table
from pippin.core.report.formatting import pluralize
from pippin.core.report.report import Report
from pippin.learn.plots.bar_chart import Bar, bars
from pippin.learn.text.token_encoder import token_encoder, word_spans

MAX_WORDS = 30  # of a sentence that are left out in turn
MAX_PAIRS = 10


def explain(learner: AssistantLearner, item: Input | None, data: Callable[[], Dataset] | None) -> Report:
    """Explain the model, or what it makes of one sentence."""
    return sentence(learner, item) if item is not None else model(learner)


def sentence(learner: AssistantLearner, item: Input) -> Report:
    """Return which words an intent hangs on, by leaving out each, and the examples most like the sentence."""
    text, used = text_of(item), learner.used
    (found,) = used.interpret(token_encoder(), [text])
    words = telling_words(learner, text, str(found.intent))
    drawn = [Bar(word, change) for word, change in words] or [Bar(text[:40], found.confidence)]
    rows = tuple((example, intent, round(likeness, 3)) for example, intent, likeness in found.nearest)
    return Report(
        title=f"Why {item.name!r} is {found.intent if found.known else 'nothing it knows'}",
        summary=f"Certainty {found.certainty:.2f}; from {used.threshold:.2f} on it is taken for {found.intent}.",
        figures=(
            Figure(
                f"What each word adds to the probability of {found.intent}",
                bars(drawn),
                "image/svg+xml",
                "The probability as the sentence is, less that without the word.",
            ),
        ),
        tables=(
            Table(("example", "intent", "likeness"), rows, "Nearest examples"),
            Table(("word", f"adds to {found.intent}"), tuple(words), "Telling words"),
        ),
        payload={
            "input": item.name,
            "answer": found.intent,
            "known": found.known,
            "confidence": found.confidence,
            "certainty": found.certainty,
            "threshold": used.threshold,
            "nearest": [{"text": text, "intent": intent, "likeness": x} for text, intent, x in found.nearest],
            "words": [[word, change] for word, change in words],
            "slots": dict(found.slots),
        },
    )


def telling_words(learner: AssistantLearner, text: str, intent: str) -> list[tuple[str, float]]:
    """Return what leaving out each word takes from the probability of an intent, the largest change first."""
    spans = [(a, b) for a, b in word_spans(text) if text[a:b].strip(".,;:!?")][:MAX_WORDS]
    without = [" ".join((text[:a] + text[b:]).split()) for a, b in spans]
    texts, place = [text, *without], learner.model.labels.index(intent)
    vectors = np.stack([one.vector for one in learner.model.seen_by(token_encoder()).encode(texts)])
    shares = learner.model.probabilities(texts, vectors)[:, place]
    changes = [(text[a:b], round(float(shares[0] - share), 4)) for (a, b), share in zip(spans, shares[1:], strict=True)]
    return sorted(changes, key=lambda change: -abs(change[1]))


def model(learner: AssistantLearner) -> Report:
    """Return how many examples each intent has, and which intents have examples most like one another."""
    head = learner.model.head
    counts = Counter(head.labels[owner] for owner in head.owners_M)
    drawn = [Bar(label, float(count)) for label, count in counts.most_common(40)]
    pairs = closest_pairs(learner)
    rows = tuple((one, other, round(likeness, 3), first, second) for one, other, likeness, first, second in pairs)
    return Report(
        title=f"What it can tell apart: {pluralize(len(head.labels), 'intent')}",
        summary="Intents with examples alike are the first it mixes up; other words in these would help.",
        figures=(Figure("Examples by intent", bars(drawn), "image/svg+xml", "Those it compares sentences with."),),
        tables=(
            Table(("intent", "and", "likeness", "example", "and example"), rows, "Nearest examples of two intents"),
        ),
        payload={"intents": dict(counts), "pairs": [list(row) for row in rows]},
    )


def closest_pairs(learner: AssistantLearner) -> list[tuple[str, str, float, str, str]]:
    """Return the pairs of intents whose nearest examples are most alike, with these."""
    head, texts = learner.model.head, learner.model.texts
    means = np.stack([head.examples_ME[head.owners_M == index].mean(axis=0) for index in range(len(head.labels))])
    near = means @ means.T
    likely = sorted(combinations(range(len(head.labels)), 2), key=lambda pair: -near[pair])[: 5 * MAX_PAIRS]
    found = []
    for one, other in likely:
        own, theirs = (np.flatnonzero(head.owners_M == place) for place in (one, other))
        cosines = head.examples_ME[own] @ head.examples_ME[theirs].T
        row, column = np.unravel_index(int(cosines.argmax()), cosines.shape)
        pair = texts[own[row]], texts[theirs[column]]
        found.append((head.labels[one], head.labels[other], float(cosines[row, column]), *pair))
    return sorted(found, key=lambda pair: -pair[2])[:MAX_PAIRS]
