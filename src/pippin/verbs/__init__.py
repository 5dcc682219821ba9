"""The verbs: one public function each, the same from Python, the command line and the browser."""

from pippin.verbs.ask import ask
from pippin.verbs.compare import compare
from pippin.verbs.curve import curve
from pippin.verbs.evaluate import evaluate
from pippin.verbs.explain import explain
from pippin.verbs.export import export
from pippin.verbs.models import history, models, rm, save_as, use
from pippin.verbs.predict import predict
from pippin.verbs.teach import teach
from pippin.verbs.train import train
from pippin.verbs.undo import undo

__all__ = [
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
