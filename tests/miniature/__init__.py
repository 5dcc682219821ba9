"""A complete application in miniature, for tests: it tells early, middle and late words by their letters."""

from miniature.config import MiniatureConfig
from pippin.core.application import Application
from pippin.core.application_parts import Data, Export, Methods, ModelInfo, Output, OwnCommand, Scoring
from pippin.core.references import refs

here = refs(__name__)

application = Application(
    name="miniature",
    summary="tells whether a word's letters stand early, in the middle or late in the alphabet",
    package=__name__,
    input="text",
    output=Output("early, middle or late", validate=here("data:checked")),
    data=Data(here("data:load")),
    learner=here("learner:Letters"),
    methods=Methods(classical={"most-frequent": here("baseline:MostFrequent")}, quick="most-frequent"),
    scoring=Scoring("accuracy", here("data:score")),
    config=MiniatureConfig,
    model=ModelInfo(
        variant=lambda config: str(config.language),
        refit=lambda data, config: int(config.folds),
        notes=("Words made up by a random generator, free for any use.",),
    ),
    explain=here("learner:explain"),
    export=Export(here("learner:export"), here("learner:reader")),
    commands=(OwnCommand(here("commands:spell_out")),),
)
