"""`pippin.load`: the model in use as an object for Python, with answers and probabilities as arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from pippin.core.application import Application
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.loaded_models import ModelInMemory, predict_with_bar
from pippin.core.values import Prediction
from pippin.core.workspace import Workspace
from pippin.verbs.arguments import find_inputs
from pippin.verbs.opening import open_context

if TYPE_CHECKING:
    import numpy as np


class LoadedModel:
    """A model with all it was taught; `predict` and `predict_proba` take what `pippin.predict` takes.

    `id` names the model.
    """

    def __init__(self, application: Application, model: ModelInMemory) -> None:
        self._application, self._model = application, model
        self.id = model.artifact.id

    def __repr__(self) -> str:
        return f"<{self._application.name} model {self.id}, {len(self.labels)} labels>"

    @property
    def labels(self) -> list[str]:
        """What it can answer, in the order of the columns of `predict_proba`; none where it estimates numbers."""
        return sorted(getattr(self._model.learner, "counts", {}))

    @property
    def classes_(self) -> np.ndarray:
        """The labels as an array, as scikit-learn calls them."""
        import numpy as np

        return np.array(self.labels, dtype=object)

    def predict(self, inputs: Any) -> np.ndarray:
        """Return the answer to each input, an array [N]; None where an input cannot be used.

        `inputs` is one input or a list of them: paths, folders, bytes, PIL images, arrays, tensors; rows as mappings,
        files or frames. Of images that resemble nothing taught the likeliest label is given; `pippin.predict` says so.
        """
        import numpy as np

        answers = [None if found.error else found.answer for found in self._answers(inputs)]
        return np.array(answers, dtype=object)

    def predict_proba(self, inputs: Any) -> np.ndarray:
        """Return probabilities float64 [N,L] in the order of `labels`; a row of NaN where an input cannot be used."""
        import numpy as np

        if not self.labels:
            raise PippinError(f"The model {self.id} answers with no labels; use predict.", input=self.id)
        places = {label: index for index, label in enumerate(self.labels)}
        answers = self._answers(inputs)
        shares = np.zeros((len(answers), len(self.labels)))
        for row, found in zip(shares, answers, strict=True):
            row[:] = np.nan if found.error else 0
            for label, share in () if found.error else ((found.answer, found.confidence), *found.alternatives):
                row[places[str(label)]] = share
        return shares

    def _answers(self, inputs: Any) -> list[Prediction]:
        items = find_inputs(self._application, list(_single(inputs)))
        return list(predict_with_bar(self._application, self._model, items))


def _single(inputs: Any) -> Iterator[Any]:
    """Yield the inputs one by one: of a list or an array of images its members, of a frame its rows."""
    if isinstance(inputs, Input | str | bytes):
        yield inputs
    elif isinstance(inputs, Sequence):
        for one in inputs:
            yield from _single(one)
    elif hasattr(inputs, "to_dicts"):  # polars
        yield from inputs.to_dicts()
    elif hasattr(inputs, "to_dict") and hasattr(inputs, "columns"):  # pandas
        for row in inputs.to_dict("records"):
            yield {str(name): _plain(value) for name, value in row.items()}
    elif getattr(inputs, "ndim", 0) == 4:  # a batch of images
        yield from inputs
    else:
        yield inputs


def _plain(value: Any) -> Any:
    """Return a cell of a frame as JSON holds it: missing values as None, numbers of NumPy as Python's."""
    if value is None or value != value:
        return None
    plain = value.item() if hasattr(value, "item") else value
    return plain if isinstance(plain, str | int | float) else str(plain)


def load(
    application: str | Application, model: str | None = None, *, workspace: Workspace | None = None, **config: Any
) -> LoadedModel:
    """Load the model in use, or the one named, to call it from Python.

    `model` is an id, `builtin` or a folder; `config` chooses the variant. Example:
    `pippin.load("recognize").predict_proba([image])`.
    """
    context = open_context(application, workspace)
    return LoadedModel(context.application, context.load(context.artifact(model, config), config))
