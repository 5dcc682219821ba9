"""A complete application in miniature, for tests: it tells early, middle and late words by their letters."""

from pippin.core.application import Application, Lazy

application = Application(
    name="miniature",
    summary="tells whether a word's letters stand early, in the middle or late in the alphabet",
    package="miniature",
    input="text",
    answer="early, middle or late",
    metric="accuracy",
    data=Lazy("miniature.data:load"),
    learner=Lazy("miniature.learner:Letters"),
    score=Lazy("miniature.data:score"),
    baselines={"most-frequent": Lazy("miniature.baseline:MostFrequent")},
    quick_baseline="most-frequent",
    config={"rate": 1.0, "language": "english", "folds": 0},
    options={"rate": "the size of a step", "language": "which variant to be", "folds": "how it is fitted at last"},
    refit=lambda data, config: int(config["folds"]),
    tiny={"rate": 2.0},
    variant=lambda config: str(config["language"]),
    checked=Lazy("miniature.data:checked"),
    exported=Lazy("miniature.learner:reader"),
    commands=(Lazy("miniature.commands:spell_out"),),
    about=("Words made up by a random generator, free for any use.",),
)
