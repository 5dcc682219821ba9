"""Tensors: what Triton's client writes is read as it was, and what is written is read by it as it was."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import tritonclient.http as triton
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pippin.core.errors import PippinError
from pippin.web.serving.tensors import ONNX_TYPES, TYPES, TensorInfo, parse_request, render_response

NAMES = sorted(TYPES)


OUTPUTS = [TensorInfo("out", "FP32", (-1,))]


def message_of(body: bytes, length: str | None) -> str:
    """What is said against a request, "" where it is read."""
    try:
        asked = parse_request(body, length, [TensorInfo("x", "INT8", (-1,))], OUTPUTS)
    except PippinError as problem:
        return problem.message
    assert asked.inputs["x"].dtype == np.int8
    return ""


@st.composite
def tensors(draw: Any) -> tuple[str, np.ndarray]:
    """A datatype, and an array of finite numbers of it."""
    name = draw(st.sampled_from(NAMES))
    dtype = np.dtype(TYPES[name])
    shape = draw(arrays.array_shapes(min_dims=1, max_dims=3, max_side=4))
    finite = {"allow_nan": False, "allow_infinity": False} if dtype.kind == "f" else {}
    return name, draw(arrays.arrays(dtype, shape, elements=arrays.from_dtype(dtype, **finite)))


@given(tensors(), tensors(), st.booleans(), st.booleans())
def test_requests_of_triton_s_client_are_read_as_they_were(
    one: tuple[str, np.ndarray], two: tuple[str, np.ndarray], first_binary: bool, second_binary: bool
) -> None:
    inputs, infos = [], []
    for name, (datatype, array), binary in (("a", one, first_binary), ("b", two, second_binary)):
        made = triton.InferInput(name, array.shape, datatype)
        made.set_data_from_numpy(array, binary_data=binary or datatype == "FP16")
        inputs.append(made)
        infos.append(TensorInfo(name, datatype, (-1,) * array.ndim))
    body, length = triton.InferenceServerClient.generate_request_body(inputs)
    asked = parse_request(
        bytes(body), None if length is None else str(length), infos, [TensorInfo("out", "FP32", (-1,))]
    )
    for name, (_, array) in (("a", one), ("b", two)):
        assert asked.inputs[name].dtype == array.dtype
        np.testing.assert_array_equal(asked.inputs[name], array)


@given(tensors(), st.booleans())
def test_answers_are_read_by_triton_s_client_as_they_were(one: tuple[str, np.ndarray], binary: bool) -> None:
    datatype, array = one
    binary = binary or datatype == "FP16"
    given_input = {"name": "x", "datatype": "FP32", "shape": [1], "data": [1]}
    text = {"inputs": [given_input], "outputs": [{"name": "out", "parameters": {"binary_data": binary}}], "id": "i"}
    info = TensorInfo("out", datatype, array.shape)
    asked = parse_request(json.dumps(text).encode(), None, [TensorInfo("x", "FP32", (-1,))], [info])
    body, length = render_response(asked, "model", "1", {"out": array})
    answer = triton.InferenceServerClient.parse_response_body(body, header_length=length)
    np.testing.assert_array_equal(answer.as_numpy("out"), array)
    assert answer.get_response()["outputs"][0]["datatype"] == datatype


@given(st.binary(max_size=200), st.one_of(st.none(), st.text("0123456789-x", max_size=4)))
def test_any_bytes_are_read_or_refused(body: bytes, length: str | None) -> None:
    assert "\n" not in message_of(body, length)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=8,
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "name": st.sampled_from(["x", "y", 1]),
            "datatype": st.sampled_from(["FP32", "INT8"]),
            "shape": JSON,
            "data": JSON,
            "parameters": JSON,
        },
    ),
    JSON,
    JSON,
    JSON,
)
def test_any_json_is_read_or_refused(one: dict[str, Any], outputs: Any, parameters: Any, number: Any) -> None:
    body = json.dumps({"inputs": [one], "outputs": outputs, "parameters": parameters, "id": number}).encode()
    assert "\n" not in message_of(body, None)


def test_numbers_that_json_cannot_hold_are_asked_for_as_binary() -> None:
    text = {"inputs": [{"name": "x", "datatype": "FP32", "shape": [1], "data": [1]}]}
    asked = parse_request(json.dumps(text).encode(), None, [TensorInfo("x", "FP32", (1,))], OUTPUTS)
    with pytest.raises(PippinError, match="ask for it as binary data"):
        render_response(asked, "model", "1", {"out": np.array([np.inf], np.float32)})


def test_each_type_of_a_graph_has_its_name_in_the_protocol() -> None:
    assert set(ONNX_TYPES.values()) == set(TYPES)
