"""References to functions by name, imported when first called: looking at an application costs nothing."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any


class Ref:
    """A function named by "module:attribute"."""

    def __init__(self, reference: str) -> None:
        self.reference = reference

    @property
    def name(self) -> str:
        """Name of the function on the command line."""
        return self.reference.split(":")[1].replace("_", "-")

    def resolve(self) -> Callable[..., Any]:
        """Import and return the function."""
        module, attribute = self.reference.split(":")
        found: Callable[..., Any] = getattr(importlib.import_module(module), attribute)
        return found

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.resolve()(*args, **kwargs)

    def __repr__(self) -> str:
        return f"Ref({self.reference!r})"


def refs(package: str) -> Callable[[str], Ref]:
    """Return a function that makes references "module:attribute" relative to `package`."""
    return lambda reference: Ref(f"{package}.{reference}")
