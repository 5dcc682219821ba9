"""Settings of `recognize`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pippin.core.config import LOCAL, Config
from pippin.core.errors import PippinError


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
    architecture: Annotated[
        str,
        "with --from-scratch: your own network, FILE.py:function (torch.nn.Module or keras.Model) or a .keras file",
        LOCAL,
    ] = ""
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

    @classmethod
    def check_given(cls, given: Mapping[str, Any]) -> None:
        """Raise PippinError for a network of one's own beside the pretrained one."""
        if given.get("architecture") and not given.get("from_scratch"):
            raise PippinError(
                "--architecture names a network that begins with its own weights: add --from-scratch.",
                input=given["architecture"],
            )

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
