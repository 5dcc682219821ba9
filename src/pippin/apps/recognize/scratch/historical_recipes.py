"""Three recipes on one data set as a story: 1998, 2012 and today, with the same images and the same time."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

from pippin.core.context import Context
from pippin.core.report.cells import Figure, Table
from pippin.core.report.formatting import duration
from pippin.core.report.report import Report
from pippin.core.values import Score
from pippin.learn.plots.bar_chart import Bar, bars

STORY = {
    "1998 LeNet": "two layers of convolutions under tanh, averages between them; images as they are (LeCun et al.)",
    "2012 AlexNet": "deeper, ReLU, maxima, dropout, images moved and mirrored (Krizhevsky et al.), scaled down",
    "from scratch": "residual, batch normalisation, SiLU, Muon, one cycle, smoothed labels, averaged weights",
}
BESIDE = "hand-made SVM"
RULES = "edges, colours and textures by fixed rules; takes the time it takes"


def eras(
    context: Context,
    data: Annotated[str | None, "your images (a folder or file); nothing means the built-in sample"] = None,
    *,
    budget: Annotated[str, "time each recipe may spend: 90s, 5m"] = "1m",
    train_size: Annotated[int | None, "use only so many training images"] = None,
    seeds: Annotated[int, "repetitions, each with its own seed"] = 1,
) -> Report:
    """Compare recipes of 1998, 2012 and today on one data set.

    All train on the same images for the same time.
    """
    methods = ", ".join([*STORY, BESIDE])
    compared = context.run("compare", data, budget=budget, train_size=train_size, seeds=seeds, methods=methods).payload
    found = {name: compared["methods"][name] for name in (*STORY, BESIDE) if name in compared["methods"]}
    scores = {name: Score(**one["scores"]["accuracy"]) for name, one in found.items()}
    drawn = [Bar(name, *score) for name, score in scores.items()]
    facts = compared["data"]
    rows = tuple(
        (
            name,
            score,
            duration(found[name]["cpu_seconds"]),
            STORY.get(name, RULES),
        )
        for name, score in scores.items()
    )
    return Report(
        title=f"1998, 2012 and today on {facts['name']}",
        summary=_finding(scores, budget, facts["train"]),
        figures=(
            Figure(
                "accuracy of each recipe",
                bars(drawn),
                "image/svg+xml",
                f"{facts['examples']:,} images to score on; lines are 95 % intervals.",
            ),
        ),
        tables=(Table(("recipe", "accuracy", "training CPU", "what it is made of"), rows),),
        notes=tuple(compared["failed"]),
        payload={
            "application": context.name,
            "data": facts,
            "budget": budget,
            "scores": {name: score._asdict() for name, score in scores.items()},
            "recipes": {name: {"accuracy": score._asdict(), **found[name]} for name, score in scores.items()},
        },
        next=f"pippin {context.name} curve {data or ''}".strip(),
    )


def _finding(scores: dict[str, Score], budget: str, count: int) -> str:
    text = f"{count:,} images to learn from, {budget} for each recipe: "
    text += ", then ".join(f"{score.value:.3f} ({name})" for name, score in scores.items() if name in STORY)
    recipes = [name for name in STORY if name in scores]
    rising = all(scores[a].value < scores[b].value for a, b in pairwise(recipes))
    text += ". Each is better than the one before." if rising else ". Not each is better than the one before."
    if BESIDE in scores and recipes:
        behind = [name for name in recipes if scores[name].value < scores[BESIDE].value]
        verb = "stays" if len(behind) == 1 else "stay"
        told = f"{', '.join(behind)} {verb} behind it" if behind else "all are ahead of it"
        text += f" {BESIDE}: {scores[BESIDE].value:.3f}; {told}."
    return text
