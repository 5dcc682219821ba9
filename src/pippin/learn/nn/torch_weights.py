"""Read the tensors out of a PyTorch weights file (`.pth`, `.pt`) with numpy alone, and nothing else."""

import io
import pickle
import pickletools
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pippin.core.errors import PippinError, reason

# The three numbers torch writes (as pickles) before the description of a file in its format of before 1.6.
_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
_LEGACY_PROTOCOL = 1001
_ZIP_START = b"PK\x03\x04"

_DTYPES = {
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "<i1",
    "ByteStorage": "<u1",
    "BoolStorage": "?",
}

# What torch.save needs to describe a dictionary of tensors. Everything else (objects, extensions, huge
# numbers) is refused before a single instruction of the pickle is carried out.
_OPCODES = frozenset([
    "PROTO", "FRAME", "STOP", "MARK", "BINPUT", "LONG_BINPUT", "MEMOIZE", "BINGET",
    "LONG_BINGET",
    "NONE", "NEWTRUE", "NEWFALSE", "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT",
    "BINUNICODE", "SHORT_BINUNICODE",
    "EMPTY_DICT", "EMPTY_LIST", "EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "APPEND",
    "APPENDS", "SETITEM", "SETITEMS",
    "GLOBAL", "STACK_GLOBAL", "REDUCE", "BUILD", "BINPERSID",
])  # fmt: skip


class _Storage(NamedTuple):
    """A run of numbers in the file: their numpy type, the name torch gave it, and how many there are."""

    dtype: str
    key: str
    length: int


class _View(NamedTuple):
    """A tensor as the pickle describes it: its start in a storage, its shape and its strides (elements)."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read(path: Path) -> dict[str, NDArray[Any]]:
    """Return the tensors of the state dict saved in `path`, by name, in the type and shape they were saved.

    Reads what `torch.save` wrote, in the zip format (torch 1.6 and later) and in the one before it. The
    pickle in such a file could run any program when loaded by Python; here only the few instructions that
    describe tensors are carried out, and they build plain tuples. Anything else raises PippinError, as does
    a damaged file.
    """
    try:
        data = path.read_bytes()
        return _read_zip(data) if data.startswith(_ZIP_START) else _read_legacy(data)
    except OSError as error:
        raise PippinError(f"Cannot read the weights file {path}: {reason(error)}.", input=path) from error
    except Exception as error:  # a hostile file may break any step of the reading; to the user it is one fact
        message = f"{path} is not a weights file Pippin can read ({error}); install or download it again."
        raise PippinError(message, input=path) from error


def _read_zip(data: bytes) -> dict[str, NDArray[Any]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [name for name in archive.namelist() if name.endswith("data.pkl")]
        if len(names) != 1:
            raise ValueError("it holds no data.pkl")
        root = names[0].removesuffix("data.pkl")
        if f"{root}byteorder" in archive.namelist() and archive.read(f"{root}byteorder") != b"little":
            raise ValueError("its byte order is not little-endian")
        views = _views(_load(io.BytesIO(_stored(archive, names[0]))))
        storages = {view.storage for view in views.values()}
        raw = {storage.key: _stored(archive, f"{root}data/{storage.key}") for storage in storages}
    return _arrays(views, raw)


def _stored(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return one member's bytes; torch never compresses, so a compressed one could only be a decompression bomb."""
    if archive.getinfo(name).compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"{name} is compressed")
    return archive.read(name)


def _read_legacy(data: bytes) -> dict[str, NDArray[Any]]:
    stream = io.BytesIO(data)
    if data[:2] != b"\x80\x02" or _load(stream) != _LEGACY_MAGIC or _load(stream) != _LEGACY_PROTOCOL:
        raise ValueError("it does not start as torch.save starts a file")
    if _load(stream).get("little_endian") is not True:
        raise ValueError("its byte order is not little-endian")
    views = _views(_load(stream))
    sizes = {view.storage.key: np.dtype(view.storage.dtype).itemsize for view in views.values()}
    raw = {}
    for key in _load(stream):
        (count,) = struct.unpack("<q", stream.read(8))
        raw[key] = stream.read(_natural(count) * sizes[key])
    return _arrays(views, raw)


class _Unpickler(pickle.Unpickler):
    """An unpickler that knows of nothing outside plain Python but OrderedDict, storages and tensors."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _fresh_rebuild()
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        raise ValueError(f"it asks for {module}.{name}, which is not a tensor")

    def persistent_load(self, pid: Any) -> _Storage:
        kind, dtype, key, _device, count, *view = pid
        if kind != "storage" or dtype not in _DTYPES.values() or any(part is not None for part in view):
            raise ValueError("it refers to something that is not a storage")
        return _Storage(dtype, str(key), _natural(count))


def _fresh_rebuild() -> Callable[..., _View]:
    # A new function each time: a pickle may set attributes of what it is given; none of this module's.
    def rebuild(storage: _Storage, offset: int, shape: Any, strides: Any, *_rest: Any) -> _View:
        return _View(storage, _natural(offset), tuple(map(_natural, shape)), tuple(map(_natural, strides)))

    return rebuild


def _natural(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("it describes a tensor by something that is not a whole number")
    return value


def _load(stream: io.BytesIO) -> Any:
    """Run the pickle at the stream's position, after every instruction in it is checked to be harmless."""
    start = stream.tell()
    for opcode, argument, _position in pickletools.genops(stream):
        if opcode.name not in _OPCODES:
            raise ValueError(f"its pickle uses the instruction {opcode.name}")
        if opcode.name == "LONG_BINPUT" and (argument or 0) > stream.getbuffer().nbytes:
            raise ValueError("its pickle asks for more memory than the file is long")
    stream.seek(start)
    return _Unpickler(stream).load()


def _views(described: Any) -> dict[str, _View]:
    if not isinstance(described, dict) or not all(
        isinstance(name, str) and isinstance(value, _View) and isinstance(value.storage, _Storage)
        for name, value in described.items()
    ):
        raise ValueError("it holds something else than named tensors")
    return dict(described)


def _arrays(views: dict[str, _View], raw: dict[str, bytes]) -> dict[str, NDArray[Any]]:
    return {name: _array(view, raw[view.storage.key]) for name, view in views.items()}


def _array(view: _View, raw: bytes) -> NDArray[Any]:
    storage = np.frombuffer(raw, dtype=view.storage.dtype)
    if len(storage) != view.storage.length or len(view.shape) != len(view.strides):
        raise ValueError("its end is missing")
    size = int(np.prod(view.shape, dtype=object))
    last = view.offset + sum((n - 1) * stride for n, stride in zip(view.shape, view.strides, strict=True))
    # The first condition also refuses a tensor of repeated elements, which could be told to be of any size.
    if size > len(storage) or (size and last >= len(storage)):
        raise ValueError("it describes a tensor larger than its numbers")
    steps = [stride * storage.itemsize for stride in view.strides]
    return np.lib.stride_tricks.as_strided(storage[view.offset :], view.shape, steps).copy(order="C")
