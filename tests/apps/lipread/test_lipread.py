"""Reading, teaching, phrases, the quiz and enrolling, by the built-in model for rendered mouths."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

import pippin
from pippin.apps.lipread import application
from pippin.apps.lipread.background import without
from pippin.apps.lipread.commands import enroll, quiz, sample
from pippin.apps.lipread.config import LipreadConfig
from pippin.apps.lipread.confusion_matrix import looks_alike, matched
from pippin.apps.lipread.corrections import shape
from pippin.apps.lipread.data import load
from pippin.apps.lipread.decoding.calibration import fit_power
from pippin.apps.lipread.explain import explain
from pippin.apps.lipread.learner import LipreadLearner
from pippin.apps.lipread.rendering.sample import Rendered, talking
from pippin.apps.lipread.scoring import details, details_report, score
from pippin.apps.lipread.video import clips, y4m
from pippin.core.artifact import read_artifact
from pippin.core.data import Example
from pippin.core.errors import PippinError
from pippin.core.inputs import Video
from pippin.core.values import Correction, Prediction
from pippin.verbs.opening import open_context

DRAWN = {"speaker_type": "rendered"}


@pytest.fixture(scope="module")
def artifact():
    return read_artifact(application.builtin_for("rendered"))


@pytest.fixture
def reader(artifact) -> LipreadLearner:
    made = LipreadLearner(application.config.read(artifact.facts["config"]))
    made.load(artifact.part("model"))
    return made


@pytest.fixture(scope="module")
def unseen() -> tuple[Example, ...]:
    return load(None, LipreadConfig()).test


def clip_of(sentence: str, seed: int) -> Video:
    frames, _ = talking(sentence.split(), seed)
    return Video(content=y4m.written(frames, 25, clips.RENDERED), name=f"{sentence}.y4m")


def test_the_built_in_model_reads_rendered_mouths_it_never_saw(reader, unseen, artifact):
    from pippin.core.artifact import identity

    assert not {identity(example.key) for example in unseen} & artifact.learned
    scores = score(list(reader.predict([e.input for e in unseen])), unseen)
    assert scores["wer"].value < 0.25
    assert scores["wer"].value <= scores["greedy_wer"].value + 0.02


def test_the_answer_says_when_each_word_was_said_and_whose_mouths_it_knows(reader, unseen):
    (answer,) = reader.predict([unseen[0].input])
    timed = next(item["words"] for item in answer.evidence if isinstance(item, dict) and "words" in item)
    assert [word["word"] for word in timed] == answer.answer.split()
    assert all(one["end"] <= other["begin"] + 0.3 for one, other in pairwise(timed))
    truth = {word: (begin, end) for begin, end, word in unseen[0].input.words}
    right = [word for word in timed if word["word"] in truth]
    assert np.mean([abs(word["end"] - truth[word["word"]][1]) for word in right]) < 0.25
    assert any("rendered" in item for item in answer.evidence if isinstance(item, str))
    assert any("It learned from" in item for item in answer.evidence if isinstance(item, str))


def test_ways_to_decode(reader, unseen, tmp_path):
    item = unseen[0].input
    rules = tmp_path / "rules.txt"
    rules.write_text("bin | lay | place | set\nblue | green | red | white\n")
    answers = {}
    for decode, grammar in (("grammar", "auto"), ("beam", "auto"), ("greedy", "none"), ("grammar", str(rules))):
        reader.config = replace(reader.config, decode=decode, grammar=grammar)
        (answers[decode, grammar],) = reader.predict([item])
    assert len(answers["grammar", "auto"].answer.split()) == 6
    assert not answers["grammar", str(rules)].known  # six words are none of its sentences
    assert answers["greedy", "none"].answer == next(
        e["greedy"] for e in answers["beam", "auto"].evidence if isinstance(e, dict) and "greedy" in e
    )
    reader.config = replace(reader.config, decode="grammar", grammar="none")
    with pytest.raises(PippinError, match="no grammar"):
        reader.read(reader.known(clips.mouth(item).frames))


def test_what_no_sentence_fits_is_flagged_and_not_forced(reader):
    strange = [clip_of(s, 900 + n) for n, s in enumerate(["now seven please", "two two two two two two two", "blue"])]
    answers = list(reader.predict(strange))
    assert not any(answer.known for answer in answers)
    assert {(answer.confidence, answer.alternatives) for answer in answers} == {(None, ())}
    assert all("does not fit" in str(answer.evidence) for answer in answers)


def test_a_long_clip_is_parted_where_the_mouth_rests(reader, unseen):
    parts = [clips.mouth(example.input).frames for example in unseen[:4]]
    face = parts[0]
    frames = np.concatenate([face, np.repeat(face[-1:], 15, 0)] * 3)
    clip = Video(content=y4m.written(frames), name="long.y4m")
    (answer,) = reader.predict([clip])
    (short,) = reader.predict([unseen[0].input])
    assert answer.answer.count(". ") == 2
    agree = [part == short.answer for part in answer.answer.split(". ")]
    assert sum(agree) >= 2


def test_clips_that_cannot_be_read_say_so_and_keep_nobody_else_from_it(reader, unseen):
    short = Video(content=y4m.written(np.zeros((3, 40, 64), np.uint8)), name="short.y4m")
    answers = list(reader.predict([short, Video(content=b"x", name="none"), unseen[0].input]))
    assert "too short" in answers[0].error
    assert answers[1].error
    assert answers[2].answer


PHRASES = ("lights on", "volume up", "call home", "good night")


def test_three_takes_of_a_phrase_are_enough_and_others_are_refused(reader):
    face = 41  # one person's mouth: takes differ by how they are spoken
    taught = [Correction(varied(phrase, face, take), phrase) for phrase in PHRASES for take in range(3)]
    reader.update(taught)
    asked = [(varied(phrase, face, take), phrase) for phrase in PHRASES for take in range(3, 6)]
    answers = list(reader.predict([clip for clip, _ in asked]))
    assert sum(a.answer == phrase for a, (_, phrase) in zip(answers, asked, strict=True)) >= 11
    others = [varied(said, face, 9) for said in ("set blue by four", "seven", "please stop the music now")]
    assert sum(not answer.known for answer in reader.predict(others)) >= 2


def test_two_commands_and_one_refuse_what_is_neither(reader):
    face, phrases = 41, PHRASES[:2]
    said = ("set blue", "by four", "now please", "seven again", "place white", "bin red", "lay green", "soon nine")
    reader.background = {
        phrase: np.stack([shape(reader.known(clips.mouth(varied(phrase, face, take)).frames)) for take in range(2)])
        for phrase in said
    }
    reader.update([Correction(varied(phrase, face, take), phrase) for phrase in phrases for take in range(3)])
    asked = [(varied(phrase, face, take), phrase) for phrase in phrases for take in (3, 4)]
    answers = list(reader.predict([clip for clip, _ in asked]))
    assert [answer.answer for answer in answers] == [phrase for _, phrase in asked]
    others = [varied(said, face, 9) for said in ("good night", "please stop the music", "set white by two", "seven")]
    refused = list(reader.predict(others))
    assert [answer.known for answer in refused].count(False) >= 3
    assert all(answer.confidence is None for answer in refused if not answer.known)
    reader.lessons.said = {key: text for key, text in reader.lessons.said.items() if text == phrases[0]}
    reader.config = replace(reader.config, decode="phrases")
    assert [answer.known for answer in reader.predict(others)].count(False) >= 3


def test_the_background_is_saved_and_exported_with_the_taught_phrases(reader, artifact, tmp_path):
    bank = {"blue": np.ones((2, 8), np.float16), "red": np.zeros((1, 8), np.float16)}
    reader.background = bank
    other = LipreadLearner(reader.config)
    other.load(reader.save())
    assert {word: shapes.tolist() for word, shapes in other.background.items()} == {
        word: shapes.tolist() for word, shapes in bank.items()
    }
    assert without(bank, ["blue"]).shape == (1, 8)
    assert without(bank, ["blue", "red"]) is None


def test_the_built_in_reader_of_people_has_a_background():
    learner = LipreadLearner(application.config.read({}))
    learner.load(read_artifact(application.builtin_for("person")).part("model"))
    assert len(learner.background) > 40
    assert all(np.isfinite(shapes).all() for shapes in learner.background.values())


def test_confidence_and_its_runners_up_are_shares_of_all_that_could_be_spelt(reader, unseen):
    reader.config = replace(reader.config, decode="beam", grammar="none")
    for answer in reader.predict([example.input for example in unseen[:4]]):
        shares = [answer.confidence, *(share for _, share in answer.alternatives)]
        assert 0 <= sum(shares) <= 1 + 1e-6
        assert len({answer.answer, *(text for text, _ in answer.alternatives)}) == len(shares)


def test_a_clip_too_short_for_any_sentence_is_not_known(reader, unseen):
    frames = clips.mouth(unseen[0].input).frames[:12]
    (answer,) = reader.predict([Video(content=y4m.written(frames), name="short.y4m")])
    assert (answer.known, answer.confidence) == (False, None)


def test_the_reliability_of_confidences_is_told(reader):
    answers = [Prediction("a", 0.95), Prediction("b", 0.95), Prediction("c", 0.15), Prediction("d", None, known=False)]
    examples = [Example(None, text, text) for text in ("a", "x", "c", "d")]
    found = details(answers, examples)
    assert [(one["sentences"], one["right"]) for one in found["reliability"]] == [(1, 1.0), (2, 0.5)]
    assert found["without_confidence"] == 1
    assert found["calibration_error"]["value"] == pytest.approx((2 * 0.45 + 0.85) / 3)
    assert "expected calibration error 0.58" in details_report(found).tables[0].title
    assert details([Prediction("", None)], examples[:1]) == {}


def test_a_power_corrects_probabilities_that_say_too_much():
    rng = np.random.default_rng(0)
    told = rng.uniform(0.3, 1, 4000)
    assert fit_power(told.tolist(), (rng.random(4000) < told**3).tolist()) == pytest.approx(3, abs=0.2)
    assert fit_power(told.tolist(), (rng.random(4000) < told**0.5).tolist()) == 1
    assert fit_power([0.9] * 5, [False] * 5) == 1


def test_the_power_of_a_model_changes_its_confidence_and_nothing_else(reader, unseen):
    (before,) = reader.predict([unseen[0].input])
    reader.power = 2.0
    (after,) = reader.predict([unseen[0].input])
    assert (after.answer, after.confidence) == (before.answer, pytest.approx(before.confidence**2))
    assert dict(after.alternatives) == pytest.approx({text: share**2 for text, share in before.alternatives})


def varied(phrase: str, face: int, take: int) -> Video:
    """A phrase spoken by one mouth, a little faster or slower each time."""
    frames, _ = talking(phrase.split(), face)
    rng = np.random.default_rng([take, len(phrase)])
    places = np.linspace(0, len(frames) - 1, round(len(frames) * rng.uniform(0.9, 1.12))).round().astype(int)
    noisy = frames[places] + rng.normal(0, 3, (len(places), 40, 64))
    return Video(content=y4m.written(noisy.clip(0, 255).astype(np.uint8)), name=f"{phrase}-{take}.y4m")


def test_teaching_outlives_saving(reader, artifact):
    clip = clip_of("lights on", 7)
    reader.update([Correction(clip, "lights on")])
    other = reader.copied()
    assert [p.answer for p in other.predict([clip])] == ["lights on"]
    assert (other.heads["characters"].weight != reader.heads["characters"].weight).any()


def test_teach_and_undo_from_the_command_line_need_no_torch(tmp_path):
    clip = clip_of("lights on", 7)
    (tmp_path / "clip.y4m").write_bytes(clip.read())
    code = (
        "import sys; sys.modules['torch'] = None; sys.modules['onnx'] = None\n"
        "import pippin\n"
        "file = sys.argv[1]\n"
        "before = pippin.predict('lipread', file, speaker_type='rendered').payload['results'][0]['answer']\n"
        "pippin.teach('lipread', file, 'Lights on', speaker_type='rendered')\n"
        "taught = pippin.predict('lipread', file, speaker_type='rendered').payload['results'][0]['answer']\n"
        "pippin.undo('lipread', speaker_type='rendered')\n"
        "assert taught == 'lights on', taught\n"
        "assert pippin.predict('lipread', file, speaker_type='rendered').payload['results'][0]['answer'] == before\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "clip.y4m")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("given", [{"speaker_type": "cat"}, {"preset": "huge"}, {"clips": 3}])
def test_a_setting_that_means_nothing_is_one_sentence(given):
    with pytest.raises(PippinError, match=str(next(iter(given.values())))):
        pippin.train("lipread", epochs=1, **given)


@pytest.mark.parametrize("given", [{"decode": "magic"}, {"grammar": "/no/such/file"}])
def test_so_is_one_by_which_a_clip_is_read(given, tmp_path, unseen):
    (tmp_path / "clip.y4m").write_bytes(unseen[0].input.read())
    with pytest.raises(PippinError, match=str(next(iter(given.values())))):
        pippin.predict("lipread", str(tmp_path / "clip.y4m"), **DRAWN, **given)


def test_scores_are_those_of_speech_recognition():
    said = ["bin blue at f two now", "lay red by a one again"]
    read = [Prediction("bin blue at x two now", evidence=({"greedy": "bin blue"},)), Prediction(None, error="no")]
    found = score(read, [Example(Video(content=b""), sentence, "") for sentence in said])
    assert found["wer"].value == pytest.approx((1 + 6) / 12)
    assert found["greedy_wer"].value == pytest.approx((4 + 6) / 12)
    assert found["sentences"].value == 0


def test_sounds_are_matched_and_look_alikes_known():
    assert looks_alike("b", "p")
    assert not looks_alike("b", "f")
    assert matched(["P", "L", "EY"], ["B", "EY"]) in ([("P", "B"), ("EY", "EY")], [("L", "B"), ("EY", "EY")])


def test_what_is_explained_is_what_it_reads_and_a_taught_clip_says_so(reader, unseen):
    item = unseen[0].input
    reader.update([Correction(item, "lights on")])
    assert any("You taught it" in note for note in explain(reader, item).notes)
    strange = clip_of("two two two two two two two", 901)
    assert any("read without the grammar" in note for note in explain(reader, strange).notes)


def test_faces_are_counted_from_one(reader, unseen):
    reader.config = replace(reader.config, face_index=-3)
    (answer,) = reader.predict([unseen[0].input])
    assert "--face-index -3" in answer.error


def test_explaining_a_clip_and_the_model(reader, unseen):
    report = explain(reader, unseen[0].input)
    titles = [figure.title for _, figure in report.all_figures()]
    assert len(titles) == 3
    whole = explain(reader, None, lambda: load(None, LipreadConfig()))
    assert whole.payload["clips"] == len(unseen)
    assert len(whole.payload["places"]) == 6
    assert list(explain(reader, None).all_figures())


def test_the_quiz_keeps_both_error_rates_and_asks_nothing_twice(monkeypatch, unseen):
    asked = []
    from pippin.apps.lipread import quiz as quiz_module

    real = quiz_module.Tally.add
    monkeypatch.setattr(quiz_module.Tally, "add", lambda self, q, guess: (asked.append(q), real(self, q, guess))[1])
    space = open_context("lipread")
    monkeypatch.setattr("sys.stdin", io.StringIO("bin blue at f two now\n\n"))
    first = quiz(space, clips=3)
    assert first.payload["guesses"] == 2
    assert first.payload["you"] > 0.3
    assert "LipNet" in first.notes[0]
    monkeypatch.setattr("sys.stdin", io.StringIO("x\n" * 40))
    second = quiz(space, clips=40)
    keys = [question.clip.digest() for question in asked]
    assert len(keys) == len(set(keys)) == second.payload["guesses"]
    assert not set(keys) & {e.key for e in load(None, LipreadConfig()).train}
    wrong = sum(row[2] for row in json.loads((space.workspace.store("lipread") / "quiz.json").read_text())["rendered"])
    assert second.payload["network"] == pytest.approx(wrong / (6 * len(keys)))
    with pytest.raises(PippinError, match="afresh"):
        quiz(space)
    (space.workspace.store("lipread") / "quiz.json").write_text("[1]")
    with pytest.raises(PippinError, match="does not hold guesses"):
        quiz(space, afresh=True)


def test_the_quiz_does_not_ask_what_it_was_taught(monkeypatch, tmp_path):
    space = open_context("lipread")
    sample(space, tmp_path, clips=3)
    pippin.teach("lipread", str(tmp_path / "rendered-000.y4m"), "set blue", **DRAWN)
    monkeypatch.setattr("sys.stdin", io.StringIO("x\n" * 5))
    assert quiz(space, tmp_path, clips=5, speaker_type="rendered").payload["guesses"] == 2


def test_enrolling_tells_what_it_gained_and_prompts_what_to_film(tmp_path):
    for phrase in PHRASES[:3]:
        (tmp_path / phrase.replace(" ", "_")).mkdir()
        for take in range(3):
            (tmp_path / phrase.replace(" ", "_") / f"{take}.y4m").write_bytes(varied(phrase, 41, take).read())
    space = open_context("lipread")
    report = enroll(space, tmp_path, speaker_type="rendered")
    assert report.payload["clips"] == 9
    assert report.payload["phrases"] == 3
    assert report.payload["after"]["wer"] < report.payload["before"]["wer"]
    again = enroll(space, tmp_path, speaker_type="rendered")  # what it was taught must not count as what it gained
    assert again.payload["before"] == report.payload["before"]
    assert again.payload["after"] == report.payload["after"]
    few = enroll(space, tmp_path / "call_home" / "0.y4m", speaker_type="rendered")
    assert few.payload["clips"] == 1
    assert not few.payload["after"]
    prompts = enroll(space, prompts=5, speaker_type="rendered")
    assert len(prompts.payload["sentences"]) == 5


def test_a_training_that_goes_on_keeps_what_it_knew(reader, tmp_path):
    from pippin.core.run import Budget, Run

    sample(open_context("lipread"), tmp_path / "me", clips=4)
    for beside in (tmp_path / "me").glob("*.y4m"):
        assert beside.with_suffix(".txt").exists()
    before, speakers = reader.grammar, dict(reader.speakers)
    data = load(str(tmp_path / "me"), LipreadConfig())
    reader.fit(data, Run(tmp_path / "run", budget=Budget(epochs=1), threads=1))
    assert reader.grammar == before
    assert "words" in reader.heads
    assert reader.speakers == {**speakers, "me": len(data.train)}


def test_the_sample_is_written_with_its_sentences(tmp_path):
    sample(open_context("lipread"), tmp_path, clips=3)
    assert len(list(tmp_path.glob("*.y4m"))) == len(list(tmp_path.glob("*.txt"))) == 3
    report = pippin.evaluate("lipread", str(tmp_path), **DRAWN)
    assert report.payload["data"]["examples"] == 3


def test_rendered_clips_are_the_same_each_time():
    one, other = load(None, LipreadConfig()).test[0].input, load(None, LipreadConfig()).test[0].input
    assert isinstance(one, Rendered)
    assert one.digest() == other.digest()
