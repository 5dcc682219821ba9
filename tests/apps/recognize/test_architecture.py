"""A network of a user's own, in PyTorch or Keras, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
import pippin
from pippin.core.errors import PippinError
from pippin.learn.keras_graph.client import has_tensorflow

needs_tensorflow = pytest.mark.skipif(not has_tensorflow(), reason="TensorFlow is not installed: pippin[tensorflow]")
SAMPLE = Path(pippin.__file__).parent / "apps" / "recognize" / "sample"
EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
UNET = """
import torch
from torch import nn

class UNet(nn.Module):
    def __init__(self, labels):
        super().__init__()
        self.down, self.pool = nn.Conv2d(3, 4, 3, padding=1), nn.MaxPool2d(2)
        self.middle, self.up = nn.Conv2d(4, 8, 3, padding=1), nn.ConvTranspose2d(8, 4, 2, stride=2)
        self.last = nn.Conv2d(8, labels, 3, padding=1)

    def forward(self, x):
        first = torch.relu(self.down(x))
        inner = torch.relu(self.middle(self.pool(first)))
        return self.last(torch.cat([self.up(inner), first], dim=1)).mean((2, 3))

def network(side, labels):
    return UNet(labels)

def wrong(side, labels):
    return UNet(labels + 1)

def nothing(side, labels):
    return "a network"
"""
TRANSFORMER = """
import keras
from keras import layers

def network(side, labels):
    given = keras.Input((side, side, 3))
    patches = layers.Reshape((16, 16))(layers.Conv2D(16, side // 4, strides=side // 4)(given))
    mixed = layers.MultiHeadAttention(2, 8, name="attention")(patches, patches)
    return keras.Model(given, layers.Dense(labels)(layers.GlobalAveragePooling1D()(mixed)))

def residual(side, labels):
    given = keras.Input((side, side, 3))
    x = layers.Conv2D(4, 3, strides=2, padding="same")(layers.Rescaling(2.0, -1.0)(given))
    x = layers.ReLU()(layers.BatchNormalization()(x))
    y = layers.DepthwiseConv2D(3, padding="same", activation="gelu")(layers.Dropout(0.1)(x))
    x = layers.Concatenate()([layers.Add()([x, y]), layers.UpSampling2D(2)(layers.AveragePooling2D(2)(y))])
    x = layers.Conv2DTranspose(4, 2, strides=2)(layers.LayerNormalization()(x))
    return keras.Model(given, layers.Dense(labels, activation="softmax")(layers.GlobalMaxPooling2D()(x)))
"""


def learn(reference: str, framework: str = "pytorch", **more: object) -> dict[str, object]:
    settings = {"from_scratch": True, "image_size": 16, "epochs": 1, "refit": False, "threads": 1, **more}
    return dict(pippin.train("recognize", str(SAMPLE), architecture=reference, framework=framework, **settings).payload)


def test_a_network_in_pytorch_learns_and_is_exported(tmp_path: Path) -> None:
    (tmp_path / "unet.py").write_text(UNET)
    trained = learn(f"{tmp_path / 'unet.py'}:network")
    answer = pippin.predict("recognize", str(SAMPLE / "apple" / "rendered_1.png"), model=trained["artifact"]).payload
    assert answer["results"][0]["answer"]
    pippin.export("recognize", tmp_path / "out", model=trained["artifact"])
    assert (tmp_path / "out" / "recognize.onnx").exists()
    with pytest.raises(PippinError, match="of a user's own"):
        pippin.explain("recognize", model=trained["artifact"])


@needs_tensorflow
def test_networks_learn_in_tensorflow(tmp_path: Path) -> None:
    (tmp_path / "unet.py").write_text(UNET)
    (tmp_path / "keras_one.py").write_text(TRANSFORMER)
    for reference in (
        f"{tmp_path / 'unet.py'}:network",
        f"{tmp_path / 'keras_one.py'}:residual",
        f"{EXAMPLES / 'network_pytorch.py'}:network",
        f"{EXAMPLES / 'network_keras.py'}:network",
    ):
        trained = learn(reference, "tensorflow")
        assert pippin.evaluate("recognize", model=trained["artifact"]).payload["scores"]


@needs_tensorflow
def test_an_operator_that_cannot_be_converted_is_named(tmp_path: Path) -> None:
    (tmp_path / "block.py").write_text(TRANSFORMER)
    with pytest.raises(PippinError, match=r"layer attention \(MultiHeadAttention\) cannot be converted"):
        learn(f"{tmp_path / 'block.py'}:network", "tensorflow")


@needs_tensorflow
def test_a_keras_file_is_read_and_code_in_it_is_refused(tmp_path: Path) -> None:
    program = f"""
import keras
from keras import layers
first = [keras.Input((16, 16, 3)), layers.Flatten()]
keras.Sequential([*first, layers.Dense(9)]).save({str(tmp_path / "good.keras")!r})
keras.Sequential([*first, layers.Lambda(lambda x: x * 2), layers.Dense(9)]).save({str(tmp_path / "code.keras")!r})
keras.Sequential([*first, layers.Dense(4)]).save({str(tmp_path / "wrong.keras")!r})
"""
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    assert learn(str(tmp_path / "good.keras"), "tensorflow")["scores"]
    with pytest.raises(PippinError, match="holds a Lambda layer, which is code"):
        learn(str(tmp_path / "code.keras"), "tensorflow")
    with pytest.raises(PippinError, match=r"must give \(None, 9\), one number a label, not \(None, 4\)"):
        learn(str(tmp_path / "wrong.keras"), "tensorflow")
    (tmp_path / "no.keras").write_bytes(b"no model")
    with pytest.raises(PippinError, match=r"cannot be read as a \.keras file"):
        learn(str(tmp_path / "no.keras"), "tensorflow")


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("nowhere.py:network", "There is no file nowhere.py"),
        ("nowhere.keras", "There is no file nowhere.keras"),
        ("network", "names no function; write FILE.py:function"),
        ("{}/unet.py:wrong", r"gives \[2, 10\] for 2 images and 9 labels; it must give \[2, 9\]"),
        ("{}/unet.py:nothing", "gives str, no torch.nn.Module"),
        ("{}/unet.py:missing", "has no function missing"),
        ("{}/both.py:network", "imports both Keras and PyTorch"),
        ("{}/neither.py:network", "imports neither torch nor keras"),
        ("{}/keras_one.py:network", "learns in TensorFlow: add --framework tensorflow"),
    ],
)
def test_what_is_no_network_is_refused(reference: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "unet.py").write_text(UNET)
    (tmp_path / "both.py").write_text("import keras\nimport torch\n")
    (tmp_path / "neither.py").write_text("import math\n")
    (tmp_path / "keras_one.py").write_text(TRANSFORMER)
    with pytest.raises(PippinError, match=told):
        learn(reference.format(tmp_path))


def test_it_needs_from_scratch() -> None:
    with pytest.raises(PippinError, match="add --from-scratch"):
        pippin.train("recognize", str(SAMPLE), architecture="own.py:network")
