"""Models on a hub that speaks the Hugging Face Hub's addresses: sent as one commit, and fetched file by file."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from pippin._version import __version__
from pippin.core.application import Application
from pippin.core.artifact import read_artifact
from pippin.core.errors import PippinError, missing_extra
from pippin.core.model_card import card
from pippin.core.report.formatting import format_bytes
from pippin.verbs.model_archive import MANIFEST, MAX_BYTES, MAX_MANIFEST, named_as

REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
BRANCH = re.compile(r"[A-Za-z0-9][\w.-]{0,95}")
MAX_ENTRIES = 10_000  # of a repository
TASKS = {
    "image": "image-classification",
    "video": "video-classification",
    "audio": "audio-classification",
    "text": "text-classification",
    "record": "tabular-classification",
    "episode": "reinforcement-learning",
}


def is_repository(name: Any) -> bool:
    """Return whether a name is NAMESPACE/NAME of a hub, and not a file or folder here."""
    return isinstance(name, str) and bool(REPOSITORY.fullmatch(name)) and not os.path.lexists(name)


def hub_card(app: Application, facts: Mapping[str, Any]) -> str:
    """Return a model's card with the metadata a hub reads: its scores as a model index."""
    task = "image-to-image" if app.output.kind == "image" else TASKS[app.input]
    index = {
        "name": facts["data"]["name"],
        "results": [
            {
                "task": {"type": task},
                "dataset": {"name": facts["data"]["name"], "type": facts["data"]["fingerprint"]},
                "metrics": [
                    {
                        "type": name,
                        "value": score["value"],
                        "name": f"{name} ({score['low']:.4f} to {score['high']:.4f})",
                    }
                    for name, score in facts["scores"].items()
                ],
            }
        ],
    }
    # JSON is YAML, too, in one line and without indentation to get wrong.
    front, body = card(facts).removeprefix("---\n").split("---\n", 1)
    listed = f"model-index: {json.dumps([index])}\n" if facts["scores"] else ""
    return f"---\n{front}pipeline_tag: {task}\n{listed}---\n{body}"


def send(repository: str, folder: Path, message: str, *, private: bool, revision: str | None = None) -> str:
    """Send the files of a folder as one commit to a branch; repository and branch are created where they are not there.

    Returns the address of the commit.
    """
    with _as_sentence(repository):
        api = _api()
        api.create_repo(repository, private=private, exist_ok=True)
        if revision is not None:
            api.create_branch(repository, branch=revision, exist_ok=True)
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        hub = _library()
        operations = [
            hub.CommitOperationAdd(path_in_repo=path.relative_to(folder).as_posix(), path_or_fileobj=str(path))
            for path in files
        ]
        commit = api.create_commit(repository, operations, commit_message=message, revision=revision)
        return str(commit.commit_url)


@contextmanager
def fetched(repository: str, revision: str | None) -> Iterator[tuple[Path, int]]:
    """Yield a folder with the model of a repository, and how many other files there are, which are left where they lie.

    All files are of one commit: that which the revision names when this begins.
    """
    with tempfile.TemporaryDirectory(prefix="pippin-hub-") as made:
        with named_as(f"{made}/model", repository), _as_sentence(repository):
            folder, ignored = _fetch(repository, revision, Path(made))
        yield folder, ignored


def _fetch(repository: str, revision: str | None, place: Path) -> tuple[Path, int]:
    hub, api = _library(), _api()
    address = hub.hf_hub_url(repository, MANIFEST, revision=revision, endpoint=api.endpoint)
    commit = hub.get_hf_file_metadata(address, token=api.token, endpoint=api.endpoint).commit_hash or revision
    sizes: dict[str, int] = {}
    for entry in api.list_repo_tree(repository, recursive=True, revision=commit):
        if hasattr(entry, "size"):
            sizes[entry.path] = int(entry.size)
        if len(sizes) > MAX_ENTRIES:
            raise PippinError(f"{repository} holds more than {MAX_ENTRIES:,} files, which no model does.")
    target = place / "model"
    target.mkdir()

    def bring(name: str, limit: int) -> None:
        if name not in sizes:
            raise PippinError(f"{repository} lacks {name}; push it again.", input=repository)
        if sizes[name] > limit:
            size = format_bytes(sizes[name])
            raise PippinError(f"{repository} has {name} of {size}, more than a model may have.", input=repository)
        found = api.hf_hub_download(repository, name, revision=commit, local_dir=place / "fetched")
        shutil.move(found, target / name)

    bring(MANIFEST, MAX_MANIFEST)
    names = sorted(read_artifact(target).facts["files"])  # names without folders, which read_artifact checks
    left = MAX_BYTES
    for name in names:
        bring(name, left)
        left -= sizes[name]
    return target, len(sizes.keys() - {MANIFEST, "README.md", *names})


def _library() -> Any:
    try:
        huggingface_hub: Any = import_module("huggingface_hub")
    except ImportError as problem:
        raise missing_extra("huggingface_hub", "hub", "A hub") from problem
    import_module("huggingface_hub.utils").disable_progress_bars()
    return huggingface_hub


def _api() -> Any:
    """Return the client for HF_ENDPOINT, with the token of HF_TOKEN or of `hf auth login`."""
    hub = _library()

    class Api(hub.HfApi):  # type: ignore[name-defined, misc]  # a library of Any
        def _validate_yaml(self, *arguments: Any, **options: Any) -> None:
            """Have the card's metadata checked, where the hub has an address for that."""
            try:
                super()._validate_yaml(*arguments, **options)
            except hub.errors.HfHubHTTPError:
                return
            except ValueError as problem:
                if "Invalid metadata" in str(problem):
                    raise

    endpoint = os.environ.get("HF_ENDPOINT") or None
    return Api(endpoint=endpoint, library_name="pippin", library_version=__version__)


@contextmanager
def _as_sentence(repository: str) -> Iterator[None]:
    """Turn what goes wrong with a hub into one sentence."""
    try:
        yield
    except PippinError:
        raise
    except Exception as problem:  # the client raises those of its HTTP library, too
        status = getattr(getattr(problem, "response", None), "status_code", None)
        raise PippinError(_sentence(repository, status, problem), input=repository) from problem


def _sentence(repository: str, status: int | None, problem: Exception) -> str:
    if status in (401, 403):
        return f"The hub refuses {repository} ({status}); set HF_TOKEN to a token that may use it."
    if status == 404:
        return f"The hub has no {repository} with a model of Pippin at this revision; check name and --revision."
    told = " ".join(str(problem).split())[:160] or type(problem).__name__
    return f"The hub did not answer for {repository} ({told}); check HF_ENDPOINT and the network."
