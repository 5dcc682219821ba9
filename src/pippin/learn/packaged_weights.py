"""Weights and images inside packages that are installed for them alone, without what these depend on."""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from pippin.core.errors import PippinError


@dataclass(frozen=True)
class DataPackage:
    """A package of which only files are read; nothing of it is imported.

    `name` and `version` are those to install, `module` is the folder it is installed as, `purpose` what needs it.
    """

    name: str
    version: str
    module: str
    purpose: str

    @property
    def install(self) -> str:
        """The command that brings it."""
        return f"pip install --no-deps {self.name}=={self.version}"

    def find(self, file: str, sha256: str = "") -> Path:
        """Return the path of a file or folder inside it, its content checked where a digest is given.

        PippinError where it is not installed or holds something else.
        """
        spec = importlib.util.find_spec(self.module)
        for folder in (spec.submodule_search_locations or []) if spec else []:
            path = Path(folder) / file
            if path.exists():
                return self._check(path, sha256)
        raise PippinError(f"{self.purpose} needs {self.name}: run `{self.install}` (or `make setup`).", input=self.name)

    def _check(self, path: Path, sha256: str) -> Path:
        if sha256 and hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
            message = f"{path} is not the file published in {self.name} {self.version}; run `{self.install}`."
            raise PippinError(message, input=path)
        return path
