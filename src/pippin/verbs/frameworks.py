"""PyTorch and TensorFlow as a user names them."""

from __future__ import annotations

from pippin.core.application import Application
from pippin.core.errors import PippinError

NAMES = {"pytorch": "pytorch", "torch": "pytorch", "tensorflow": "tensorflow"}
TITLES = {"pytorch": "PyTorch", "tensorflow": "TensorFlow"}


def choose_framework(app: Application, name: str) -> str:
    """Return the framework called `name`; PippinError where the application cannot learn in it, or it is not here."""
    found = NAMES.get(name)
    if found is None:
        raise PippinError(f"{name!r} is no framework; choose pytorch or tensorflow.", input=name)
    if found not in app.model.frameworks:
        known = " or ".join(TITLES[one] for one in app.model.frameworks)
        raise PippinError(f"`{app.name}` learns in {known} only; leave out --framework.", input=name)
    if found == "tensorflow":
        from pippin.learn.keras_graph.client import require_tensorflow

        require_tensorflow("Training in TensorFlow")
    return found
