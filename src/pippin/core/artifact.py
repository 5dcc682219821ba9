"""A trained model as a folder: checksummed arrays, the facts of how it came to be, and a card people can read."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pippin.core.data import Metric
from pippin.core.errors import PippinError, reason
from pippin.core.files import new_folder, read_json, write_bytes, write_json
from pippin.core.model_card import card
from pippin.core.values import SavedState

if TYPE_CHECKING:
    import numpy as np

FORMAT = 1


@dataclass(frozen=True)
class Artifact:
    """An artifact read from `folder`; `facts` is the content of its artifact.json, whose checksum held."""

    folder: Path
    facts: Mapping[str, Any]

    @property
    def id(self) -> str:
        """A name that is unique to the contents: application, variant, first digits of the checksum."""
        return artifact_id(self.facts)

    @property
    def variant(self) -> str:
        """Which variant of the application this model serves."""
        return str(self.facts["variant"])

    @property
    def metric(self) -> Metric | None:
        """The score that ranks this model, where its data had one of their own."""
        facts = self.facts.get("metric")
        return Metric(str(facts["name"]), bool(facts["lower_is_better"])) if facts else None

    @property
    def refit(self) -> bool:
        """Whether it was fitted on all rows after its scores were measured."""
        return bool(self.facts.get("refit"))

    def part(self, name: str) -> SavedState:
        """Read the saved learner `name` ("model" or "baseline"); verify its files."""
        if name not in self.facts["parts"]:
            raise PippinError(f"The model {self.folder} has no part {name!r}.", input=self.folder)
        saved = self.facts["parts"][name]
        tensors = self._tensors(f"{name}.safetensors")
        return SavedState(tensors, saved["config"], {file: self._read(file) for file in saved["files"]})

    @cached_property
    def learned(self) -> frozenset[int]:
        """Identities of the examples (and their groups) this model has seen; nothing among them may score it."""
        keys = self._tensors("learned.safetensors").get("keys")
        if keys is None or keys.ndim != 1:
            message = f"The model {self.folder} does not tell what it learned from; get it again."
            raise PippinError(message, input=self.folder)
        return frozenset(keys.tolist())

    def verify(self) -> None:
        """Read all files; PippinError names one that is missing or does not match its checksum."""
        for name in self.facts["files"]:
            self._read(name)

    def _read(self, name: str) -> bytes:
        try:
            content = (self.folder / name).read_bytes()
        except OSError as problem:
            raise PippinError(
                f"The model {self.folder} lacks {name}: {reason(problem)}; get it again.", input=self.folder
            ) from problem
        if hashlib.sha256(content).hexdigest() != self.facts["files"].get(name):
            raise PippinError(
                f"The model {self.folder} was changed or damaged: {name} does not match its checksum; get it again.",
                input=self.folder,
            )
        return content

    def _tensors(self, name: str) -> dict[str, np.ndarray]:
        from safetensors import SafetensorError
        from safetensors.numpy import load

        content = self._read(name)
        try:
            return load(content)
        except (SafetensorError, KeyError, TypeError, ValueError) as problem:  # KeyError: a type numpy lacks
            raise PippinError(
                f"The model {self.folder} is not readable: {name} holds no tensors.", input=self.folder
            ) from problem


def read_artifact(folder: Path) -> Artifact:
    """Read an artifact's facts, refusing one that was changed; arrays are verified when they are asked for."""
    if not (folder / "artifact.json").is_file():
        raise PippinError(
            f"{folder} is not a model: it has no artifact.json; `pippin APPLICATION models` lists yours.",
            input=folder,
        )
    facts = read_json(folder / "artifact.json")
    if not isinstance(facts, dict) or facts.get("checksum") != _checksum(facts):
        raise PippinError(
            f"The model {folder} was changed or damaged: artifact.json does not match its checksum; get it again.",
            input=folder,
        )
    if facts.get("format") != FORMAT:
        found = repr(facts.get("format"))[:40]
        raise PippinError(
            f"The model {folder} has format {found}; this Pippin reads format {FORMAT}: train it again.",
            input=folder,
        )
    if not _well_formed(facts):
        raise PippinError(f"The model {folder} does not tell all that a model must; get it again.", input=folder)
    for name in facts["files"]:
        if Path(name).name != name or name.startswith(".") or not name:
            raise PippinError(
                f"The model {folder} names a file outside itself ({name!r}); do not use it.", input=folder
            )
    return Artifact(folder, facts)


def write_artifact(
    parent: Path,
    facts: Mapping[str, Any],
    parts: Mapping[str, SavedState],
    learned: frozenset[int],
    folder: Path | None = None,
) -> Artifact:
    """Write an artifact in one step: to `folder`, else below `parent` under its id; returns what was written."""
    import numpy as np
    from safetensors.numpy import save

    files: dict[str, bytes] = {}
    for name, saved in parts.items():
        files[f"{name}.safetensors"] = save({key: np.asarray(array, order="C") for key, array in saved.tensors.items()})
        if both := files.keys() & saved.files.keys():
            raise ValueError(f"Two parts of one model save a file named {min(both)}.")
        files.update(saved.files)
    files["learned.safetensors"] = save({"keys": np.array(sorted(learned), np.uint64)})
    whole = {
        **facts,
        "format": FORMAT,
        "parts": {name: {"config": dict(saved.config), "files": sorted(saved.files)} for name, saved in parts.items()},
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    whole = json.loads(json.dumps(whole))
    whole["checksum"] = _checksum(whole)
    target = folder or parent / artifact_id(whole)
    if not target.exists():
        with new_folder(target) as fresh:
            for name, content in files.items():
                write_bytes(fresh / name, content)
            write_json(fresh / "artifact.json", whole)
            write_bytes(fresh / "README.md", card(whole).encode("utf-8", "backslashreplace"))
    return read_artifact(target)


def artifact_id(facts: Mapping[str, Any]) -> str:
    """Return an artifact's id, computed from its facts."""
    return f"{facts['application']}-{facts['variant']}-{facts['checksum'][:8]}"


def identity(key: str) -> int:
    """Return the 64-bit hash that stands for an example's key or group."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")


def versions(*packages: str) -> dict[str, str]:
    """Return the installed versions of Python and of `packages`."""
    from importlib.metadata import PackageNotFoundError, version

    found = {"python": platform.python_version()}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _well_formed(facts: Mapping[str, Any]) -> bool:
    """Return whether the facts that Pippin reads later are there and of their kind, which no checksum tells."""
    kinds = {
        "application": str, "package": str, "variant": str, "created": str, "config": dict, "data": dict,
        "scores": dict, "history": list, "files": dict, "parts": dict,
    }  # fmt: skip
    if not all(isinstance(facts.get(name), kind) for name, kind in kinds.items()):
        return False
    if not all(isinstance(facts["data"].get(name), str) for name in ("name", "fingerprint")):
        return False
    return all(
        isinstance(part, dict)
        and isinstance(part.get("config"), dict)
        and isinstance(part.get("files"), list)
        and {f"{name}.safetensors", *map(str, part["files"])} <= facts["files"].keys()
        for name, part in facts["parts"].items()
    )


def _checksum(facts: Mapping[str, Any]) -> str:
    content = json.dumps({key: value for key, value in facts.items() if key != "checksum"}, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()
