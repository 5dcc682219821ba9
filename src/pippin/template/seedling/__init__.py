"""`seedling`: names handwritten digits, or what else you show it in folders named by what is in them."""

from pippin.core.application import Application
from pippin.core.application_parts import Data, Export, Methods, ModelInfo, Output, OwnCommand, Page, Scoring
from pippin.core.references import refs
from pippin.core.terms import Term

from .config import SeedlingConfig

# Looking at an application must cost nothing: everything heavy is named here and imported when it is called.
here, toolbox = refs(__name__), refs("pippin.learn")

application = Application(
    name="seedling",
    summary="names handwritten digits, or what else you show it in folders",
    package=__name__,
    input="image",
    output=Output("label"),
    data=Data(here("data:load"), thumbnail=toolbox("vision.thumbnails:thumbnail")),
    learner=here("learner:SeedlingLearner"),
    methods=Methods(
        classical={"logistic regression": here("classical:LogisticRegression")}, quick="logistic regression"
    ),
    scoring=Scoring("accuracy", toolbox("classification_scores:score_accuracy")),
    config=SeedlingConfig,
    model=ModelInfo(
        frameworks=("pytorch", "tensorflow"),
        notes=(
            "The sample is scikit-learn's copy of the test set of Optical Recognition of Handwritten Digits "
            "(Alpaydin and Kaynak, UCI Machine Learning Repository, 1998, CC BY 4.0): 1,797 digits by 13 people.",
        ),
    ),
    explain=here("explain:explain"),
    export=Export(here("export:export"), here("export:load_exported")),
    commands=(OwnCommand(here("commands:sample")),),
    # What pages say: what it does for a person, and words for its metrics and commands.
    page=Page(
        action="Name a digit",
        terms={
            "accuracy": Term("Accuracy", "The share of images that are given the right label; 1 is all of them."),
            "sample": Term("Save the sample", "Gives you the sample as images in folders, as your own data may come."),
        },
    ),
)
