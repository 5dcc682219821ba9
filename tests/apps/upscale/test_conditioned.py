"""Networks whose kernels an estimated condition chooses: PyTorch, ONNX and the degradations they learn from."""

import io

import numpy as np
import pytest
from PIL import Image

from pippin.apps.upscale.degradation import CONDITIONS, Blur, Degradation, any_degradation, degrade, snapshot
from pippin.apps.upscale.estimation import (
    cautious,
    clean_share,
    estimate,
    jpeg_quality,
    overridden,
    tiles_of,
    with_quality,
)
from pippin.apps.upscale.onnx_model import Model, Shape
from pippin.apps.upscale.resampling import resize_matrix, resized

torch = pytest.importorskip("torch")
graph = pytest.importorskip("pippin.apps.upscale.onnx_graph")
network = pytest.importorskip("pippin.apps.upscale.network")
SHAPES = (Shape(2, 3, 8, 1, 8), Shape(1, 3, 8, 1, 8), Shape(3, 1, 8, 2), Shape(1, 1, 8, 1))


def built(shape: Shape) -> tuple[object, Model]:
    """A network with random weights in every expert, and the model it becomes."""
    torch.manual_seed(0)
    made = network.Upscaler(shape)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.copy_((parameter + 0.05 * torch.randn_like(parameter)).half().float())
    graphs = {"network": graph.network(shape), "features": graph.features(shape)}
    if shape.experts:
        graphs["estimator"] = graph.estimator()
    return made.eval(), Model(shape, made.collapsed(), graphs)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_onnx_equals_pytorch(shape: Shape) -> None:
    made, model = built(shape)
    planes = torch.rand(1, 3, 20 + 2 * shape.radius, 24 + 2 * shape.radius)
    condition = torch.randn(len(CONDITIONS)) if shape.experts else None
    given = (
        planes if shape.channels == 3 else (planes * torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)).sum(1, True)
    )
    with torch.no_grad():
        mixed = None if condition is None else torch.from_numpy(cautious(condition.numpy()))
        expected = made(given, mixed).numpy()
    bicubic, added = model.for_condition(None if condition is None else condition.numpy())(planes.numpy())
    base = bicubic if shape.channels == 3 else np.einsum("c,nchw->nhw", [0.299, 0.587, 0.114], bicubic)[:, None]
    assert np.abs(base + added - expected).max() < 1e-3 * max(
        1.0, np.abs(expected).max()
    )  # kernels are in half precision


def test_exported_graph_mixes_as_the_model_does() -> None:
    from pippin.learn.nn.onnx_session import session

    shape = SHAPES[0]
    _, model = built(shape)
    image = np.random.default_rng(0).random((1, 3, 20, 22), np.float32)
    condition = np.random.default_rng(1).random(len(CONDITIONS), np.float32)
    opened = session(graph.filled(graph.conditioned(shape), model.weights))
    for blur in (-0.1, 0.15, 0.5, 1.0):
        condition[0] = blur
        found = opened.run(["bicubic", "added"], {"picture": image, "condition": condition})
        expected = model.for_condition(condition)(image)
        assert all(np.abs(one - other).max() < 1e-5 for one, other in zip(found, expected, strict=True))
    other = model.for_condition(1 - condition)(image)
    assert np.abs(other[1] - expected[1]).max() > 1e-3  # the condition matters


def test_estimator_is_the_same_in_onnx() -> None:
    made, model = built(SHAPES[0])
    tiles = torch.rand(4, 3, 40, 48)
    with torch.no_grad():
        expected = made.estimator(tiles).numpy()
    assert np.abs(model.run_estimator(tiles.numpy()) - expected).max() < 1e-3


@pytest.mark.parametrize(
    ("blur", "mixed", "noise", "expected"),
    [(-0.1, 0, -0.1, 0), (0.15, 0, 0, 0.015), (0.3, 0.1, 0.1, 0.13), (0.6, 0.53333, -0.1, 0.06), (1.3, 1.3, 0, 0.06)],
)
def test_less_blur_and_more_noise_is_assumed(blur: float, mixed: float, noise: float, expected: float) -> None:
    given = np.array([blur, 0.1, -0.1, noise, 0.2, 0.3, 0.4], np.float32)
    found, ratio = cautious(given), max(mixed / blur, 0)
    assert found.tolist() == pytest.approx([mixed, 0.1 * ratio, -0.1 * ratio, expected, 0.2, 0.3, 0.4], abs=1e-5)
    assert given[3] == np.float32(noise)


@pytest.mark.parametrize(("sharpest", "expected"), [(0.1, 0.1), (0.7, 0.4)])
def test_the_sharpest_part_tells_the_blur(sharpest: float, expected: float) -> None:
    def estimator(tiles: np.ndarray) -> np.ndarray:
        is_all = len(tiles) == 7
        return np.full(len(CONDITIONS), 0.4 if is_all else sharpest, np.float32)

    found = estimate(estimator, np.zeros((7, 3, 32, 32), np.float32))
    assert found.tolist() == pytest.approx([expected] * 3 + [0.4] * 4)


def test_odd_sizes_at_a_scale_of_one() -> None:
    _, model = built(Shape(1, 3, 8, 1))
    radius = model.shape.radius
    image = np.random.default_rng(0).random((1, 3, 21 + 2 * radius, 17 + 2 * radius), np.float32)
    bicubic, added = model(image)
    assert bicubic.shape == added.shape == (1, 3, 21, 17)
    assert np.abs(bicubic - image[..., radius:-radius, radius:-radius]).max() < 1e-6


@pytest.mark.parametrize("quality", [10, 30, 50, 55, 75, 90, 95, 100])
def test_quality_is_read_from_a_jpeg_files_tables(quality: int) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16), "teal").save(buffer, "JPEG", quality=quality)
    found = jpeg_quality(buffer.getvalue())
    assert found is not None
    assert abs(found - quality) <= 1


def test_quality_of_other_files_is_unknown() -> None:
    assert jpeg_quality(b"\x89PNG") is None
    assert jpeg_quality(b"\xff\xd8\xff\xe0 damaged") is None


def test_settings_and_tables_override_an_estimate() -> None:
    estimate = np.full(len(CONDITIONS), 0.5, np.float32)
    known = with_quality(estimate, 65)
    assert known[CONDITIONS.index("jpeg")] == pytest.approx(0.5)
    assert with_quality(estimate, None) is estimate
    denoised = overridden(estimate, 0.25)
    assert denoised[CONDITIONS.index("noise")] == denoised[CONDITIONS.index("jpeg")] == 0.25
    assert denoised[CONDITIONS.index("blur")] == 0.5
    assert overridden(estimate, "auto") is estimate
    assert clean_share(np.zeros(len(CONDITIONS))) == 1
    assert clean_share(estimate) == 0
    zeros = np.zeros(len(CONDITIONS), np.float32)
    assert [clean_share(with_quality(zeros, quality), quality) for quality in (97, 90, 60)] == [1, 0.5, 0]
    soft = zeros + np.float32(0.2) * (np.array(CONDITIONS) == "blur")
    assert clean_share(soft) == 0.5


def test_tiles_come_from_all_over_an_image_whatever_the_slabs() -> None:
    image = np.random.default_rng(0).random((3, 500, 430), np.float32)
    found = tiles_of([image[:, top : top + 37] for top in range(0, 500, 37)], 500, 430)
    assert found.shape == (36, 3, 96, 96)
    assert np.array_equal(found, tiles_of([image], 500, 430))
    windows = np.lib.stride_tricks.sliding_window_view(image, (3, 96, 96))[0]
    assert all((windows[:, :, 0, 0, 0] == tile[0, 0, 0]).any() for tile in found)
    assert tiles_of([image[:, :50, :40]], 50, 40).shape == (2, 3, 40, 40)


@pytest.mark.parametrize("corner", [(0, 0), (0, 560), (420, 0), (420, 560)])
def test_flat_parts_of_an_image_do_not_count(corner: tuple[int, int]) -> None:
    page, (top, left) = np.ones((3, 460, 600), np.float32), corner
    page[:, top : top + 40, left : left + 40] = np.random.default_rng(0).random((3, 40, 40), np.float32)
    tiles = tiles_of([page], 460, 600)
    assert 1 <= len(tiles) <= 4
    assert all((tile < 1).any() for tile in tiles)
    assert len(tiles_of([page[:, 41:419, 41:559]], 378, 518)) == 36  # where all is flat, all counts


def test_condition_tells_what_was_done() -> None:
    plain = Degradation().condition(2)
    assert not plain.any()
    blurred = Degradation(blur=Blur(2, 1, 0.0)).condition(2)
    assert blurred[CONDITIONS.index("slant")] > 0
    assert blurred[CONDITIONS.index("blur")] > 0
    upright = Degradation(blur=Blur(2, 1, np.pi / 2)).condition(2)
    assert upright[CONDITIONS.index("slant")] == pytest.approx(-blurred[CONDITIONS.index("slant")])
    noisy = Degradation(noise=10, quality=65, earlier_quality=30).condition(1)
    named = dict(zip(CONDITIONS, noisy, strict=True))
    assert named["noise"] == pytest.approx(0.4)
    assert named["jpeg"] == pytest.approx(0.5)
    assert named["earlier"] == 1


@pytest.mark.parametrize("scale", [1, 2, 3, 4])
def test_degraded_copies_have_the_right_size_and_are_reproducible(scale: int) -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 48, 60, 3), np.uint8)
    for seed in range(12):
        for draw in (any_degradation, snapshot):
            degradation = draw(scale, np.random.default_rng(seed))
            found = degrade(images, degradation, scale, np.random.default_rng(seed))
            assert found.shape == (2, 48 // scale, 60 // scale, 3)
            assert found.dtype == np.uint8
            assert np.array_equal(found, degrade(images, degradation, scale, np.random.default_rng(seed)))
            assert np.isfinite(degradation.condition(scale)).all()


def test_noise_and_blur_have_the_strength_that_was_asked_for() -> None:
    grey = np.full((1, 128, 128, 3), 128, np.uint8)
    noisy = degrade(grey, Degradation(noise=10), 1, np.random.default_rng(0))
    assert noisy.std() == pytest.approx(10, rel=0.1)
    edge = np.zeros((1, 64, 64, 3), np.uint8)
    edge[:, :, 32:] = 255
    soft = degrade(edge, Degradation(blur=Blur(2, 2)), 1, np.random.default_rng(0))[0, 32, :, 0].astype(float)
    step = np.diff(soft) / 255
    places = np.arange(len(step))
    centre = (places * step).sum()
    assert ((places - centre) ** 2 * step).sum() ** 0.5 == pytest.approx(2, rel=0.1)


def test_a_matrix_resizes_as_the_taps_do() -> None:
    image = np.random.default_rng(0).random((31, 5))
    assert np.abs(resize_matrix(31, 17) @ image - resized(image, 17, 5)).max() < 1e-5


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (22, 300), (23, 23), (97, 400)])
def test_images_of_every_size_are_estimated(size: tuple[int, int]) -> None:
    _, model = built(SHAPES[0])
    planes = np.random.default_rng(0).random((3, *size), np.float32)
    assert np.isfinite(model.estimate(tiles_of([planes], *size))).all()
