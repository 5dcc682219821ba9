"""`seedling`: names handwritten digits, or what else you show it in folders named by what is in them."""

from pippin.core.application import Application, Lazy
from pippin.core.terms import Term

# Looking at an application must cost nothing: everything heavy is named here and imported when it is called.
application = Application(
    name="seedling",
    summary="names handwritten digits, or what else you show it in folders",
    package="seedling",
    input="image",
    answer="label",
    metric="accuracy",
    data=Lazy("seedling.data:load"),
    learner=Lazy("seedling.learner:Learner"),
    score=Lazy("seedling.data:score"),
    baselines={"logistic regression": Lazy("seedling.baseline:LogisticRegression")},
    quick_baseline="logistic regression",
    config={"width": 16, "passes": 20, "rate": 0.01},
    options={
        "width": "channels of the first layer",
        "passes": "passes over the data, where no budget is given",
        "rate": "highest learning rate",
    },
    tiny={"width": 8, "passes": 6, "rate": 0.02},
    thumbnail=Lazy("pippin.learn.vision.thumbnails:thumbnail"),
    exported=Lazy("seedling.learner:exported"),
    commands=(Lazy("seedling.data:sample"),),
    # What pages say: what it does for a person, and words for its metrics and commands.
    action="Name a digit",
    terms={
        "accuracy": Term("Accuracy", "The share of images that are given the right label; 1 is all of them."),
        "sample": Term("Save the sample", "Gives you the sample as images in folders, as your own data may come."),
    },
    about=(
        "The sample is scikit-learn's copy of the test set of Optical Recognition of Handwritten Digits "
        "(Alpaydin and Kaynak, UCI Machine Learning Repository, 1998, CC BY 4.0): 1,797 digits by 13 people.",
    ),
)
