"""Settings of `lipread`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pippin.core.config import INFERENCE, LOCAL, Config


@dataclass(frozen=True, eq=False, repr=False)
class LipreadConfig(Config):
    """Whose lips are read, and how."""

    speaker_type: Annotated[
        Literal["person", "rendered"], "person, or rendered: the model for the rendered mouths of the sample"
    ] = "person"
    preset: Annotated[
        Literal["laptop", "small", "tiny"], "laptop (an hour for 1,000 clips), small (minutes) or tiny (seconds)"
    ] = "laptop"
    speaker: Annotated[
        str, "speakers to hold out and measure on, as in 's1,s2'; without it, sentences are held out", INFERENCE
    ] = ""
    clips: Annotated[int, "rendered clips in the sample, where no data are given", INFERENCE] = 240
    decode: Annotated[
        Literal["auto", "grammar", "beam", "greedy", "phrases"],
        "grammar, beam (with a language model of characters), greedy (letters alone), phrases (those you taught), or "
        "auto: phrases where you taught some twice, else the grammar where there is one, else beam",
        INFERENCE,
    ] = "auto"
    grammar: Annotated[
        str,
        "auto (the model's own), none, or a file: a line for each position in the sentence, its choices parted by |",
        INFERENCE,
        LOCAL,
    ] = "auto"
    face_index: Annotated[
        int, "which face, counted from the largest, where there are several; 0: the largest", INFERENCE
    ] = 0

    OLD_NAMES: ClassVar[Mapping[str, str]] = {"mouth": "speaker_type", "face": "face_index"}
    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "tiny": {"preset": "tiny", "clips": 96},
        "demo": {"speaker_type": "rendered"},
    }
