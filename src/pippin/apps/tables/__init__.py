"""`tables`: learns a label from the rows of a table (numbers, categories, dates, text), and what speaks for it."""

from pippin.core.application import Application, Lazy

application = Application(
    name="tables",
    summary="names the label of a table's row, from numbers, categories, dates or text; deep beside classical",
    package="pippin.apps.tables",
    input="record",
    answer="label",
    metric="accuracy",
    data=Lazy("pippin.apps.tables.data:load"),
    learner=Lazy("pippin.apps.tables.learner:Network"),
    deep={
        "network": {"network": "residual", "text": "words"},
        "network (plain)": {"network": "plain", "text": "words"},
        "sentence encoder": {"network": "residual", "text": "sentences"},
    },
    on_request=("sentence encoder",),
    config={"label": "", "skip": "", "network": "residual", "text": "words", "width": 128, "blocks": 2},
    options={
        "label": "the column to learn (default: one called label, class, target ..., else the last that can be one)",
        "skip": "columns to leave out, as in 'id, name'",
        "network": "residual (regularised) or plain (two layers, nothing against learning by heart)",
        "text": "columns of text as words (counted) or sentences (a pretrained encoder's view of them)",
        "width": "of the network's layers",
        "blocks": "residual blocks of the network",
    },
    tiny={"width": 32, "blocks": 1},
    score=Lazy("pippin.learn.label_scores:score"),
    baselines={
        "linear": Lazy("pippin.apps.tables.classical:Linear"),
        "boosting": Lazy("pippin.apps.tables.classical:Boosting"),
    },
    quick_baseline="linear",
    estimator=Lazy("pippin.apps.tables.estimator:RowEstimator"),
    expand=Lazy("pippin.apps.tables.data:records"),
    exported=Lazy("pippin.apps.tables.learner:exported"),
    about=(
        "Numbers are standardised and ranked, categories counted, dates taken as days and seasons, text as words; all "
        "of it is learned from the rows to learn from alone.",
        "With text=sentences, texts are seen by all-MiniLM-L6-v2 (Apache-2.0), which others trained on about a billion "
        "pairs of sentences.",
    ),
    extra="train",
)
