"""What the lesson's pages need to recognize without a server: the network in half precision, class names, images."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from pippin.apps.recognize.classical.tick import FEATURES, list_images
from pippin.core.files import write_bytes, write_json
from pippin.core.workspace import cache
from pippin.learn.vision import backbone, efficientnet_graph

SAMPLE = Path(__file__).parent / "sample"
MIDDLE = "_blocks.4._project_conv"  # [40,28,28], a third of the way up: what pages show between edges and objects
ZOOM = 0.84  # of the sides, which two of the four looks of an image keep
MANY = "apple"  # the label that pages show twenty images of
# Fields of ONNX messages (onnx.proto3): ModelProto.graph, GraphProto.output.
GRAPH, OUTPUT = 7, 12


def write_browser_files(folder: Path) -> list[str]:
    """Write the network, its class names and images to show it; return the verbs that they are for."""
    source = backbone.prepare(cache("backbone"))
    weights = np.fromfile(source.with_name(efficientnet_graph.WEIGHTS_FILE), "<f4")
    write_bytes(folder / "network.onnx", with_output(source.read_bytes(), MIDDLE))
    write_bytes(folder / "weights.f16", weights.astype("<f2").tobytes())
    images = []
    for label, name, content in _images():
        write_bytes(folder / name, content)
        images.append({"label": label, "file": name})
    stem = next(iter(efficientnet_graph.shapes().values()))
    facts = {
        "classes": backbone.class_names(),
        "images": images,
        "many": MANY,
        "numbers": efficientnet_graph.WEIGHTS_FILE,
        "middle": MIDDLE,
        "stem": stem,
        "tick": [{"image": name, "label": label, "file": _name(file)} for name, label, file in list_images()],
        "features": FEATURES,
    }
    write_json(folder / "recognize.json", facts)
    return ["explain", "teach", "tick"]


def _images() -> Iterator[tuple[str, str, bytes]]:
    """Yield the sample's images with their labels; those of MANY mirrored and nearer, too."""
    for file in sorted(SAMPLE.glob("*/*.png")):
        label = file.parent.name.replace("_", " ")
        name = _name(file)
        yield label, name, file.read_bytes()
        if label == MANY:
            image = Image.open(file).convert("RGB")
            near = ImageOps.fit(image, image.size, Image.Resampling.BICUBIC, bleed=(1 - ZOOM) / 2)
            for number, look in enumerate((ImageOps.mirror(image), near, ImageOps.mirror(near))):
                yield label, f"{name.removesuffix('.png')}{'bcd'[number]}.png", _png(look)


def _name(file: Path) -> str:
    return f"{file.parent.name}-{file.stem.rpartition('_')[2]}.png"


def _png(image: Image.Image) -> bytes:
    content = io.BytesIO()
    image.save(content, "PNG", optimize=True)
    return content.getvalue()


def with_output(model: bytes, name: str) -> bytes:
    """Return an ONNX model that also gives out a tensor of float32 it computes; needs no package onnx."""
    made = b""
    for field, kind, content in _fields(model):
        if field == GRAPH:
            content += _field(OUTPUT, _field(1, name.encode()) + _field(2, _field(1, b"\x08\x01")))
        made += _field(field, content) if kind == 2 else _varint(field << 3 | kind) + content
    return made


def _fields(message: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield number, wire type and content of each field of a protocol buffer's message (varints and bytes)."""
    at = 0
    while at < len(message):
        key, at = _read_varint(message, at)
        value, end = _read_varint(message, at)
        if key & 7 == 2:
            yield key >> 3, 2, message[end : end + value]
            at = end + value
        elif key & 7 == 0:
            yield key >> 3, 0, message[at:end]
            at = end
        else:
            raise struct.error(f"a field of kind {key & 7} in an ONNX model")


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    made = bytearray()
    while value > 127:
        made.append(value & 127 | 128)
        value >>= 7
    return bytes([*made, value])


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    value, shift = 0, 0
    while True:
        byte = message[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
