"""Messages between two processes: JSON values and arrays over a pipe, nothing that could run code."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np

Arrays = Mapping[str, np.ndarray]
_HEAD = struct.Struct(">Q")


def send(stream: BinaryIO, values: Mapping[str, Any], arrays: Arrays | None = None) -> None:
    """Write one message."""
    parts = {name: np.asarray(one, order="C") for name, one in (arrays or {}).items()}
    about = [[name, one.dtype.name, list(one.shape)] for name, one in parts.items()]
    head = json.dumps({"values": dict(values), "arrays": about}).encode()
    stream.write(_HEAD.pack(len(head)) + head)
    for one in parts.values():
        stream.write(one.tobytes())
    stream.flush()


def receive(stream: BinaryIO) -> tuple[dict[str, Any], dict[str, np.ndarray]] | None:
    """Read one message as (values, arrays); None where the other end has closed."""
    start = stream.read(_HEAD.size)
    if len(start) < _HEAD.size:
        return None
    head = json.loads(_read(stream, _HEAD.unpack(start)[0]))
    arrays = {}
    for name, dtype, shape in head["arrays"]:
        count = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
        arrays[name] = np.frombuffer(_read(stream, count), dtype).reshape(shape)
    return head["values"], arrays


def _read(stream: BinaryIO, count: int) -> bytes:
    content = stream.read(count)
    if len(content) < count:
        raise EOFError("the other process ended within a message")
    return content
