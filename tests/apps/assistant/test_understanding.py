"""It understands what is like its examples, refuses the rest, is corrected at once; a skill is added by its folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pippin.apps.assistant import application
from pippin.apps.assistant.config import AssistantConfig
from pippin.apps.assistant.data import load
from pippin.apps.assistant.intents import SlottedIntent
from pippin.apps.assistant.learner import MAX_CHARACTERS, AssistantLearner
from pippin.apps.assistant.scoring import score, slots_found
from pippin.apps.assistant.skills.skill_files import load_skill, load_skills
from pippin.apps.assistant.understanding.fitting import best_threshold
from pippin.apps.assistant.understanding.interpreter import Interpreter, examples_of
from pippin.apps.assistant.understanding.skill_model import knows, skill_interpreter
from pippin.apps.assistant.understanding.slot_tagger import Slot
from pippin.apps.assistant.understanding.understanding import Marked
from pippin.core.artifact import read_artifact
from pippin.core.context import Context
from pippin.core.data import Dataset, Example
from pippin.core.errors import PippinError
from pippin.core.inputs import Text
from pippin.core.run import Budget, Run
from pippin.core.values import Correction, Prediction
from pippin.verbs.opening import open_context

MUSIC = ("play some jazz", "put on a waltz", "start the music", "I want to hear a song", "play my favourite album")
CLOCK = ("what time is it", "tell me the time", "how late is it now", "do you have the time", "is it noon yet")
ROWS = (("music", MUSIC), ("clock", CLOCK))
BEYOND = ("who am I", "fry an egg", "is there life on Mars", "my shoe is wet", "draw a cat", "what is a prime number")


def get_context() -> Context:
    """The application in the test's workspace."""
    return open_context("assistant", None)


def example(text: str, intent: str) -> Example:
    """A sentence with its intent."""
    item = Text.of(text)
    return Example(item, intent, item.digest())


def dataset(*, outside: bool = True) -> Dataset:
    """Two intents, and sentences of none."""
    rows = [(text, "music") for text in MUSIC] + [(text, "clock") for text in CLOCK]
    rows += [(text, "oos") for text in BEYOND * outside]
    return Dataset("two", tuple(example(*row) for row in rows))


def learned(tmp_path: Path, config: AssistantConfig | None = None, **more: bool) -> AssistantLearner:
    """A learner of these sentences."""
    learner = AssistantLearner(config or AssistantConfig())
    learner.fit(dataset(**more), Run(tmp_path, threads=1))
    return learner


def predict(learner: AssistantLearner, *texts: str) -> list[Prediction]:
    """Its answers."""
    return list(learner.predict(map(Text.of, texts)))


def test_it_names_new_sentences_and_refuses_what_is_like_none(tmp_path: Path) -> None:
    learner = learned(tmp_path)
    music, clock, other = predict(
        learner, "could you play a tune", "what's the time", "how do fish breathe under water"
    )
    assert (music.answer, music.known) == ("music", True)
    assert (clock.answer, clock.known) == ("clock", True)
    assert not other.known
    assert "nothing I learned resembles this" in other.evidence
    assert "oos" not in {music.answer, *(label for label, _ in music.alternatives)}


def test_saved_and_loaded_it_is_the_same_with_all_it_was_taught(tmp_path: Path) -> None:
    learner = learned(tmp_path)
    learner.update([Correction(Text.of("quarter past"), "clock"), Correction(Text.of("fry a fish"), "oos")])
    again = AssistantLearner(AssistantConfig())
    again.load(learner.save())
    texts = ("quarter past", "fry a fish", "half past", "play it", "is it late")
    assert predict(again, *texts) == predict(learner, *texts)


def test_a_taught_sentence_counts_at_once_and_the_last_word_counts(tmp_path: Path) -> None:
    learner = learned(tmp_path)
    for intent in ("clock", "kitchen", "oos", "music"):
        learner.update([Correction(Text.of("turn the pancakes"), intent)])
        (found,) = predict(learner, "turn the pancakes")
        assert (found.answer, found.known) == (intent, intent != "oos")
    assert predict(learner, "play some jazz")[0].answer == "music"


def test_what_is_like_a_taught_sentence_is_moved_with_it(tmp_path: Path) -> None:
    learner = learned(tmp_path)
    learner.update([Correction(Text.of("wake me up at seven"), "alarm")])
    assert predict(learner, "please wake me up at eight")[0].answer == "alarm"


@pytest.mark.parametrize("text", ["", "   ", "\n", "x" * (MAX_CHARACTERS + 1), "\0", "😀😀😀", "مرحبا", "‮gnp.exe"])
def test_strange_sentences_are_errors_or_unknown(tmp_path: Path, text: str) -> None:
    (found,) = predict(learned(tmp_path), text)
    assert not found.known
    assert found.error or found.answer in ("music", "clock")


def test_nothing_to_learn_from_is_told(tmp_path: Path) -> None:
    with pytest.raises(PippinError, match="train first"):
        predict(AssistantLearner(AssistantConfig()), "hello")
    with pytest.raises(PippinError, match="no sentence to learn from"):
        AssistantLearner(AssistantConfig()).fit(Dataset("none", (example("who", "oos"),)), Run(tmp_path))


def test_one_intent_with_one_sentence_will_do(tmp_path: Path) -> None:
    learner = AssistantLearner(AssistantConfig())
    learner.fit(Dataset("one", (example("play some jazz", "music"),)), Run(tmp_path))
    assert predict(learner, "play some jazz")[0].known


def test_the_threshold_may_be_set(tmp_path: Path) -> None:
    strict = learned(tmp_path, AssistantConfig(threshold=0.99))
    assert not predict(strict, "play a song")[0].known
    with pytest.raises(PippinError, match="from 0 to 1"):
        AssistantConfig.check_given({"threshold": 1.5})


def test_tuned_layers_learn_intents_and_slots(tmp_path: Path) -> None:
    things = ("tea", "coffee", "milk", "juice", "water", "bread", "rice", "soup")
    rows = [Marked(f"bring me {thing} please", "bring", (Slot("item", 9, 9 + len(thing)),)) for thing in things]
    rows += [Marked(f"I have had enough {thing}", "stop", (Slot("item", 18, 18 + len(thing)),)) for thing in things]
    parts = [Example(Text.of(row.text), SlottedIntent(row.intent, row.slots), row.text) for row in rows * 4]
    learner = AssistantLearner(AssistantConfig(learn="layers"))
    learner.fit(Dataset("order", tuple(parts)), Run(tmp_path, budget=Budget(epochs=8), threads=1))
    again = AssistantLearner(AssistantConfig())
    again.load(learner.save())
    first, second = predict(again, "bring me cake please", "I have had enough cake")
    assert (first.answer, second.answer) == ("bring", "stop")
    assert slots_found(first) == {Slot("item", 9, 13)}
    assert predict(learner, "bring me cake please")[0].answer == "bring"


def test_a_skill_is_added_by_its_folder_alone(tmp_path: Path) -> None:
    folder = tmp_path / "garden"
    folder.mkdir()
    (folder / "skill.toml").write_text(
        'summary = "waters plants"\n[[intent]]\nname = "water"\nexamples = [\n'
        '"water [the roses](plant)", "give [the tomatoes](plant) some water", "sprinkle [the lawn](plant)",\n'
        '"are [the herbs](plant) dry?", "the garden needs water", "turn the sprinkler on for [the hedge](plant)"]\n'
    )
    interpreter = Interpreter.from_skills([*load_skills(), load_skill(folder)])
    found = interpreter.interpret("please water the lilies")
    assert (found.intent, found.known) == ("garden.water", True)
    assert found.slots == {"plant": "the lilies"}
    assert interpreter.interpret("What is my schedule for tomorrow?").intent == "schedule.list"
    assert not interpreter.interpret("what is the capital of Mongolia").known
    assert interpreter.interpret("  ").intent is None
    assert Interpreter.from_skills(()).interpret("hello").intent is None


def answered(answer: str, *, known: bool = True, slots: tuple[Slot, ...] = ()) -> Prediction:
    """A prediction as the learner makes them."""
    facts = {"slots": [{"name": s.name, "text": "", "start": s.start, "end": s.end} for s in slots]}
    return Prediction(answer, 1.0, known, (("a", 0.0), ("b", 0.0)), (facts,))


def test_scores_are_what_they_are_called() -> None:
    one, two = Slot("x", 0, 2), Slot("y", 3, 5)
    truth = [SlottedIntent("a", (one, two)), SlottedIntent("a"), "b", "oos", "never"]
    found = [
        answered("a", slots=(one, Slot("y", 3, 6))),
        answered("a", known=False),
        answered("a"),
        answered("b", known=False),
        answered("b"),
    ]
    examples = [Example(Text.of(str(row)), answer, str(row)) for row, answer in enumerate(truth)]
    scores = {name: value.value for name, value in score(found, examples).items()}
    expected = {"accuracy": 2 / 3, "in_scope_kept": 1 / 3, "out_of_scope_found": 1 / 2, "slot_f1": 1 / 2}
    assert scores == pytest.approx(expected)


def test_the_threshold_loses_as_many_as_it_takes_in() -> None:
    rng = np.random.default_rng(0)
    inside, outside = rng.normal(1, 0.5, 4000).astype(np.float32), rng.normal(0, 0.5, 1000).astype(np.float32)
    threshold = best_threshold(inside, outside)
    assert threshold == pytest.approx(0.5, abs=0.05)
    assert (inside < threshold).mean() == pytest.approx((outside >= threshold).mean(), abs=0.01)


def test_the_built_in_model_was_trained_on_the_skills_as_they_are() -> None:
    """If not: `python -m pippin.apps.assistant.builtin`, whose first lines say how."""
    artifact = read_artifact(application.builtin)
    assert artifact.facts["data"]["fingerprint"] == load(None).fingerprint()
    model = AssistantLearner(AssistantConfig())
    model.load(artifact.part("model"))
    assert knows(model.model, examples_of(load_skills()))


def test_a_skill_of_ones_own_is_understood_with_what_was_taught(tmp_path: Path) -> None:
    context = get_context()
    context.run("teach", "the usual nonsense", "schedule.list")
    plain = skill_interpreter(context)
    assert plain.interpret("the usual nonsense").intent == "schedule.list"
    folder = tmp_path / "own" / "garden"
    folder.mkdir(parents=True)
    sentences = ["water the roses", "give the tomatoes some water", "sprinkle the lawn"]
    (folder / "skill.toml").write_text(f'[[intent]]\nname = "water"\nexamples = {sentences}\n')
    for _ in range(2):  # fitted, then read
        own = skill_interpreter(context, [tmp_path / "own"])
        assert own.interpret("water the lawn").intent == "garden.water"
        assert own.interpret("the usual nonsense").intent == "schedule.list"
    kept = context.workspace.store("assistant") / "understanding" / "model.json"
    kept.write_text("damaged")
    assert skill_interpreter(context, [tmp_path / "own"]).interpret("water the lawn").intent == "garden.water"


def test_training_on_a_data_set_leaves_the_skills_alone(tmp_path: Path) -> None:
    path = tmp_path / "tunes.csv"
    path.write_text("text,category\n" + "".join(f"{text},{label}\n" for label, own in ROWS for text in own))
    context = get_context()
    report = context.run("train", str(path))
    assert report.payload["artifact"].startswith("assistant-tunes-")
    assert report.next.endswith(f"--model {report.payload['artifact']}")
    (own,) = context.run("predict", "play a tune", domain="tunes").payload["results"]
    assert own["answer"] == "music"
    (other,) = context.run("predict", "what is my schedule for tomorrow?").payload["results"]
    assert other["answer"] == "schedule.list"
    assert {"slots": [{"name": "when", "text": "tomorrow", "start": 24, "end": 32}]}.items() <= other["evidence"][
        0
    ].items()
