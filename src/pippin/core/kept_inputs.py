"""Copies of taught inputs in the workspace, each under its digest."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from pippin.core.derived import forget_derived
from pippin.core.errors import PippinError, writing
from pippin.core.files import write_bytes
from pippin.core.kinds import KINDS, Input
from pippin.core.locks import lock


class KeptInputs:
    """The folder of kept inputs; a file's name is the digest of its content."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, key: str) -> Path:
        """Return where the copy with this digest is kept."""
        return self.folder / key

    @contextmanager
    def keeping(self) -> Iterator[Callable[[Input], str]]:
        """Yield a function that keeps a copy of an input and returns its digest; copies go where the block fails."""
        fresh: list[Path] = []

        def keep(item: Input) -> str:
            # By the digest that its kind gives what is kept: a record's ignores the order of its columns.
            kind, content = KINDS[item.kind], item.read()
            key = kind(content=content).digest()
            path = self.path(key)
            if not is_intact(kind(path=path), key):
                fresh.extend([] if path.exists() else [path])
                write_bytes(path, content)
            return key

        with self.locked():
            try:
                yield keep
            except BaseException:
                for path in fresh:
                    path.unlink(missing_ok=True)
                raise

    def remove(self, keys: Collection[str]) -> None:
        """Remove these copies, and what caches keep of them."""
        forget_derived(keys)
        for key in keys:
            with writing(self.folder):
                self.path(key).unlink(missing_ok=True)

    def locked(self) -> AbstractContextManager[None]:
        """Hold the lock under which copies come and go: none goes while a row that needs it is being added."""
        return lock(self.folder.with_name("locks") / "inputs.lock")


def is_intact(kept: Input, key: str) -> bool:
    """Return whether a copy is there and has this digest."""
    try:
        return kept.digest() == key
    except PippinError:
        return False
