"""The reader of PyTorch weights gives what torch gives, and refuses everything that is not a tensor."""

import contextlib
import io
import os
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pippin.core.errors import PippinError
from pippin.learn.nn import torch_weights

DTYPES = [torch.float64, torch.float32, torch.float16, torch.int64, torch.int32, torch.int16, torch.int8]


def saved(state: object, *, zipped: bool) -> bytes:
    stream = io.BytesIO()
    torch.save(state, stream, _use_new_zipfile_serialization=zipped)
    return stream.getvalue()


def read(content: bytes, folder: Path) -> dict[str, np.ndarray]:
    path = folder / "weights.pth"
    path.write_bytes(content)
    return torch_weights.read(path)


def example() -> OrderedDict[str, torch.Tensor]:
    torch.manual_seed(0)
    state = OrderedDict((str(dtype), (torch.randn(2, 3, 4) * 9).to(dtype)) for dtype in DTYPES)
    numbers = torch.arange(24.0).reshape(4, 6)
    state |= {"transposed": numbers.T, "sliced": numbers[1:, 2:5], "scalar": torch.tensor(7), "same": numbers}
    state |= {"empty": torch.zeros(0, 3), "bool": numbers > 5, "byte": numbers.to(torch.uint8)}
    return state


@pytest.mark.parametrize("zipped", [True, False])
def test_reads_what_torch_reads(zipped: bool, tmp_path: Path) -> None:
    content = saved(example(), zipped=zipped)
    ours, theirs = read(content, tmp_path), torch.load(io.BytesIO(content), weights_only=True)
    assert list(ours) == list(theirs)
    for name, tensor in theirs.items():
        assert ours[name].dtype == tensor.numpy().dtype
        np.testing.assert_array_equal(ours[name], tensor.numpy())


@pytest.mark.parametrize("zipped", [True, False])
def test_reads_a_modules_state_with_its_metadata(zipped: bool, tmp_path: Path) -> None:
    module = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.BatchNorm2d(8))
    ours = read(saved(module.state_dict(), zipped=zipped), tmp_path)
    assert {name: array.shape for name, array in ours.items()} == {
        name: tuple(tensor.shape) for name, tensor in module.state_dict().items()
    }


class Hostile:
    """Unpickled the ordinary way, this runs a command."""

    def __reduce__(self) -> tuple[object, ...]:
        return os.system, ("echo owned > owned",)


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize(
    "state",
    [{"a": Hostile()}, torch.nn.Linear(2, 2), torch.zeros(3), [torch.zeros(3)], {"a": {"b": torch.zeros(3)}}],
    ids=["command", "module", "tensor", "list", "nested"],
)
@pytest.mark.filterwarnings("ignore")
def test_refuses_what_is_not_a_state_dict(
    state: object, zipped: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PippinError, match=r"weights\.pth is not a weights file"):
        read(saved(state, zipped=zipped), tmp_path)
    assert not (tmp_path / "owned").exists()


def rebuilt(key: str, length: int, offset: object, shape: object, strides: object) -> bytes:
    """A zip whose pickle describes one tensor over twelve float32 numbers, truthfully or not."""

    class Storage:
        pass

    class Tensor:
        def __reduce__(self) -> tuple[object, ...]:
            rebuild = torch._utils._rebuild_tensor_v2  # type: ignore[attr-defined]
            return rebuild, (Storage(), offset, shape, strides, False, OrderedDict())

    class Pickler(pickle.Pickler):
        def persistent_id(self, value: object) -> object:
            is_storage = isinstance(value, Storage)
            return ("storage", torch.FloatStorage, key, "cpu", length) if is_storage else None

    described, whole = io.BytesIO(), io.BytesIO()
    Pickler(described, protocol=2).dump({"a": Tensor()})
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("archive/data.pkl", described.getvalue())
        archive.writestr("archive/data/0", np.arange(12, dtype="<f4").tobytes())
    return whole.getvalue()


def test_reads_a_tensor_described_truthfully(tmp_path: Path) -> None:
    array = read(rebuilt("0", 12, 2, (2, 3), (5, 1)), tmp_path)["a"]
    assert array.tolist() == [[2, 3, 4], [7, 8, 9]]


@pytest.mark.parametrize(
    ("key", "length", "offset", "shape", "strides"),
    [
        ("0", 12, 0, (1 << 40,), (0,)),
        ("0", 12, 0, (13,), (1,)),
        ("0", 12, 1, (12,), (1,)),
        ("0", 12, 0, (2, 3), (10, 1)),
        ("0", 12, -1, (2,), (1,)),
        ("0", 12, 0, (2,), (-1,)),
        ("0", 12, 0, (-2,), (1,)),
        ("0", 12, 0, (2,), (1, 1)),
        ("0", 12, 0.5, (2,), (1,)),
        ("0", 12, 0, "ab", (1, 1)),
        ("0", 99, 0, (12,), (1,)),
        ("1", 12, 0, (12,), (1,)),
        ("../data.pkl", 12, 0, (12,), (1,)),
    ],
)  # fmt: skip
def test_refuses_a_tensor_beyond_its_numbers(
    key: str, length: int, offset: object, shape: object, strides: object, tmp_path: Path
) -> None:
    with pytest.raises(PippinError):
        read(rebuilt(key, length, offset, shape, strides), tmp_path)


@pytest.mark.parametrize(
    "described",
    [
        pickle.dumps(1 << 9000, protocol=2),  # a huge number
        b"\x80\x02}r\xff\xff\xff\xffq.",  # a memory slot that would take sixty-four gigabytes
        b"\x80\x02}X\xff\xff\xff\xffq.",  # a name longer than the file
        b"\x80\x02c__builtin__\neval\nq\x01U\x051 + 1\x85R.",
        b"\x80\x02ctorch\nFloatStorage\n}U\x05upper\x01sb.",  # sets an attribute
        b"\x80\x02(((((((.",
        b"",
    ],
)
def test_refuses_a_hostile_pickle(described: bytes, tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("archive/data.pkl", described)
    for content in (stream.getvalue(), described):
        with pytest.raises(PippinError):
            read(content, tmp_path)


def test_refuses_a_compressed_member(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(1 << 20))
    with pytest.raises(PippinError, match="compressed"):
        read(stream.getvalue(), tmp_path)


def test_names_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PippinError, match=r"gone\.pth: it does not exist"):
        torch_weights.read(tmp_path / "gone.pth")


WHOLE = {zipped: saved({"a": torch.arange(6.0).reshape(2, 3)}, zipped=zipped) for zipped in (True, False)}


DAMAGE = st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), max_size=4)


@settings(max_examples=150, deadline=None)
@given(zipped=st.booleans(), damage=DAMAGE, kept=st.integers(1, 4000))
def test_a_damaged_file_is_read_or_refused_never_worse(
    tmp_path_factory: pytest.TempPathFactory, zipped: bool, damage: list[tuple[int, int]], kept: int
) -> None:
    content = bytearray(WHOLE[zipped])
    for position, value in damage:
        content[position % len(content)] = value
    with contextlib.suppress(PippinError):
        arrays = read(bytes(content[:kept]), tmp_path_factory.getbasetemp())
        assert all(isinstance(array, np.ndarray) for array in arrays.values())
