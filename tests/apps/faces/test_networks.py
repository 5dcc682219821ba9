"""The networks' files, how faces are laid for them, and what they make of a photograph."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from pippin.apps.faces.networks.alignment import TEMPLATE, align, fit_similarity
from pippin.apps.faces.networks.detector import Detection, overlap, suppress_overlaps
from pippin.apps.faces.networks.faces import FaceReader
from pippin.apps.faces.networks.weights import dequantize, dequantize_model

skimage_data = pytest.importorskip("skimage.data")
transform = pytest.importorskip("skimage.transform")


def test_weights_are_scaled_block_by_block() -> None:
    values = np.array([[0, 10, 20, 30, 40]], np.int8)
    found = dequantize(values, np.array([[1.0, 2.0]], np.float32), np.array([[0, 10]], np.int8), axis=1, block_size=3)
    assert found.tolist() == [[0, 10, 20, 40, 60]]


@pytest.fixture
def model() -> bytes:
    """A small model with a quantised weight, a PRelu and a Dropout."""
    rng = np.random.default_rng(0)
    constants = {
        "w_quantized": rng.integers(-90, 90, (4, 27)).astype(np.int8),
        "w_scales": rng.uniform(0.01, 0.02, (4, 3)).astype(np.float32),
        "w_zero_point": rng.integers(-5, 5, (4, 3)).astype(np.int8),
        "w_shape": np.array([4, 3, 3, 3]),
        "slope": rng.uniform(-0.5, 1.5, (4, 1, 1)).astype(np.float32),
    }
    nodes = [
        helper.make_node(
            "DequantizeLinear", ["w_quantized", "w_scales", "w_zero_point"], ["w_dequantized"], axis=1, block_size=9
        ),
        helper.make_node("Reshape", ["w_dequantized", "w_shape"], ["w"]),
        helper.make_node("Conv", ["x", "w"], ["c"], pads=[1, 1, 1, 1]),
        helper.make_node("PRelu", ["c", "slope"], ["p"]),
        helper.make_node("Dropout", ["p"], ["d"]),
        helper.make_node("Relu", ["d"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 4, 8, 8])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10).SerializeToString()


def test_a_model_with_plain_weights_computes_the_same(model: bytes) -> None:
    from onnx.reference import ReferenceEvaluator

    from pippin.learn.nn.onnx_session import session

    plain = dequantize_model(model, (0, 2, 3))
    assert {node.op_type for node in onnx.load_model_from_string(plain).graph.node} == {"Conv", "Relu", "Mul", "Add"}
    x = np.random.default_rng(1).normal(size=(1, 3, 8, 8)).astype(np.float32)
    (right,) = ReferenceEvaluator(onnx.load_model_from_string(model)).run(None, {"x": x})
    (found,) = session(plain).run(None, {"x": x})
    np.testing.assert_allclose(found, right, atol=1e-5)
    assert session(plain).run(None, {"x": np.zeros((2, 3, 16, 24), np.float32)})[0].shape == (2, 4, 16, 24)


@given(st.floats(-3, 3), st.floats(0.2, 5), st.floats(-50, 50), st.floats(-50, 50))
def test_a_similarity_is_found_again(angle: float, scale: float, x: float, y: float) -> None:
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    found = fit_similarity(TEMPLATE, scale * TEMPLATE @ turn.T + [x, y])
    np.testing.assert_allclose(found[0], scale, rtol=1e-6)
    np.testing.assert_allclose(found[1], turn, atol=1e-6)
    np.testing.assert_allclose(found[2], [x, y], atol=1e-4)


def test_a_similarity_is_that_of_scikit_image() -> None:
    points = TEMPLATE * 1.7 + np.random.default_rng(0).normal(0, 4, (5, 2))
    right = transform.SimilarityTransform.from_estimate(TEMPLATE, points).params
    scale, rotation, shift = fit_similarity(TEMPLATE, points)
    np.testing.assert_allclose(np.column_stack([scale * rotation, shift]), right[:2], atol=1e-6)


@pytest.mark.parametrize("size", [0.4, 1.0, 3.3])
def test_an_aligned_face_has_its_points_where_they_belong(size: float) -> None:
    canvas = np.zeros((700, 700, 3), np.uint8)
    points = TEMPLATE * size + 100
    for x, y in points:
        half = max(2, round(2 * size))
        canvas[round(y) - half : round(y) + half + 1, round(x) - half : round(x) + half + 1] = 255
    face = align(canvas, points)
    assert face.shape == (112, 112, 3)
    for x, y in TEMPLATE:
        rows, columns = np.mgrid[round(y) - 5 : round(y) + 6, round(x) - 5 : round(x) + 6]
        weights = face[rows, columns, 0].astype(float)
        np.testing.assert_allclose(
            [(weights * columns).sum() / weights.sum(), (weights * rows).sum() / weights.sum()], [x, y], atol=1
        )


def test_of_overlapping_detections_the_surest_stays() -> None:
    boxes = [((0, 0, 10, 10), 0.8), ((1, 1, 10, 10), 0.9), ((30, 0, 10, 10), 0.7)]
    found = suppress_overlaps([Detection(box, np.zeros((5, 2)), score) for box, score in boxes])
    assert [face.score for face in found] == [0.9, 0.7]
    assert overlap((0, 0, 10, 10), (5, 0, 10, 10)) == pytest.approx(1 / 3)


@pytest.fixture(scope="module")
def astronaut() -> np.ndarray:
    """A photograph in the public domain that scikit-image brings."""
    return skimage_data.astronaut()


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaceReader]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIPPIN_HOME", str(tmp_path_factory.mktemp("home")))
        reader = FaceReader()
        reader.read(np.zeros((64, 64, 3), np.uint8))
        yield reader


def test_the_face_of_a_photograph_is_found_where_it_is(reader: FaceReader, astronaut: np.ndarray) -> None:
    (face,) = reader.read(astronaut)
    left, top, width, height = face.box
    assert left < 0.44 < left + width
    assert top < 0.22 < top + height
    assert face.is_good
    assert np.linalg.norm(face.vector) == pytest.approx(1, abs=1e-5)


def test_the_same_face_is_recognised_smaller_turned_and_cut(reader: FaceReader, astronaut: np.ndarray) -> None:
    (face,) = reader.read(astronaut)
    image = Image.fromarray(astronaut)
    for other in (
        image.resize((256, 256)),
        image.rotate(20),
        image.crop((150, 0, 320, 220)),
        image.convert("L").convert("RGB"),
    ):
        (found,) = reader.read(np.asarray(other))
        assert float(face.vector @ found.vector) > 0.6


def test_no_face_is_found_where_there_is_none(reader: FaceReader) -> None:
    assert reader.read(skimage_data.coffee()) == []
    assert reader.read(np.zeros((1, 1, 3), np.uint8)) == []


def test_a_drawn_box_gives_nearly_the_same_face(reader: FaceReader, astronaut: np.ndarray) -> None:
    (face,) = reader.read(astronaut)
    assert float(reader.read_box(astronaut, face.box).vector @ face.vector) > 0.7


def test_a_blurred_face_is_not_learned_from(reader: FaceReader, astronaut: np.ndarray) -> None:
    small = Image.fromarray(astronaut).resize((48, 48)).resize((512, 512), Image.Resampling.BICUBIC)
    assert not any(face.is_good for face in reader.read(np.asarray(small)))
