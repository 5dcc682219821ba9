"""The network that reads lips: trained by PyTorch, answering through ONNX Runtime, and taught clip by clip."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from pippin.apps.lipread.background import background
from pippin.apps.lipread.config import LipreadConfig
from pippin.apps.lipread.corrections import Lessons
from pippin.apps.lipread.data import speaker
from pippin.apps.lipread.decoding import decoder
from pippin.apps.lipread.decoding.calibration import fit_power
from pippin.apps.lipread.decoding.char_lm import CharacterNgram
from pippin.apps.lipread.decoding.decoder import Head, Sentence
from pippin.apps.lipread.decoding.grammar import Grammar
from pippin.apps.lipread.predictor import LipreadPredictor
from pippin.apps.lipread.presets import preset
from pippin.apps.lipread.training_clips import TrainingClip, vocabulary
from pippin.apps.lipread.video import clips
from pippin.core.data import Dataset, Example
from pippin.core.errors import PippinError, missing_extra
from pippin.core.run import Run
from pippin.core.values import Correction, SavedState
from pippin.learn.nn.onnx_session import session

Array = np.ndarray
GRAPH, LANGUAGE = "features.onnx", "language.json"
HELD_OUT = 32  # clips whose loss is shown as it learns
MIN_CLIPS = 0.02  # share of the grammar's sentences that fit it worse than nearly all


class LipreadLearner(LipreadPredictor):
    """Follows core.learner's protocols; what it is taught changes its head, and what it answers to the clip itself."""

    def __init__(self, config: LipreadConfig) -> None:
        super().__init__(config)
        self.preset = preset(config)
        self.graph = b""
        self.heads: dict[str, Head] = {}
        self.filters: Array = np.zeros((0, 1, 1, 1), np.float32)  # of the first convolution [N,5,k,k]
        self._session: Any = None
        self._characters: Head | None = None

    def fit(self, data: Dataset, run: Run) -> None:
        """Learn from `data.train`, going on from what was loaded before.

        `data.val` tells how well sentences of the grammar usually fit it.
        """
        try:
            from pippin.apps.lipread import onnx_graph, training
            from pippin.learn.nn.held_out_loss import held_out_examples
        except ImportError as problem:
            raise missing_extra("torch", "train", "Training") from problem
        found = [(example, lesson) for example in data.train if (lesson := training_clip(example))]
        lessons = [lesson for _, lesson in found]
        if not lessons:
            raise PippinError(f"No clip of {data.name} can be read, so there is nothing to learn from.")
        words = vocabulary(lessons)
        if set(words) <= set(self.words):  # it goes on with no word that it does not know
            words = self.words
        lent = {name: head for name, head in self.heads.items() if name != "words" or words == self.words}
        self.words = words
        begun = partial(onnx_graph.begin_with, graph=self.graph, heads=lent) if self.graph else None
        with run.pause():
            apart = [training_clip(example) for example in held_out_examples(data, learns_val=False, limit=HELD_OUT)]
        held_out = [lesson for lesson in apart if lesson]
        network = training.learned(lessons, self.preset, self.words, run, begun, held_out)
        self.graph, self.heads, self.filters = onnx_graph.features(network), network.heads(), network.filters()
        self.lessons, self._session, self._characters = Lessons(), None, None
        sentences = [str(example.answer) for example in data.train]
        if self.grammar is None or not all(map(self.grammar.says, sentences)):
            self.grammar, self.language = Grammar.of(sentences), CharacterNgram.fit(sentences)
        self.speakers = dict(Counter(self.speakers) + Counter(speaker(example) for example, _ in found))
        self.learn_from_validation(data.val, data.train)
        self.background = background(lessons, self.known)

    def update(self, items: Sequence[Correction]) -> None:
        """Learn from corrections of clips."""
        for item, answer in items:
            try:
                frames = clips.mouth(item, self.config.face_index).frames
            except PippinError:
                continue  # a clip that can no longer be read must not keep the others from being used
            self.lessons.add(item.digest(), str(answer), self.known(frames))
        self._characters = None

    def save(self) -> SavedState:
        """Return the graph, its heads with what they were taught, and what can be said."""
        heads = {**self.heads, "characters": self.character_head()}
        tensors = {f"{name}.{part}": array for name, head in heads.items() for part, array in head._asdict().items()}
        tensors["filters"] = self.filters
        tensors |= {f"background.{word}": shapes for word, shapes in self.background.items()}
        if shapes := list(self.lessons.shapes.values()):
            tensors["shapes"] = np.stack(shapes).astype(np.float32)
        language = json.dumps(self.language.counts if self.language else {}).encode()
        return SavedState(tensors, self.facts(), {GRAPH: self.graph, LANGUAGE: language}, about=[self.scope()])

    def load(self, saved: SavedState) -> None:
        """Restore the learner that was saved."""
        self.graph, tensors = saved.files[GRAPH], saved.tensors
        names = [name for name in ("characters", "words") if f"{name}.weight" in tensors]
        self.heads = {name: Head(tensors[f"{name}.weight"], tensors[f"{name}.bias"]) for name in names}
        self.filters, start = tensors["filters"], "background."
        self.background = {
            name.removeprefix(start): shapes for name, shapes in tensors.items() if name.startswith(start)
        }
        self.become(saved.config, json.loads(saved.files[LANGUAGE]), tensors.get("shapes", np.zeros((0, 0))))
        self._session = self._characters = None

    def copied(self) -> LipreadLearner:
        """Return a copy that knows the same."""
        other = LipreadLearner(self.config)
        other.load(self.save())
        return other

    def outputs(self, mouths: Array) -> tuple[Array, ...]:
        """Map [T,40,64] to features [T,C], logits of characters [T,29] and, where they were learned, of words [T,W]."""
        if self._session is None:
            if not self.graph:
                raise PippinError("This network has learned nothing yet.")
            self._session = session(self.graph)
        features = self._session.run(["features"], {"mouths": mouths})[0]
        logits = [self.character_head().logits(features)]
        logits += [self.heads["words"].logits(features)] if "words" in self.heads else []
        return features, *logits

    def character_head(self) -> Head:
        if self._characters is None:
            self._characters = self.lessons.head(self.heads["characters"])
        return self._characters

    def learn_from_validation(self, val: Sequence[Example], train: Sequence[Example] = ()) -> None:
        """Set how well sentences of the grammar fit it at least, and what their probability is worth.

        The former is as far below nearly all of them as these vary, where there is no `val` those of `train`.
        """
        found = [one for example in val or train for one in self._by_grammar(example)]
        fits = [reading.fit for reading, _ in found if reading.fit is not None]
        low, middle = np.quantile(fits, (MIN_CLIPS, 0.5)) if fits else (0, 0)
        self.least = float(2 * low - middle) if fits else None
        learned = found if val else []
        self.power = fit_power([reading.probability for reading, _ in learned], [right for _, right in learned])

    def _by_grammar(self, example: Example) -> Iterator[tuple[Sentence, bool]]:
        """Yield what the grammar reads in a clip, and whether that is right."""
        lesson = training_clip(example) if self.grammar else None
        found = decoder.by_grammar(self.known(lesson.frames), self.grammar) if lesson and self.grammar else None
        if found:
            yield found, found.text == str(example.answer)


def training_clip(example: Example) -> TrainingClip | None:
    """Return an example to learn from; None where its clip cannot be read, or is too short for its sentence."""
    try:
        mouth = clips.mouth(example.input)
    except PippinError:
        return None
    words = example.input.words if isinstance(example.input, clips.Clip) else ()
    lesson = TrainingClip.of(mouth.frames, str(example.answer), words)
    return lesson if len(mouth.frames) > len(lesson.sentence) and not mouth.partial else None
