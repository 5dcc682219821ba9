"""Atomic writing: a reader sees the old file or the new one, never half of one."""

from __future__ import annotations

import json
import os
import shutil
import stat
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pippin.core.errors import PippinError, reason, writing


def write_bytes(path: Path, content: bytes) -> None:
    """Write `content` to `path` in one step, creating its folder."""
    with new_file(path) as draft:
        draft.write_bytes(content)


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Yield a path to write to, which becomes `path` when the block ends well, and vanishes when it does not.

    Its folder is created; what was written is flushed to the disk before it takes its name.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():  # a device would itself be replaced by the file
            refuse_endless(path, "name a file to write")
        # Not mkstemp: it ignores the umask and makes files that only their owner may read.
        draft = path.with_name(f".{path.stem[:40]}-{uuid.uuid4().hex[:12]}{path.suffix[:12]}")
        try:
            yield draft
            with draft.open("rb+") as file:
                os.fsync(file.fileno())
            os.replace(draft, path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise


def write_json(path: Path, value: Any) -> None:
    """Write `value` as indented JSON, in one step."""
    text = json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    # A byte of a file name that is no text becomes a JSON escape, and comes back as it was.
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


def read_json(path: Path) -> Any:
    """Read a JSON file written by Pippin, or say in one sentence why it cannot be read."""
    try:
        return json.loads(path.read_bytes())
    except OSError as problem:
        raise PippinError(f"Cannot read {path}: {reason(problem)}.", input=path) from problem
    except (ValueError, RecursionError) as problem:
        raise PippinError(f"{path} is not valid JSON; restore or remove it.", input=path) from problem


def refuse_endless(path: Path, advice: str = "save what it holds as a file, and give that") -> None:
    """Refuse a pipe or a device, whose content may never come or never end; OSError where there is nothing."""
    mode = path.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise PippinError(f"{path} is a pipe or a device; {advice}.", input=path)


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Yield an empty folder that becomes `target` when the block ends well, and vanishes when it does not."""
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
        try:
            yield temporary
            temporary.chmod(0o755)
            os.replace(temporary, target)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
