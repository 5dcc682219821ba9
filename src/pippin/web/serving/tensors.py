"""Tensors of the Open Inference Protocol v2 over HTTP, as JSON and as binary data behind it.

Source: KServe's "Open Inference Protocol (V2)", and Triton's "Binary tensor data extension", which says how binary data
follow the JSON and which header tells where it ends.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pippin.core.errors import PippinError

Array = NDArray[Any]
JSON_LENGTH = "Inference-Header-Content-Length"
TYPES = {
    "BOOL": np.bool_,
    **{f"UINT{bits}": np.dtype(f"<u{bits // 8}").type for bits in (8, 16, 32, 64)},
    **{f"INT{bits}": np.dtype(f"<i{bits // 8}").type for bits in (8, 16, 32, 64)},
    "FP16": np.float16,
    "FP32": np.float32,
    "FP64": np.float64,
}
# What ONNX Runtime calls them.
ONNX_TYPES = {
    "tensor(bool)": "BOOL",
    **{f"tensor({kind}{bits})": f"{kind.upper()}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)},
    "tensor(float16)": "FP16",
    "tensor(float)": "FP32",
    "tensor(double)": "FP64",
}
MAX_NAME = 60  # characters of a client's name that a message repeats


@dataclass(frozen=True)
class TensorInfo:
    """Name, datatype and shape of an input or output; -1 stands for any size."""

    name: str
    datatype: str
    shape: tuple[int, ...]

    @property
    def description(self) -> dict[str, Any]:
        """The tensor as the protocol's metadata describe it."""
        return {"name": self.name, "datatype": self.datatype, "shape": list(self.shape)}


@dataclass(frozen=True)
class InferenceRequest:
    """What a client asks for: tensors by name, and which outputs it wants, each as binary data or not."""

    inputs: Mapping[str, Array]
    outputs: Mapping[str, bool]
    id: str | None = None
    timeout: float | None = None
    """Seconds, from the parameter `timeout` of Triton's clients."""


@dataclass
class _Binary:
    """The binary data behind the JSON, taken in the order of the inputs."""

    data: memoryview
    position: int = field(default=0)

    def take(self, size: int, name: str) -> memoryview:
        if self.position + size > len(self.data):
            left = len(self.data) - self.position
            raise PippinError(f"Input {name!r} says {size} bytes of binary data, but {left} are left in the body.")
        self.position += size
        return self.data[self.position - size : self.position]


def parse_request(
    body: bytes, json_length: str | None, inputs: Sequence[TensorInfo], outputs: Sequence[TensorInfo]
) -> InferenceRequest:
    """Read a request for a model with these inputs and outputs; PippinError says in a sentence what is wrong.

    `json_length` is the header that says how many bytes of `body` are JSON; None: all of it is.
    """
    text, binary = _parts(body, json_length)
    asked = _object(text)
    wanted = asked.get("inputs")
    if not isinstance(wanted, list) or not all(isinstance(one, dict) for one in wanted):
        raise PippinError('The request has no "inputs", a list of tensors with name, shape, datatype and data.')
    known = {info.name: info for info in inputs}
    names = [str(one.get("name")) for one in wanted]
    _refuse_names(names, known)
    tensors = {name: _tensor(known[name], one, binary) for name, one in zip(names, wanted, strict=True)}
    if binary.position < len(binary.data):
        raise PippinError(f"The body holds {len(binary.data) - binary.position} bytes that belong to no input.")
    parameters = _parameters(asked, "The request")
    return InferenceRequest(tensors, _outputs(asked, parameters, outputs), _id(asked), _timeout(parameters))


def _parts(body: bytes, json_length: str | None) -> tuple[bytes, _Binary]:
    if json_length is None:
        return body, _Binary(memoryview(b""))
    if not (json_length.isascii() and json_length.isdigit() and int(json_length) <= len(body)):
        raise PippinError(
            f"{JSON_LENGTH} must be a number of bytes up to those of the body, {len(body)}, "
            f"not {json_length[:MAX_NAME]!r}."
        )
    length = int(json_length)
    return body[:length], _Binary(memoryview(body)[length:])


def _object(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as problem:
        why = str(problem) if isinstance(problem, _NotFinite) else "The request is not valid JSON; send one object."
        raise PippinError(why) from problem
    if not isinstance(found, dict):
        raise PippinError("The request is not a JSON object; send one with a list of inputs.")
    return found


class _NotFinite(ValueError):
    """A number that JSON has no word for."""


def _refuse_constant(word: str) -> Any:
    raise _NotFinite(f"The request holds {word}; tensors take finite numbers only.")


def _refuse_names(names: Sequence[str], known: Mapping[str, TensorInfo]) -> None:
    takes = ", ".join(known)
    if unknown := [name for name in names if name not in known]:
        raise PippinError(f"The model has no input {unknown[0][:MAX_NAME]!r}; it takes: {takes}.")
    if missing := [name for name in known if name not in names]:
        raise PippinError(f"The input {missing[0]!r} is missing; the model takes: {takes}.")
    if twice := [name for name in names if names.count(name) > 1]:
        raise PippinError(f"The input {twice[0]!r} is there twice; send each once.")


def _tensor(info: TensorInfo, given: Mapping[str, Any], binary: _Binary) -> Array:
    """Return the array of one input, checked against what the model takes."""
    if given.get("datatype") != info.datatype:
        raise PippinError(f"Input {info.name!r} is {info.datatype}, not {str(given.get('datatype'))[:MAX_NAME]}.")
    shape = _shape(info, given.get("shape"))
    parameters = _parameters(given, f"Input {info.name!r}")
    if any(name.startswith("shared_memory") for name in parameters):
        raise PippinError(f"Input {info.name!r} lies in shared memory, which is not offered here; send its data.")
    size = parameters.get("binary_data_size")
    if size is not None:
        if "data" in given:
            raise PippinError(f"Input {info.name!r} has data both as JSON and as binary; send one of them.")
        array = _binary_array(info, shape, size, binary)
    else:
        array = _json_array(info, shape, given.get("data"))
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise PippinError(f"Input {info.name!r} holds NaN or infinity; tensors take finite numbers only.")
    return array


def _shape(info: TensorInfo, given: Any) -> tuple[int, ...]:
    takes = f"the model takes {list(info.shape)}, where -1 is any size"
    if not isinstance(given, list) or not all(type(size) is int for size in given):
        raise PippinError(f"Input {info.name!r} has no shape, a list of whole numbers; {takes}.")
    fits = len(given) == len(info.shape) and all(
        size > 0 and fixed in (-1, size) for size, fixed in zip(given, info.shape, strict=True)
    )
    if not fits:
        raise PippinError(f"Input {info.name!r} has the shape {str(given)[:MAX_NAME]}; {takes}.")
    return tuple(given)


def _binary_array(info: TensorInfo, shape: tuple[int, ...], size: Any, binary: _Binary) -> Array:
    dtype = np.dtype(TYPES[info.datatype])
    expected = math.prod(shape) * dtype.itemsize
    if size != expected or type(size) is not int:
        raise PippinError(
            f"Input {info.name!r} of shape {list(shape)} takes {expected} bytes, not {str(size)[:MAX_NAME]}."
        )
    data = binary.take(expected, info.name)
    if info.datatype == "BOOL":
        return np.asarray(np.frombuffer(data, np.uint8) != 0).reshape(shape)
    return np.frombuffer(data, dtype.newbyteorder("<")).astype(dtype, copy=False).reshape(shape)


def _json_array(info: TensorInfo, shape: tuple[int, ...], data: Any) -> Array:
    if not isinstance(data, list):
        raise PippinError(f'Input {info.name!r} has no "data", a list of numbers.')
    if info.datatype == "FP16":
        raise PippinError(f"Input {info.name!r} is FP16, which JSON cannot hold; send it as binary data.")
    try:
        found = np.asarray(data)
    except (ValueError, OverflowError, RecursionError) as problem:
        raise PippinError(f"The data of input {info.name!r} are lists of different lengths.") from problem
    dtype = np.dtype(TYPES[info.datatype])
    if found.size != math.prod(shape) or (found.ndim > 1 and found.shape != shape):
        raise PippinError(
            f"Input {info.name!r} of shape {list(shape)} takes {math.prod(shape)} numbers, not {found.size}."
        )
    allowed = {"b": "b", "f": "iuf"}.get(dtype.kind, "iu")
    if found.dtype.kind not in allowed:
        what = {"b": "true and false", "f": "numbers"}.get(dtype.kind, "whole numbers")
        raise PippinError(f"Input {info.name!r} is {info.datatype}; its data must be {what}.")
    limits = np.iinfo(dtype.name) if dtype.kind in "iu" else None
    if limits is not None and (found.min() < limits.min or found.max() > limits.max):
        raise PippinError(f"Input {info.name!r} is {info.datatype}; one of its numbers is too large for it.")
    with np.errstate(over="ignore"):  # infinity is refused by who calls
        return found.astype(dtype).reshape(shape)


def _parameters(given: Mapping[str, Any], what: str) -> Mapping[str, Any]:
    parameters = given.get("parameters", {})
    if not isinstance(parameters, dict):
        raise PippinError(f'{what} has "parameters" that are no object.')
    return parameters


def _outputs(asked: Mapping[str, Any], parameters: Mapping[str, Any], outputs: Sequence[TensorInfo]) -> dict[str, bool]:
    """Return the names of the outputs wanted, and which of them are to be binary."""
    binary = bool(parameters.get("binary_data_output", False))
    wanted = asked.get("outputs")
    if wanted is None or wanted == []:
        return {info.name: binary for info in outputs}
    if not isinstance(wanted, list) or not all(isinstance(one, dict) for one in wanted):
        raise PippinError('"outputs" is a list of objects, each with a name.')
    known = [info.name for info in outputs]
    found = {}
    for one in wanted:
        name, own = str(one.get("name")), _parameters(one, "An output")
        if name not in known:
            raise PippinError(f"The model has no output {name[:MAX_NAME]!r}; it has: {', '.join(known)}.")
        if own.keys() & {"classification", "shared_memory_region"}:
            raise PippinError(f"Output {name!r} is offered as a tensor only, without classification or shared memory.")
        found[name] = bool(own.get("binary_data", binary))
    return found


def _id(asked: Mapping[str, Any]) -> str | None:
    found = asked.get("id")
    if found is not None and (not isinstance(found, str) or len(found) > 200):
        raise PippinError('The "id" of a request is a text of at most 200 characters.')
    return found


def _timeout(parameters: Mapping[str, Any]) -> float | None:
    found = parameters.get("timeout")
    if found is None or found == 0:  # Triton's clients: no limit
        return None
    if type(found) is not int or found < 0:
        raise PippinError('The parameter "timeout" is a whole number of microseconds.')
    return found / 1e6


def render_response(
    request: InferenceRequest, name: str, version: str, outputs: Mapping[str, Array]
) -> tuple[bytes, int | None]:
    """Return the body of the response, and how many bytes of it are JSON where binary data follow."""
    described, parts = [], []
    for output, binary in request.outputs.items():
        array = np.asarray(outputs[output], order="C")
        info: dict[str, Any] = {"name": output, "datatype": datatype_of(array), "shape": list(array.shape)}
        if binary:
            data = array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
            parts.append(data)
            info["parameters"] = {"binary_data_size": len(data)}
        else:
            info["data"] = _numbers(output, array)
        described.append(info)
    answer: dict[str, Any] = {"model_name": name, "model_version": version, "outputs": described}
    if request.id is not None:
        answer["id"] = request.id
    text = json.dumps(answer, separators=(",", ":")).encode()
    return b"".join([text, *parts]), len(text) if parts else None


def _numbers(name: str, array: Array) -> list[Any]:
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise PippinError(f"Output {name!r} holds NaN or infinity, which JSON cannot hold; ask for it as binary data.")
    return list(array.ravel().tolist())


def datatype_of(array: Array) -> str:
    """Return the protocol's name for the type of an array."""
    return next(name for name, dtype in TYPES.items() if np.dtype(dtype) == array.dtype.newbyteorder("="))
