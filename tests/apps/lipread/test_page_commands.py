"""What a page plays from: frames with the words over them, phrases, and rounds of the quiz that tell no truth ahead."""

from __future__ import annotations

import io
import json
import sys

import numpy as np
import pytest
from PIL import Image

import pippin
from pippin.apps.lipread.alignments import places
from pippin.apps.lipread.commands import quiz
from pippin.apps.lipread.config import LipreadConfig
from pippin.apps.lipread.data import held_out, load
from pippin.apps.lipread.page_commands import SHOWN, frames, guess, phrases
from pippin.apps.lipread.rendering import sample
from pippin.apps.lipread.rendering.sample import talking
from pippin.apps.lipread.video import clips, y4m
from pippin.apps.lipread.video import frames as video_frames
from pippin.core.errors import PippinError
from pippin.core.inputs import Video
from pippin.verbs.opening import open_context


@pytest.fixture
def space():
    return open_context("lipread")


def test_words_lie_over_the_frames_they_came_from_each_with_its_place_in_the_grammar(space):
    report = frames(space)
    seen = report.payload
    assert (seen["way"], seen["known"], seen["speaker_type"]) == ("grammar", True, "rendered")
    assert [word["place"] for word in seen["words"]] == [
        "command",
        "colour",
        "preposition",
        "letter",
        "digit",
        "adverb",
    ]
    assert " ".join(word["word"] for word in seen["words"]) == seen["answer"]
    assert "".join(letter["letter"] for letter in seen["letters"]) == seen["answer"]
    truth = {word: end * 25 for _, end, word in sample.clip(240).words}
    ends = [abs(word["end"] - truth[word["word"]]) for word in seen["words"] if word["word"] in truth]
    assert np.mean(ends) < 6
    assert 0 < seen["wer"]["value"] < 0.5
    for word in seen["words"]:
        assert word["probability"] + sum(share for _, share in word["others"]) <= 1.001


def test_the_image_holds_every_frame_in_order(space):
    report = frames(space, number=3)
    size = report.payload
    sheet = np.asarray(Image.open(io.BytesIO(report.figures[0].content)))
    shown = clips.mouth(sample.clip(270)).frames
    assert size["frames"] == len(shown)
    for number in (0, size["columns"], size["frames"] - 1):
        top, left = number // size["columns"] * 40, number % size["columns"] * 64
        tile = sheet[top : top + 40, left : left + 64]
        assert np.corrcoef(tile.ravel(), shown[number].ravel())[0, 1] > 0.99


def test_what_is_shown_is_neither_learned_nor_asked_by_the_quiz(space):
    shown = [frames(space, number=number).payload["truth"] for number in (0, SHOWN - 1)]
    assert not set(shown) & {str(example.answer) for example in held_out()}
    assert [example.key for example in held_out()] == [example.key for example in load(None, LipreadConfig()).test]
    with pytest.raises(PippinError, match="0 to 11"):
        frames(space, number=SHOWN)


def test_a_file_is_read_as_the_mouth_it_remarks_and_what_fits_no_sentence_says_so(space, tmp_path):
    (tmp_path / "strange.y4m").write_bytes(y4m.written(talking(["two"] * 7, 901)[0], 25, clips.RENDERED))
    seen = frames(space, str(tmp_path)).payload
    assert (seen["speaker_type"], seen["way"], seen["known"], seen["truth"]) == ("rendered", "letters", False, None)
    assert all(word["place"] == "" for word in seen["words"])
    with pytest.raises(PippinError, match="too short"):
        frames(space, Video(content=y4m.written(np.zeros((3, 40, 64), np.uint8)), name="short.y4m"))


def test_phrases_are_told_with_their_takes_and_read_over_the_frames_that_speak(space, tmp_path):
    assert phrases(space).payload["phrases"] == []
    for phrase in ("lights on", "call home"):
        for take in range(2):
            path = tmp_path / f"{phrase}-{take}.y4m"
            path.write_bytes(y4m.written(talking(phrase.split(), 41 + take)[0], 25, clips.RENDERED))
            pippin.teach("lipread", str(path), phrase, speaker_type="rendered")
    told = phrases(space, speaker_type="rendered").payload
    assert told["phrases"] == [{"phrase": "call home", "takes": 2}, {"phrase": "lights on", "takes": 2}]
    assert told["answers"]
    assert frames(space, str(tmp_path / "lights on-0.y4m")).payload["way"] == "taught"
    other = Video(content=y4m.written(talking(["lights", "on"], 44)[0], 25, clips.RENDERED), name="other")
    seen = frames(space, other).payload
    assert seen["way"] == "phrase"
    assert not seen["words"]
    assert 0 < seen["speaks"][0] < seen["speaks"][1] <= seen["frames"]


def test_what_is_missing_is_said_before_anybody_films(space, monkeypatch):
    assert phrases(space).payload["lacking"] == video_frames.lacking()
    monkeypatch.setitem(sys.modules, "av", None)
    assert "pip install 'pippin[lipread]'" in phrases(space).payload["lacking"]


def test_a_round_tells_nothing_ahead_and_counts_as_the_terminal_does(space, monkeypatch):
    asked = guess(space, seed=5)
    truths = {example.key[:16]: str(example.answer) for example in held_out()}
    truth = truths[asked.payload["clip"]]
    assert truth not in json.dumps(asked.payload) + asked.show()
    assert [place["words"][:2] for place in asked.payload["places"]][4] == ["zero", "one"]
    told = guess(space, clip=asked.payload["clip"], said=truth).payload
    assert told["truth"] == truth == " ".join(word["word"] for word in told["words"])
    assert told["wrong"]["you"] == 0
    assert told["wrong"]["words"] == 6
    again = guess(space, seed=5).payload
    assert again["clip"] != asked.payload["clip"]
    assert again["left"] == asked.payload["left"] - 1
    wrong = guess(space, clip=again["clip"], said="nothing").payload
    assert wrong["wrong"]["you"] == 6
    assert wrong["tally"]["you"] == pytest.approx(0.5)
    with pytest.raises(PippinError, match="not among those"):
        guess(space, clip=again["clip"], said="once more")
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert quiz(space, clips=1).payload["guesses"] == 2
    assert guess(space, afresh=True).payload["tally"] == {"guesses": 0}
    assert quiz(space, clips=1).payload["guesses"] == 0


def test_clips_of_ones_own_are_asked_and_end(space, tmp_path):
    content = sample.clip(1000).read()
    (tmp_path / "mine.y4m").write_bytes(content)
    with pytest.raises(PippinError, match="not known"):
        guess(space, str(tmp_path))
    (tmp_path / "mine.txt").write_text("lay red")
    asked = guess(space, str(tmp_path)).payload
    assert guess(space, str(tmp_path), clip=asked["clip"], said="lay").payload["wrong"]["you"] == 1
    assert guess(space, str(tmp_path)).payload["clip"] is None


def test_another_grammars_places_are_numbered():
    assert places([("turn on", "turn off"), ("please", "")]) == [
        ("place 1", ["turn on", "turn off"]),
        ("place 2", ["please", ""]),
    ]
