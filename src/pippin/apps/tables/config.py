"""Settings of `tables`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pippin.core.config import Config
from pippin.core.errors import PippinError

LIMITS = {"width": (1, 4096), "blocks": (0, 64), "members": (2, 1000)}  # that a network can be made of


@dataclass(frozen=True, eq=False, repr=False)
class TablesConfig(Config):
    """What columns mean, and what learns from them."""

    label: Annotated[
        str, "the column to predict (default: one called label, target, class ..., else the last that can be one)"
    ] = ""
    task: Annotated[
        Literal["auto", "classification", "regression"], "auto, classification, or regression (a number is estimated)"
    ] = "auto"
    skip: Annotated[str, "columns to leave out, as in 'id, name'"] = ""
    types: Annotated[
        str, "what columns hold, as in 'zip=category, price=number comma' (`tables columns` shows what is assumed)"
    ] = ""
    group: Annotated[str, "a column that says which rows belong together (a patient, a shop): never split apart"] = ""
    time: Annotated[str, "a column of dates or numbers: the last rows are the test split"] = ""
    combine: Annotated[
        Literal["auto", "network", "average"],
        "what predicts: network, average (of network, linear, boosting, forest, weighted on held-out rows) or auto "
        "(average for a number, network for a label)",
    ] = "auto"
    network: Annotated[
        Literal["residual", "plain"], "residual (regularised) or plain (two layers, no regularisation)"
    ] = "residual"
    text: Annotated[
        Literal["words", "sentences"], "columns of text as words (counted) or sentences (by a pretrained encoder)"
    ] = "words"
    width: Annotated[int, "of the network's layers"] = 64
    blocks: Annotated[int, "residual blocks of the network"] = 1
    members: Annotated[int, "networks whose mean predicts; each learns from all rows but one part"] = 4

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {"tiny": {"width": 32, "blocks": 1, "members": 2}}

    @classmethod
    def check_given(cls, given: Mapping[str, Any]) -> None:
        """Raise PippinError where no network has that size."""
        for name, (low, high) in LIMITS.items():
            if name in given and not low <= given[name] <= high:
                raise PippinError(f"--{name} must be from {low} to {high:,}, not {given[name]}.", input=given[name])
