"""Pippin: deep learning applications you can teach, use and correct on your own machine."""

from typing import TYPE_CHECKING, Any

from pippin._version import __version__

if TYPE_CHECKING:
    from pippin.core.errors import PippinError
    from pippin.core.workspace import Workspace
    from pippin.curves.curve import curve
    from pippin.tuning.tune import tune
    from pippin.verbs.compare import compare
    from pippin.verbs.delete_run import delete_run
    from pippin.verbs.erase import erase
    from pippin.verbs.evaluate import evaluate
    from pippin.verbs.explain import explain
    from pippin.verbs.export import export
    from pippin.verbs.history import history
    from pippin.verbs.inspect import inspect
    from pippin.verbs.load import load
    from pippin.verbs.models import models, rm, save_as, use
    from pippin.verbs.predict import predict
    from pippin.verbs.pull import pull
    from pippin.verbs.push import push
    from pippin.verbs.query import query
    from pippin.verbs.runs import runs, stop
    from pippin.verbs.teach import teach
    from pippin.verbs.train import train
    from pippin.verbs.undo import undo

__all__ = [
    "PippinError",
    "Workspace",
    "__version__",
    "compare",
    "curve",
    "delete_run",
    "erase",
    "evaluate",
    "explain",
    "export",
    "history",
    "inspect",
    "load",
    "models",
    "predict",
    "pull",
    "push",
    "query",
    "rm",
    "runs",
    "save_as",
    "stop",
    "teach",
    "train",
    "tune",
    "undo",
    "use",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that `import pippin` costs nothing."""
    from pippin.core.references import Ref
    from pippin.verbs import VERBS
    from pippin.verbs.activity import find_verb

    places = {
        "PippinError": "pippin.core.errors:PippinError",
        "Workspace": "pippin.core.workspace:Workspace",
        "load": "pippin.verbs.load:load",
    }
    if name in VERBS:
        return find_verb(name)
    if name not in places:
        raise AttributeError(f"module 'pippin' has no attribute {name!r}")
    return Ref(places[name]).resolve()
