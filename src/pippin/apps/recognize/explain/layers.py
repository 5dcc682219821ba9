"""`layers`: what the lowest, a middle and the last layer of the network answer to one image, laid over it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Images

from pippin.apps.recognize.browser_files import MIDDLE, with_output
from pippin.apps.recognize.pretrained.feature_cache import guesses
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.inputs import Image, Input
from pippin.core.report.cells import Figure
from pippin.core.report.report import Report
from pippin.core.workspace import cache
from pippin.learn.nn.onnx_session import session
from pippin.learn.plots.image_grids import grid, overlay_heatmap, png
from pippin.learn.vision import backbone, efficientnet_graph
from pippin.learn.vision.image_decoding import open_image

if TYPE_CHECKING:
    import onnxruntime

SHOWN, SIDE = 4, 160  # filters of a layer, pixels of each
LOW = next(iter(efficientnet_graph.convolutions())).name
LAYERS = {
    LOW: "The first layer: edges and colours",
    MIDDLE: "A third of the way up: parts",
    "map": "The last layer: things",
}
Maps = NDArray[np.float32]


def layers(context: Context, image: Annotated[Any, "an image"]) -> Report:
    """Show what three layers of the network answer to an image.

    Of each layer the filters are shown whose answers stand out most; orange is where a filter answers.
    """
    item = image if isinstance(image, Input) else Image.of(image)
    if isinstance(image, str | Path) and not Path(image).is_file():
        raise PippinError(f"{image} is no image file; name one.", input=image)
    pixels = backbone.pixels(open_image(item, about=(efficientnet_graph.SIDE,) * 2))
    *found, logits = _network(cache("backbone")).run([*LAYERS, "logits"], {"pixels": pixels[None]})
    shown = Images.fromarray(pixels.transpose(1, 2, 0).round().astype(np.uint8))
    chosen = [strongest(maps[0]) for maps in found]
    first = guesses(logits[0])[0]
    return Report(
        title=f"{context.name}: three layers look at {Path(item.name).name}",
        summary=f"The network's own first word for it is {first[0]} ({first[1]:.0%}).",
        figures=tuple(
            Figure(title, _draw(shown, maps[0], filters), "image/png", f"Filters {', '.join(map(str, filters))}.")
            for title, maps, filters in zip(LAYERS.values(), found, chosen, strict=True)
        ),
        payload={
            "application": context.name,
            "layers": [
                {"layer": title, "filters": filters} for title, filters in zip(LAYERS.values(), chosen, strict=True)
            ],
        },
    )


@lru_cache(maxsize=2)
def _network(folder: Path) -> onnxruntime.InferenceSession:
    """Return the network with the outputs of LAYERS."""
    graph = with_output(with_output(backbone.prepare(folder).read_bytes(), LOW), MIDDLE)
    return session(graph, numbers=backbone.read_weights(folder))


def strongest(maps_CHW: Maps) -> list[int]:
    """Return the filters whose answers stand out furthest from their own mean, the furthest first."""
    spread = maps_CHW.reshape(len(maps_CHW), -1).std(axis=1)
    return [int(number) for number in np.argsort(-spread, kind="stable")[:SHOWN]]


def _draw(image: Images.Image, maps_CHW: Maps, filters: list[int]) -> bytes:
    return png(grid([overlay_heatmap(image, _heat(maps_CHW[number], image.size)) for number in filters], SHOWN, SIDE))


def _heat(map_HW: Maps, size: tuple[int, int]) -> Maps:
    low, high = float(map_HW.min()), float(map_HW.max())
    scaled = (map_HW - low) / ((high - low) or 1)
    return np.asarray(Images.fromarray(scaled).resize(size, Images.Resampling.BILINEAR), np.float32)
