"""Settings of `raredisease`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pippin.core.config import INFERENCE, LOCAL, Config


@dataclass(frozen=True, eq=False, repr=False)
class RareDiseaseConfig(Config):
    """How the encoder and the re-ranker are trained, and which rows count for a published patient."""

    encoder: Annotated[
        Literal["builtin", "train"], "builtin: the set encoder of the built-in model; train: one of these data's own"
    ] = "train"
    steps: Annotated[int, "steps of training the set encoder, each on 256 simulated patients"] = 500
    reranker_epochs: Annotated[int, "epochs of training the re-ranker"] = 15
    simulated: Annotated[int, "simulated patients the re-ranker learns from beside the patients given"] = 0
    per_disease: Annotated[int, "patients of one disease the re-ranker learns from at most"] = 8
    leave_paper_out: Annotated[
        bool, "leave out annotations that only a published patient's own papers support", INFERENCE
    ] = True

    catalogue: Annotated[
        Literal["OMIM", "ORPHA", "all"], "whose diseases are ranked; it was measured on OMIM's", INFERENCE
    ] = "OMIM"
    hpo: Annotated[
        str, "a folder with hp.obo and phenotype.hpoa to rank and score by, instead of those in use", INFERENCE, LOCAL
    ] = ""

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "tiny": {"encoder": "train", "steps": 3, "reranker_epochs": 4, "simulated": 60, "per_disease": 3},
    }
