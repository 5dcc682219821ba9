"""Pippin: deep learning applications you can teach, use and correct on your own machine."""

from pippin.core.errors import PippinError
from pippin.core.workspace import Workspace
from pippin.verbs import (
    ask,
    compare,
    curve,
    evaluate,
    explain,
    export,
    history,
    models,
    predict,
    rm,
    save_as,
    teach,
    train,
    undo,
    use,
)

__version__ = "0.1.0"
__all__ = [
    "PippinError",
    "Workspace",
    "__version__",
    "ask",
    "compare",
    "curve",
    "evaluate",
    "explain",
    "export",
    "history",
    "models",
    "predict",
    "rm",
    "save_as",
    "teach",
    "train",
    "undo",
    "use",
]
