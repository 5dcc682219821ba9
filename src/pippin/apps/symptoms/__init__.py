"""`symptoms`: asks about symptoms, one question after another, and ranks conditions or says none; for research."""

from pippin.apps.symptoms.config import SymptomsConfig
from pippin.core.application import Application
from pippin.core.application_parts import Data, Export, Methods, ModelInfo, Output, OwnCommand, Page, Scoring
from pippin.core.references import refs
from pippin.core.terms import Term

here = refs(__name__)
NOTES = (
    "For research and education; not a medical device, not for diagnosis or treatment.",
    "All patients are made up: DDXPlus (Fansi Tchango et al. 2022, CC BY 4.0) is synthetic, drawn from a knowledge "
    "base of 49 conditions. It says nothing about how often they occur, or how people with them feel.",
    "Names and structure of evidences and conditions are those of DDXPlus; questions and explanations are our own.",
)

application = Application(
    name="symptoms",
    summary="asks about symptoms, ranks conditions or says none (research)",
    package=__name__,
    input="text",
    output=Output('condition, or "none of these"', validate=here("predictions:validate_condition")),
    data=Data(here("data:load"), expand=here("patients.reading:expand"), sensitive="health"),
    learner=here("learner:SymptomsLearner"),
    methods=Methods(
        classical={
            "naive Bayes": here("classical:NaiveBayes"),
            "cautious naive Bayes": here("classical:CautiousNaiveBayes"),
        },
        quick="naive Bayes",
    ),
    scoring=Scoring("top1_after_8", here("scoring:score")),
    config=SymptomsConfig,
    model=ModelInfo(refit=here("data:refit"), extra="symptoms", notes=NOTES),
    explain=here("explain:explain"),
    export=Export(here("export:export"), here("export:load_exported")),
    commands=(
        OwnCommand(here("commands.asking:ask"), background=True),
        OwnCommand(here("commands.step:step"), page=True),
        OwnCommand(here("commands.lists:read")),
        OwnCommand(here("commands.lists:conditions")),
        OwnCommand(here("commands.lists:questions")),
        OwnCommand(here("commands.lists:sample")),
    ),
    page=Page(
        action="Answer questions about symptoms",
        terms={
            "top1_after_3": Term("First after 3 questions", "How often the right condition stands first by then."),
            "top1_after_5": Term("First after 5 questions", "The same after 5 questions."),
            "top1_after_8": Term("First after 8 questions", "The same after 8 questions."),
            "top1_after_10": Term("First after 10 questions", "The same after 10 questions."),
            "severe_top3_after_8": Term(
                "Severe ones among three", "How often a severe condition is among the first three after 8 questions."
            ),
            "ece": Term("Calibration error", "How far the first condition's probability lies from the share right."),
            "none_auroc": Term(
                "None of these", "How well patients of no known condition are told from others; 0.5 is chance."
            ),
            "ask": Term("Answer questions", "Asks what tells most, one question after another."),
            "read": Term("Read a text", "Lists what a text in everyday words says is there and is not."),
            "conditions": Term("List conditions", "The 49 conditions it knows; yours may be none of them."),
            "questions": Term("List questions", "All questions it may ask, by code."),
            "sample": Term("Get drawn patients", "Patients drawn from the learned tables, to try it on."),
        },
    ),
)
