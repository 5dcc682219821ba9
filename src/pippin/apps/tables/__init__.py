"""`tables`: predicts a label or a number from the rows of a table (numbers, categories, dates, text)."""

from pippin.apps.tables.config import TablesConfig
from pippin.core.application import Application
from pippin.core.application_parts import Data, Export, Methods, ModelInfo, Output, OwnCommand, Page, Scoring
from pippin.core.references import refs
from pippin.core.terms import Term
from pippin.learn.metric_terms import LABEL_METRICS, NUMBER_METRICS

here, toolbox = refs(__name__), refs("pippin.learn")

application = Application(
    name="tables",
    summary="predicts a label or a number for each row of a table",
    package=__name__,
    input="record",
    output=Output("label"),
    data=Data(here("data:load"), expand=here("rows:records"), write=here("rows:to_file")),
    learner=here("learner:Network"),
    methods=Methods(
        deep={
            "network": {"combine": "network", "network": "residual", "text": "words"},
            "network (plain)": {"combine": "network", "network": "plain", "text": "words"},
            "average": {"combine": "average", "network": "residual", "text": "words"},
            "sentence encoder": {"combine": "network", "network": "residual", "text": "sentences"},
        },
        classical={
            "linear": here("classical:Linear"),
            "boosting": here("classical:Boosting"),
            "forest": here("classical:Forest"),
        },
        quick="linear",
        on_request=("sentence encoder",),
        estimator=here("estimator:RowEstimator"),
    ),
    scoring=Scoring(
        "accuracy",
        toolbox("score_details:score"),
        details=toolbox("score_details:details"),
        details_report=toolbox("score_details:details_report"),
    ),
    config=TablesConfig,
    model=ModelInfo(
        refit=lambda data, config: 1,
        frameworks=("pytorch", "tensorflow"),
        notes=(
            "Numbers are standardised and ranked, categories counted, dates taken as days and seasons, text as words; "
            "all of it is learned from the rows to learn from alone.",
            "A number's 90 % interval is as wide as errors were on rows that the answering model had not learned from.",
            "With text=sentences, texts are seen by all-MiniLM-L6-v2 (Apache-2.0), which others trained on about a "
            "billion pairs of sentences.",
        ),
    ),
    explain=here("explain:explain"),
    export=Export(here("export:export"), here("export:load_exported")),
    commands=(OwnCommand(here("commands:columns")), OwnCommand(here("fields:fields"), page=True)),
    page=Page(
        action="Predict a column",
        terms={
            **LABEL_METRICS,
            **NUMBER_METRICS,
            "columns": Term(
                "What is each column taken for?", "Shows what each column of a table holds and why; nothing is learned."
            ),
        },
    ),
)


def __getattr__(name: str) -> object:
    if name in ("Classifier", "Regressor"):
        from pippin.apps.tables import sklearn_api

        return getattr(sklearn_api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
