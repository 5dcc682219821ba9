"""`tables`: predicts a label or a number from the rows of a table (numbers, categories, dates, text)."""

from pippin.core.application import Application, Lazy
from pippin.core.terms import Term
from pippin.learn.metric_terms import LABEL_METRICS, NUMBER_METRICS

application = Application(
    name="tables",
    summary="predicts a label or a number for each row of a table",
    package="pippin.apps.tables",
    input="record",
    answer="label",
    metric="accuracy",
    data=Lazy("pippin.apps.tables.data:load"),
    learner=Lazy("pippin.apps.tables.learner:Network"),
    deep={
        "network": {"combine": "network", "network": "residual", "text": "words"},
        "network (plain)": {"combine": "network", "network": "plain", "text": "words"},
        "average": {"combine": "average", "network": "residual", "text": "words"},
        "sentence encoder": {"combine": "network", "network": "residual", "text": "sentences"},
    },
    on_request=("sentence encoder",),
    config={
        "label": "",
        "task": "auto",
        "skip": "",
        "types": "",
        "group": "",
        "time": "",
        "combine": "auto",
        "network": "residual",
        "text": "words",
        "width": 64,
        "blocks": 1,
        "members": 4,
    },
    options={
        "label": "the column to predict (default: one called label, target, class ..., else the last that can be one)",
        "task": "auto, classification, or regression (a number is estimated)",
        "skip": "columns to leave out, as in 'id, name'",
        "combine": "who answers: network, average (of network, linear, boosting, forest, weighted on rows held out) "
        "or auto (average for a number, network for a label)",
        "types": "what columns hold, as in 'zip=category, price=number comma' (`tables columns` shows what is assumed)",
        "group": "a column that says which rows belong together (a patient, a shop): never torn between parts",
        "time": "a column of dates or numbers: the last rows are the test part",
        "network": "residual (regularised) or plain (two layers, nothing against learning by heart)",
        "text": "columns of text as words (counted) or sentences (a pretrained encoder's view of them)",
        "width": "of the network's layers",
        "blocks": "residual blocks of the network",
        "members": "networks whose mean answers; each learns from all rows but one part",
    },
    tiny={"width": 32, "blocks": 1, "members": 2},
    score=Lazy("pippin.learn.score_details:score"),
    refit=lambda data, config: 1,
    details=Lazy("pippin.learn.score_details:details"),
    details_report=Lazy("pippin.learn.score_details:details_report"),
    baselines={
        "linear": Lazy("pippin.apps.tables.classical:Linear"),
        "boosting": Lazy("pippin.apps.tables.classical:Boosting"),
        "forest": Lazy("pippin.apps.tables.classical:Forest"),
    },
    quick_baseline="linear",
    estimator=Lazy("pippin.apps.tables.estimator:RowEstimator"),
    expand=Lazy("pippin.apps.tables.rows:records"),
    write_data=Lazy("pippin.apps.tables.rows:to_file"),
    commands=(Lazy("pippin.apps.tables.commands:columns"), Lazy("pippin.apps.tables.fields:fields")),
    exported=Lazy("pippin.apps.tables.learner:exported"),
    about=(
        "Numbers are standardised and ranked, categories counted, dates taken as days and seasons, text as words; all "
        "of it is learned from the rows to learn from alone.",
        "A number's 90 % interval is as wide as errors were on rows that the answering model had not learned from.",
        "With text=sentences, texts are seen by all-MiniLM-L6-v2 (Apache-2.0), which others trained on about a billion "
        "pairs of sentences.",
    ),
    extra="train",
    action="Predict a column",
    terms={
        **LABEL_METRICS,
        **NUMBER_METRICS,
        "columns": Term(
            "What is each column taken for?", "Shows what each column of a table holds and why; nothing is learned."
        ),
    },
    page_commands=("fields",),
)


def __getattr__(name: str) -> object:
    if name in ("Classifier", "Regressor"):
        from pippin.apps.tables import sklearn_api

        return getattr(sklearn_api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
