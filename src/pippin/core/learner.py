"""What learns: the protocol every model and every baseline follows, and the plain values that pass through it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from pippin.core.data import Dataset
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.values import Correction, Prediction, SavedState

if TYPE_CHECKING:
    from pippin.core.run import Run
    from pippin.core.workspace import Workspace


class Learner(Protocol):
    """A model: learns from a dataset, answers inputs, and can be saved and loaded without a trace of how."""

    def fit(self, data: Dataset, run: Run) -> None:
        """Learn from `data.train` (choosing by `data.val`), within what `run` allows."""

    def predict(self, inputs: Iterable[Input]) -> Iterator[Prediction]:
        """Predict inputs one by one, in order.

        An input that cannot be used gives a Prediction with `error`.
        """

    def save(self) -> SavedState:
        """Return the state from which `load` restores the same predictions."""

    def load(self, saved: SavedState) -> None:
        """Restore the learner that `saved` came from."""


class Teachable(Learner, Protocol):
    """A learner that takes single examples at once."""

    def update(self, items: Sequence[Correction]) -> None:
        """Learn from corrections, on top of everything learned and taught before."""


class ChecksCorrections(Teachable, Protocol):
    """A learner that refuses some corrections which it could learn."""

    def check_corrections(self, items: Sequence[Correction]) -> None:
        """Raise PippinError for one that must not be taught; called by `teach`, not for what was taught before."""


class EstimatesDuration(Learner, Protocol):
    """A learner whose answers are files, and which can tell how long these will take."""

    def foresee(self, answers: Sequence[Prediction]) -> str | None:
        """Estimate the time to make the files of these answers, as a sentence.

        None where it is too short to mention.
        """


class UsesWorkspace(Learner, Protocol):
    """A learner whose answers also rest on what its application keeps in the user's workspace."""

    def use_workspace(self, workspace: Workspace | None) -> None:
        """Answer for the user of this workspace; None: by the model alone."""


class Composed(Learner, Protocol):
    """A learner that hands some inputs on to models of other variants."""

    find_learner: Callable[..., Learner] | None
    """Gives the learner in use for changed settings; None where a user named one model."""


def load_learner(learner: Learner, saved: SavedState) -> None:
    """Load what was saved; PippinError where something of it is missing or does not fit."""
    try:
        learner.load(saved)
    except (KeyError, TypeError, ValueError) as problem:
        raise PippinError(f"The model lacks {problem}: another Pippin made it; train it again.") from problem
