"""Settings of `recognize`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pippin.core.config import LOCAL, Config


@dataclass(frozen=True, eq=False, repr=False)
class RecognizeConfig(Config):
    """How images are learned from."""

    fine_tune: Annotated[bool, "from 1,000 images on, tune the last blocks too; kept if better on held-out images"] = (
        True
    )
    from_scratch: Annotated[bool, "learn from your images alone, without the pretrained network"] = False
    self_supervised: Annotated[bool, "learn from images without labels, by comparing varied views of each"] = False
    objective: Annotated[
        Literal["simclr", "barlow-twins", "vicreg"],
        "with --self-supervised: what the two views of an image are to agree in",
    ] = "simclr"
    recipe: Annotated[
        Literal["resnet", "resnet-plain", "alexnet", "lenet"],
        "with --from-scratch: resnet, resnet-plain (unregularised), alexnet (2012, scaled down) or lenet (1998)",
    ] = "resnet"
    image_size: Annotated[
        int, "with --from-scratch or --self-supervised: pixels a side it sees (0: 24 to 64, by the images)"
    ] = 0
    width: Annotated[int, "with these two: channels of the first layer; more see more and take longer"] = 16
    hflip: Annotated[bool, "with these two: an image's mirror image shows the same"] = True
    features: Annotated[
        str, "a Python file with a function features(image): your own features, in `compare` and `curve`", LOCAL
    ] = ""
    group: Annotated[
        str, "what keeps in one split, such as a patient: a regular expression on file names, or a table's column"
    ] = ""

    OLD_NAMES: ClassVar[Mapping[str, str]] = {"side": "image_size", "mirror": "hflip"}
    OLD_VALUES: ClassVar[Mapping[str, Mapping[Any, Any]]] = {
        "recipe": {"today": "resnet", "plain": "resnet-plain", "2012": "alexnet", "1998": "lenet"}
    }
    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
