"""The classical method beside it: TF-IDF of words and pairs, and a linear support vector machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pippin.apps.assistant.config import AssistantConfig
from pippin.apps.assistant.learner import problem_of, scopes, text_of
from pippin.apps.assistant.understanding.word_model import WordModel, fit_words
from pippin.core.data import Dataset
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.run import Run
from pippin.core.values import Prediction, SavedState


class Words:
    """A linear SVM on words; it finds no slots, and knows a sentence where it knows one of its words."""

    def __init__(self, config: AssistantConfig) -> None:
        self._model: WordModel | None = None

    def fit(self, data: Dataset, run: Run) -> None:
        """Learn from `data.train` and `data.val`."""
        inside, _ = scopes(data.train + data.val)
        if not inside:
            raise PippinError(f"{data.name} holds no sentence to learn from; give one with intents.", input=data.name)
        self._model = fit_words([text_of(e.input) for e in inside], [str(e.answer) for e in inside], run.seed)

    def predict(self, inputs: Iterable[Input]) -> Iterator[Prediction]:
        """Name the intent of each sentence."""
        if self._model is None:
            raise PippinError("Nothing was learned yet; train first.")
        for item in inputs:
            if problem := problem_of(item):
                yield Prediction(None, known=False, error=problem)
                continue
            text = text_of(item)
            (shares,) = self._model.probabilities([text])
            known = bool(len(self._model.entries(text)[0]))
            yield Prediction.from_probabilities(self._model.labels, shares, known=known)

    def save(self) -> SavedState:
        """Return terms and weights."""
        assert self._model is not None
        facts = {"labels": list(self._model.labels), "terms": list(self._model.terms)}
        return SavedState(self._model.tensors(), facts)

    def load(self, saved: SavedState) -> None:
        """Become the learner that was saved."""
        try:
            self._model = WordModel.from_tensors(saved.config["labels"], saved.config["terms"], saved.tensors)
        except KeyError as problem:
            raise PippinError(f"The model lacks {problem}: another Pippin made it; train it again.") from problem
