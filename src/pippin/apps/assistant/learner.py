"""The learner of `assistant`: intents and slots of sentences, "I don't know", corrections at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from importlib.util import find_spec
from itertools import islice
from typing import Any

from pippin.apps.assistant.config import AssistantConfig
from pippin.apps.assistant.intents import is_out_of_scope, slots_of
from pippin.apps.assistant.understanding import fitting, storage
from pippin.apps.assistant.understanding.interpreter import Interpreter
from pippin.apps.assistant.understanding.model import BATCH, UnderstandingModel, slots_by_name
from pippin.apps.assistant.understanding.taught import TaughtSentence
from pippin.apps.assistant.understanding.understanding import Marked, Understanding
from pippin.core.data import Dataset, Example
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.run import Run
from pippin.core.values import Correction, Prediction, SavedState
from pippin.learn.text.token_encoder import token_encoder

MAX_CHARACTERS = 2000
MIN_TUNED = 3000  # examples, from which on the encoder's layers are tuned, too
UNKNOWN = "nothing I learned resembles this"


class AssistantLearner:
    """A linear head on the encoder's vectors, a tagger on its word states; follows core.learner's Teachable."""

    def __init__(self, config: AssistantConfig) -> None:
        self.config = config
        self._model: UnderstandingModel | None = None

    @property
    def model(self) -> UnderstandingModel:
        """What was learned; PippinError where nothing was."""
        if self._model is None:
            raise PippinError("Nothing was learned yet; train first: pippin assistant train.")
        return self._model

    @property
    def interpreter(self) -> Interpreter:
        """The model as the dialogue asks it."""
        return Interpreter(self.model)

    def fit(self, data: Dataset, run: Run) -> None:
        """Learn from `data.train` and `data.val`; sentences out of scope set the threshold."""
        inside, outside = scopes(data.train + data.val)
        if not inside:
            raise PippinError(f"{data.name} holds no sentence to learn from; give one with intents.", input=data.name)
        beyond = [text_of(example.input) for example in outside]
        self._model = self._tuned(data, beyond, run) or head_model([marked(one) for one in inside], beyond, run)

    def _tuned(self, data: Dataset, outside: Sequence[str], run: Run) -> UnderstandingModel | None:
        """Return a model with tuned layers where the settings and the amount of data ask for them."""
        examples, chosen = ([marked(one) for one in scopes(part)[0]] for part in (data.train, data.val))
        enough = len(examples) >= MIN_TUNED and len({example.intent for example in examples}) > 1
        if self.config.learn == "head" or (self.config.learn == "auto" and not enough):
            return None
        if self.config.learn == "auto" and find_spec("torch") is None:
            return None
        return fitting.fit_tuned(examples, chosen, outside, token_encoder(run.threads), run)

    def predict(self, inputs: Iterable[Input]) -> Iterator[Prediction]:
        """Name the intent of each sentence, with its slots as evidence."""
        encoder = token_encoder()
        for items in batches(inputs):
            problems = [problem_of(item) for item in items]
            texts = [text_of(item) for item, problem in zip(items, problems, strict=True) if not problem]
            found = zip(texts, self.used.interpret(encoder, texts), strict=True)
            for problem in problems:
                yield Prediction(None, known=False, error=problem) if problem else answer(*next(found))

    @property
    def used(self) -> UnderstandingModel:
        """The model with the threshold that the settings ask for."""
        return replace(self.model, threshold=self.config.threshold) if self.config.threshold else self.model

    def update(self, items: Sequence[Correction]) -> None:
        """Take in taught sentences; the last word on one counts."""
        texts = [text_of(item.input) for item in items]
        sentences = [
            TaughtSentence(text, str(item.answer), encoding.vector)
            for text, item, encoding in zip(
                texts, items, self.model.seen_by(token_encoder()).encode(texts), strict=True
            )
        ]
        self._model = self.model.with_taught(sentences)

    def save(self) -> SavedState:
        """Return what was learned."""
        return storage.save(self.model)

    def load(self, saved: SavedState) -> None:
        """Become the learner that was saved; PippinError where something of it is missing."""
        self._model = storage.load(saved)


def learner(config: AssistantConfig) -> AssistantLearner:
    """Return a learner for the settings."""
    return AssistantLearner(config)


def scopes(examples: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    """Return the examples with an intent, and those that have none."""
    inside = [example for example in examples if not is_out_of_scope(example.answer)]
    return inside, [example for example in examples if is_out_of_scope(example.answer)]


def marked(example: Example) -> Marked:
    """Return a sentence with its intent and slots."""
    return Marked(text_of(example.input), str(example.answer), slots_of(example.answer))


def text_of(item: Input) -> str:
    """Return the text of an input."""
    return item.read().decode("utf-8", "replace")


def problem_of(item: Input) -> str:
    """Return why an input is no sentence, "" where it is one."""
    text = text_of(item)
    if not text.strip():
        return "The sentence is empty; say what you want."
    if len(text) > MAX_CHARACTERS:
        return f"The sentence has {len(text):,} characters; say it in at most {MAX_CHARACTERS:,}."
    return ""


def head_model(examples: Sequence[Marked], outside: Sequence[str], run: Run) -> UnderstandingModel:
    """Return a linear head on the encoder as it is, fitted to the examples that the run has time to encode."""
    texts, encoder = [*(example.text for example in examples), *outside], token_encoder(run.threads)

    def watch(done: int, total: int) -> bool:
        run.log(step=done, total=total)
        return run.should_stop

    encodings = fitting.encode(encoder, list(dict.fromkeys(texts)), watch)
    usable = [example for example in examples if example.text in encodings]
    names = fitting.name_vectors(encoder, (example.intent for example in usable))
    return fitting.fit_model(usable, encodings, names, [text for text in outside if text in encodings], run.seed)


def batches(inputs: Iterable[Input]) -> Iterator[list[Input]]:
    """Yield inputs in lists of up to BATCH."""
    rest = iter(inputs)
    while batch := list(islice(rest, BATCH)):
        yield batch


def answer(text: str, found: Understanding) -> Prediction:
    """Return an understanding as a prediction: slots, then the nearest example, as evidence."""
    facts: dict[str, Any] = {"slots": slots_by_name(found.spans, text), "certainty": round(found.certainty, 4)}
    example, intent, likeness = found.nearest[0]
    slots = [f"{slot['name']}: {slot['text']}" for slot in facts["slots"]]
    nearest = f"most like {example!r} ({intent}, likeness {likeness:.2f})"
    evidence = (facts, *(slots if found.known else (UNKNOWN,)), nearest)
    return Prediction(found.intent, found.confidence, found.known, found.alternatives, evidence)
