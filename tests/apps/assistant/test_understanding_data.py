"""Data sets are read in every form, kept in their parts, and refused in a sentence where they are none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pippin.apps.assistant.data import domain_of, load
from pippin.apps.assistant.data_files import bio_sentence, part_of
from pippin.apps.assistant.intents import SlottedIntent, slots_of
from pippin.core.data import Example
from pippin.core.errors import PippinError

PAIRS = [
    ["play some jazz", "music"],
    ["what time is it", "clock"],
    ["play a waltz", "music"],
    ["tell the time", "clock"],
]


def texts(examples: tuple[Example, ...]) -> set[str]:
    """The sentences of examples."""
    return {example.input.read().decode() for example in examples}


def written(path: Path, content: object) -> str:
    """Write text, or JSON, and return the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return str(path)


def test_splits_of_json_are_kept_with_what_is_out_of_scope(tmp_path: Path) -> None:
    content = {"train": PAIRS[:2], "oos_train": [["who am I", "oos"]], "val": PAIRS[2:3], "test": PAIRS[3:]}
    data = load(written(tmp_path / "clinic" / "data.json", content))
    assert data.predefined_split
    assert data.settings == {"domain": "clinic"}
    assert texts(data.train) == {"play some jazz", "what time is it", "who am I"}
    assert (texts(data.val), texts(data.test)) == ({"play a waltz"}, {"tell the time"})
    assert data.labels == ["clock", "music", "oos"]


def test_without_a_test_part_the_validation_part_is_scored_on(tmp_path: Path) -> None:
    many = [[f"play song number {number}", "music"] for number in range(30)]
    data = load(written(tmp_path / "x.json", {"train": many, "val": PAIRS}))
    assert texts(data.test) == {text for text, _ in PAIRS}
    assert len(data.val) == 3
    assert len(data.train) == 27


@pytest.mark.parametrize("name", ["test.json", "oos_test.json"])
def test_a_test_file_alone_is_all_test(tmp_path: Path, name: str) -> None:
    data = load(written(tmp_path / name, PAIRS))
    assert not data.train
    assert len(data.test) == 4
    assert data.predefined_split


def test_csv_is_divided_here_and_equal_sentences_stay_together(tmp_path: Path) -> None:
    lines = [f"{text}{sign},{label}" for text, label in PAIRS for sign in ("", "!", "?")]
    data = load(written(tmp_path / "mine.csv", "text,category\n" + "\n".join(lines)))
    assert not data.predefined_split
    groups = [{example.group for example in part} for part in (data.train, data.val, data.test)]
    assert len(data.examples) == 12
    assert not groups[0] & groups[2]
    assert not groups[1] & groups[2]


def test_a_sentence_that_repeats_one_of_the_test_part_is_not_learned(tmp_path: Path) -> None:
    data = load(written(tmp_path / "d.json", {"train": [*PAIRS, ["Play, some JAZZ!", "music"]], "test": PAIRS[:1]}))
    assert "play some jazz" not in texts(data.train + data.val)
    assert {text for _, one in data.repeats for text in texts((one,))} == {"play some jazz", "Play, some JAZZ!"}


def test_bio_lines_become_slots(tmp_path: Path) -> None:
    lines = "play O\nblue B-track\nmoon I-track\nnow O\nmusic\n\nstop O\nmusic\n"
    written(tmp_path / "train.txt", lines)
    written(tmp_path / "test.txt", "wake O\nme O\nat O\nsix B-time\nclock\n")
    data = load(str(tmp_path))
    (found,) = [one for one in data.train + data.val if b"blue" in one.input.read()]
    assert [(slot.name, found.input.read()[slot.start : slot.end]) for slot in slots_of(found.answer)] == [
        ("track", b"blue moon")
    ]
    assert texts(data.test) == {"wake me at six"}


@given(
    st.lists(st.tuples(st.text("ab", min_size=1, max_size=3), st.sampled_from(["O", "B-x", "I-x", "B-y"])), min_size=1)
)
def test_slots_of_bio_lie_on_words(rows: list[tuple[str, str]]) -> None:
    words, tags = [list(column) for column in zip(*rows, strict=True)]
    sentence = bio_sentence(words, tags, "i")
    assert sentence.text.split() == words
    inside = {place for slot in sentence.slots for place in range(slot.start, slot.end) if sentence.text[place] != " "}
    tagged, position = set(), 0
    for word, tag in rows:
        tagged |= set(range(position, position + len(word))) if tag != "O" else set()
        position += len(word) + 1
    assert inside == tagged


def test_parallel_files_and_skills_are_read(tmp_path: Path) -> None:
    for part, text in (("train", "play jazz"), ("valid", "play rock"), ("test", "tell time")):
        written(tmp_path / "hwu" / part / "seq.in", text + "\n")
        written(tmp_path / "hwu" / part / "label", "music\n")
    assert texts(load(str(tmp_path / "hwu")).test) == {"tell time"}
    toml = 'summary = "sings"\n[[intent]]\nname = "song"\nexamples = ["sing [la la](tune)", "hum [mm](tune)"]\n'
    written(tmp_path / "mine" / "choir" / "skill.toml", toml)
    for source in (tmp_path / "mine", tmp_path / "mine" / "choir", tmp_path / "mine" / "choir" / "skill.toml"):
        data = load(str(source))
        assert data.labels == ["choir.song"]
        assert {slot.name for one in data.examples for slot in slots_of(one.answer)} == {"tune"}


def test_the_sample_is_the_skills_with_what_they_cannot_do() -> None:
    data = load(None)
    assert {"schedule.list", "food.order", "out_of_scope"} <= {str(one.answer) for one in data.examples}
    assert not data.settings


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", "{"),
        ("a.json", "3"),
        ("a.json", {"train": 3}),
        ("a.json", {"train": [["only text"]]}),
        ("a.json", {"train": []}),
        ("a.json", {"train": [[1, 2]]}),
        ("a.json", "[" * 100_000),
        ("a.csv", "question;answer\n1;2\n"),
        ("a.csv", ""),
        ("a.csv", "text,category\n,\n"),
        ("a.txt", "hello there O\nword O\n"),
        ("a.txt", "stray\nword O\n"),
        ("a.pdf", "x"),
        ("a.toml", "x = ["),
    ],
)
def test_what_is_no_data_set_is_refused_in_a_sentence(tmp_path: Path, name: str, content: object) -> None:
    with pytest.raises(PippinError) as problem:
        load(written(tmp_path / name, content))
    assert "\n" not in problem.value.message
    assert len(problem.value.message) < 400


def test_bytes_that_are_no_text_and_places_that_are_not_there_are_refused(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_bytes(b"text,category\n\xff\xfe,x\n")
    for source in (tmp_path / "b.csv", tmp_path / "nowhere", tmp_path / "empty"):
        (tmp_path / "empty").mkdir(exist_ok=True)
        with pytest.raises(PippinError):
            load(str(source))


@pytest.mark.parametrize(
    ("name", "part"),
    [("oos_train", "train"), ("dev", "val"), ("Validation", "val"), ("test-clean", "test"), ("latest", ""), ("a", "")],
)
def test_a_part_is_known_by_a_word_of_its_name(name: str, part: str) -> None:
    assert part_of(name) == part


@pytest.mark.parametrize(
    ("path", "name"),
    [("x/clinc150/data.json", "clinc150"), ("x/My Set.csv", "my-set"), ("bank/train.csv", "bank"), ("snips", "snips")],
)
def test_a_model_is_called_as_its_data(tmp_path: Path, path: str, name: str) -> None:
    whole = tmp_path / path
    written(whole, "") if whole.suffix else whole.mkdir(parents=True)
    assert domain_of(whole) == name


def test_an_intent_with_slots_equals_its_label_and_keeps_them() -> None:
    import copy

    intent = SlottedIntent("music", load(None).train[0].answer.slots)
    assert intent == "music"
    assert repr(intent) == repr("music")
    assert slots_of(copy.deepcopy(intent)) == slots_of(intent)
