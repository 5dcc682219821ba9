"""How well `lipread` reads speaker 1 of GRID, beside hidden Markov models and chance, and what it costs.

Needs GRID's clips (`--data`: a folder with `s1` and other speakers). All but the training is measured on one thread.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import argparse
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from _results import DATA, Row, write

from pippin.apps.lipread import application
from pippin.apps.lipread.background import without
from pippin.apps.lipread.classical.dct_hmm import DctHmm, RandomSentence
from pippin.apps.lipread.config import LipreadConfig
from pippin.apps.lipread.corrections import Lessons
from pippin.apps.lipread.data import load
from pippin.apps.lipread.decoding import decoder
from pippin.apps.lipread.learner import LipreadLearner
from pippin.apps.lipread.presets import PRESETS
from pippin.apps.lipread.rendering.sample import sentence, talking
from pippin.apps.lipread.scoring import details, score
from pippin.apps.lipread.video import clips
from pippin.apps.lipread.video.frames import RATE
from pippin.apps.lipread.video.mouth_crop import mouth_of
from pippin.apps.lipread.video.y4m import written
from pippin.core.artifact import identity, read_artifact
from pippin.core.data import Example
from pippin.core.inputs import Video
from pippin.core.values import Prediction, Score
from pippin.learn.metrics import bootstrap, calibration_error, wilson

GRID = DATA / "lipread" / "grid"
PLACES = ("command", "colour", "preposition", "letter", "digit", "adverb")
NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
STRANGERS = "s2,s3,s4"
WORDS, FEWEST, TAKES, TURNS = 10, 2, 3, 30  # of silent commands: how many words, takes of each, and draws of words
OTHERS = 60  # other words that are said in each draw
STEPS = 60  # of a training, to time it by
AROUND = 4  # frames beside a word that is cut out
FIRST_STRANGE, STRANGE_MOUTHS = 20_000, 100  # seeds of rendered mouths that no model learned from
BEYOND = (0.1, 0.25)
DRAWS = 2000  # of right answers, as often right as a confidence says


def row(what: str, score: Score, **rest: Any) -> Row:
    """A row of a score with its interval."""
    return Row(what, score.value, low=score.low, high=score.high, **rest)


def built_in(variant: str) -> tuple[LipreadLearner, Any]:
    """The built-in model for a variant, and its artifact."""
    artifact = read_artifact(application.builtin_for(variant))
    reader = LipreadLearner(application.config.read(artifact.facts["config"]))
    reader.load(artifact.part("model"))
    return reader, artifact


def unseen(examples: Sequence[Example], artifact: Any) -> list[Example]:
    """Those a model never learned from; all of them here, or the split is broken."""
    kept = [example for example in examples if identity(example.key) not in artifact.learned]
    assert len(kept) == len(examples), f"{len(examples) - len(kept)} test clips were learned"
    return kept


def speaker_one(folder: Path) -> None:
    """Sentences of a speaker it knows, never trained on."""
    reader, artifact = built_in("person")
    test = unseen(load(str(folder / "s1"), LipreadConfig()).test, artifact)
    hidden, chance = DctHmm(application.configure({})), RandomSentence(application.configure({}))
    hidden.load(artifact.part("baseline"))
    chance.slots = [list(slot) for slot in reader.grammar.slots] if reader.grammar else []
    ways = {"network": reader, "hmm": hidden, "chance": chance}
    answers = {name: list(way.predict([e.input for e in test])) for name, way in ways.items()}
    by_beam = LipreadLearner(replace(reader.config, decode="beam"))
    by_beam.load(artifact.part("model"))
    beams = list(by_beam.predict([example.input for example in test]))
    scores = {name: score(found, test) for name, found in answers.items()}
    found, beside = scores["network"], scores["hmm"]
    about = f"{len(test)} sentences; chance {scores['chance']['wer'].value:.3f}"
    rows = [
        row("speaker 1 of GRID, sentences never trained on: WER with grammar", found["wer"], aim="at most 0.10",
            classical=beside["wer"].value, note=about),
        row("the same: CER, letters alone", found["greedy_cer"], aim="at most 0.06", classical=beside["cer"].value,
            note="the classical way has its grammar all the same"),
        row("the same: WER, letters alone", found["greedy_wer"]),
        row("the same: WER by beam search with a language model of characters, no grammar", score(beams, test)["wer"]),
    ]  # fmt: skip
    for place, name in enumerate(PLACES):
        right = {way: places(answers[way], test, place) for way in ("network", "hmm")}
        rows.append(row(f"the same: {name} right", right["network"], classical=right["hmm"].value))
    write("lipread_person", "Reading lips", rows)


def places(answers: Sequence[Prediction], test: Sequence[Example], place: int) -> Any:
    """The share of words right at a place in the sentence."""
    pairs = [(str(p.answer or "").split(), str(e.answer).split()) for p, e in zip(answers, test, strict=True)]
    return wilson(sum(a[place : place + 1] == t[place : place + 1] for a, t in pairs), len(pairs))


def outside(folder: Path) -> None:
    """Sentences of the grammar, and the same words in another order: how many are flagged, what confidence is worth."""
    reader, artifact = built_in("person")
    test = unseen(load(str(folder / "s1"), LipreadConfig()).test, artifact)
    inside, other = [], []
    sure: dict[str, list[float]] = defaultdict(list)
    right: dict[str, list[bool]] = defaultdict(list)
    for number, example in enumerate(test):
        frames = clips.mouth(example.input).frames
        assert isinstance(example.input, clips.Clip)
        spans = [(round(begin * RATE), round(end * RATE)) for begin, end, _ in example.input.words]
        order = np.roll(np.arange(len(spans)), 1 + number % (len(spans) - 1))
        said = [frames[slice(*spans[place])] for place in order]
        mixed = np.concatenate([frames[: spans[0][0]], *said, frames[spans[-1][1] :]])
        whole, parted = reader.known(frames), reader.known(mixed)
        inside.append(not reader.fits(reader.read(whole)))
        other.append(not reader.fits(reader.read(parted)))
        by_beam = decoder.by_beam(parted, reader.language)
        sure["beam"].append(by_beam.probability)
        right["beam"].append(by_beam.text == " ".join(example.input.words[place][2] for place in order))
        by_grammar = reader.read(whole)
        sure["grammar"].append(by_grammar.probability)
        right["grammar"].append(by_grammar.text == example.answer)
        for (word, share, _, _), (_, _, said) in zip(by_grammar.words, example.input.words, strict=False):
            sure["word"].append(share)
            right["word"].append(word == said)
    write("lipread_outside", "Speech outside of the grammar", [
        row("the same sentences with all words out of place: flagged as outside of the grammar",
            wilson(sum(other), len(other)), note="cut from the clips and joined in another order"),
        row("sentences of the grammar: flagged all the same", wilson(sum(inside), len(inside))),
        row("sentences of the grammar: mean probability of a word", _mean(sure["word"]), note=_beside(right["word"])),
        row("sentences of the grammar: mean confidence in a sentence", _mean(sure["grammar"]),
            note=_beside(right["grammar"])),
        row("words out of place, read without the grammar: mean confidence in a sentence", _mean(sure["beam"]),
            note=_beside(right["beam"])),
    ])  # fmt: skip


def _mean(values: Sequence[float]) -> Score:
    return bootstrap(lambda found: float(found.mean()), np.array(values))


def _beside(right: Sequence[bool]) -> str:
    return f"of which {np.mean(right):.3f} are right"


def calibration(folder: Path) -> None:
    """What confidence in a sentence is worth, with the grammar and without: the expected calibration error."""
    reader, artifact = built_in("person")
    test = unseen(load(str(folder / "s1"), LipreadConfig()).test, artifact)
    inputs = [example.input for example in test]
    rows, facts = [], {}
    for name, changed in (("with the grammar", {}), ("without it", {"decode": "beam", "grammar": "none"})):
        reader.config = replace(reader.config, **changed)
        answers = list(reader.predict(inputs))
        found = details(answers, test)
        error = Score(**found["calibration_error"])
        told = np.array([answer.confidence for answer in answers if answer.confidence is not None])
        about = (f"{len(told)} of {len(test)} sentences have a confidence; one that is wholly honest would measure "
                 f"{honest_error(told):.3f} on so few")  # fmt: skip
        aim = "at most 0.05" if not changed else "at most 0.08"
        rows.append(row(f"confidence in a sentence {name}: expected calibration error", error, aim=aim, note=about))
        facts[name] = found["reliability"]
    write("lipread_calibration", "Confidence in sentences read off lips", rows, reliability=facts)


def honest_error(told: np.ndarray) -> float:
    """The calibration error that confidences [N] measure on average where sentences are right as often as they say."""
    rng = np.random.default_rng(0)
    errors = [calibration_error(told, rng.random(len(told)) < told) for _ in range(DRAWS)]
    return float(np.mean(errors))


def strangers(folder: Path) -> None:
    """Speakers it never saw, and rendered mouths of a geometry outside of all that the second model learned from."""
    reader, artifact = built_in("person")
    test = unseen(load(str(folder), LipreadConfig(speaker=STRANGERS)).test, artifact)
    answers = list(reader.predict([example.input for example in test]))
    flagged = sum(not answer.known for answer in answers)
    found = score(answers, test)
    rows = [
        row(f"{len(test)} clips of three other speakers as they are: WER of what is answered", found["wer"],
            note=f"{flagged} flagged as outside of the grammar, so read without it"),
    ]  # fmt: skip
    reader, _ = built_in("rendered")
    seeds = range(FIRST_STRANGE, FIRST_STRANGE + STRANGE_MOUTHS)
    for beyond in (0.0, *BEYOND):
        films = [written(talking(sentence(seed).split(), seed, beyond)[0], RATE, clips.RENDERED) for seed in seeds]
        inputs = [Video(content=film, name=f"{seed}.y4m") for film, seed in zip(films, seeds, strict=True)]
        answers = list(reader.predict(inputs))
        truth = [Example(item, sentence(seed), str(seed)) for item, seed in zip(inputs, seeds, strict=True)]
        where = f"outside of what it learned from by up to {beyond:.0%} of each range" if beyond else "as it learned"
        what = f"{len(seeds)} rendered mouths it never saw, geometry {where}: WER"
        flagged = sum(not answer.known for answer in answers)
        rows.append(row(what, score(answers, truth)["wer"], note=f"{flagged} flagged"))
    write("lipread_strangers", "Reading the lips of strangers", rows)


def pipeline(folder: Path) -> None:
    """From the file to the sentence."""
    reader, _ = built_in("person")
    files = sorted((folder / "s1").glob("*.mp4"))[:40]
    list(reader.predict([Video.of(files[0])]))
    seconds: dict[str, list[float]] = defaultdict(list)
    for file in files:
        start = time.process_time()
        (answer,) = reader.predict([Video(content=file.read_bytes(), name=file.name)])
        seconds["whole"].append(time.process_time() - start)
        assert answer.answer
        start = time.process_time()
        mouth_of(Video.of(file))
        seconds["mouth"].append(time.process_time() - start)
    median = {name: bootstrap(lambda v: float(np.median(v)), np.array(values)) for name, values in seconds.items()}
    write("lipread_speed", "Reading lips: speed", [
        row("a clip of 3 s, from the file to the sentence, one thread", median["whole"], unit="CPU s",
            aim="at most 0.5", note=f"the mouth {median['mouth'].value:.2f} of it"),
    ])  # fmt: skip


def silent(folder: Path) -> None:
    """Two to ten words: three takes of each, cut out of sentences of speaker 1 that it was not trained on.

    All other words should be refused. No clip of anybody else is among them. The background holds training clips of the
    words that were not chosen as commands; the constants that it is used with were chosen on the validation part.
    """
    reader, artifact = built_in("person")
    data = load(str(folder / "s1"), LipreadConfig())
    words: dict[str, list[Any]] = defaultdict(list)
    for example in unseen(data.test, artifact):
        frames = clips.mouth(example.input).frames
        assert isinstance(example.input, clips.Clip)
        for begin, end, word in example.input.words:
            cut = frames[max(0, round(begin * RATE) - AROUND) : round(end * RATE) + AROUND]
            words[word].append(reader.known(cut))
    digits = [word for word in NUMBERS if len(words[word]) > TAKES]
    common = [word for word, takes in words.items() if len(takes) > TAKES and len(word) > 1]
    rows = []
    for name, choice, count in (
        ("ten words at random, no letters", common, WORDS),
        ("digits", digits, WORDS),
        ("two words at random, no letters", common, FEWEST),
        ("three words at random, no letters", common, 3),
        ("five words at random, no letters", common, 5),
    ):
        right: dict[str, list[bool]] = defaultdict(list)
        refused: dict[str, list[bool]] = defaultdict(list)
        for turn in range(TURNS):
            chance = np.random.default_rng(turn)
            chosen = list(chance.permutation(choice)[:count])
            commanded(words, chosen, chance, right, refused, without(reader.background, chosen))
        rows += [
            row(f"silent commands, {name}, {TAKES} takes each: right", over_clips(right),
                aim="at least 0.93", note=f"mean over {TURNS} draws of words and takes; refused ones are wrong"),
            row(f"silent commands, {name}: other words refused", over_clips(refused), aim="at least 0.90"),
        ]  # fmt: skip
    write("lipread_silent", "Silent commands, speaker 1 of GRID alone", rows)


def over_clips(found: dict[str, list[bool]]) -> Score:
    """The mean over clips, each of which counts once however often it was drawn."""
    return bootstrap(lambda values: float(values.mean()), np.array([np.mean(each) for each in found.values()]))


def commanded(
    words: dict[str, list[Any]],
    chosen: list[str],
    chance: np.random.Generator,
    right: dict[str, list[bool]],
    refused: dict[str, list[bool]],
    others: Any,
) -> None:
    """Note whether each further take of the chosen words was named right, and each other word refused."""
    lessons = Lessons()
    order = {word: chance.permutation(len(words[word])) for word in chosen}
    for word in chosen:
        for take in order[word][:TAKES]:
            lessons.add(f"{word} {take}", word, words[word][take])
    rest = [(word, take) for word in words if word not in chosen for take in range(len(words[word]))]
    rest = [rest[place] for place in chance.permutation(len(rest))[:OTHERS]]
    further = [(word, take) for word in chosen for take in order[word][TAKES:]]
    for word, take in [*further, *rest]:
        found = lessons.nearest(words[word][take], others)
        assert found is not None
        if word in chosen:
            right[f"{word} {take}"].append(found.text == word and found.near)
        else:
            refused[f"{word} {take}"].append(not found.near)


def training(folder: Path) -> None:
    """How long the built-in model's training takes on two cores, by some of its steps, and cutting out the mouths."""
    import tempfile

    import torch

    from pippin.apps.lipread.learner import training_clip
    from pippin.apps.lipread.training import learned
    from pippin.apps.lipread.training_clips import vocabulary
    from pippin.core.run import Budget, Run

    train = load(str(folder / "s1"), LipreadConfig()).train
    lessons = [lesson for example in train if (lesson := training_clip(example))]
    preset, words = PRESETS["laptop"], vocabulary(lessons)
    per_epoch = len(lessons) // preset.batch
    seconds = {}
    for steps in (STEPS // 4, STEPS):  # whose difference is free of what is done once
        torch.manual_seed(0)
        with tempfile.TemporaryDirectory() as scratch:
            start = time.perf_counter()
            run = Run(Path(scratch), budget=Budget(epochs=steps / per_epoch), threads=2)
            learned(lessons, preset, words, run, begun=lambda network: None)  # with whole sentences from the beginning
            seconds[steps] = time.perf_counter() - start
    step = (seconds[STEPS] - seconds[STEPS // 4]) / (STEPS - STEPS // 4)
    start = time.perf_counter()
    for example in train[:20]:
        mouth_of(Video.of(example.input.path))
    mouths = (time.perf_counter() - start) / 20 * len(train)
    total = round(preset.epochs * per_epoch)
    write("lipread_training", "Learning to read lips", [
        Row("training of the built-in model, two cores", (step * total + mouths) / 60, unit="minutes", aim="at most 60",
            note=f"by {STEPS} of its {total:,} steps, {step:.2f} s each; {mouths / 60:.1f} minutes for the mouths"),
    ])  # fmt: skip


def rendered(_: Path) -> None:
    """The second model, on mouths that are drawn."""
    reader, artifact = built_in("rendered")
    test = unseen(load(None, LipreadConfig(clips=int(artifact.facts["config"]["clips"]))).test, artifact)
    hidden = DctHmm(application.configure({}))
    hidden.load(artifact.part("baseline"))
    inputs = [example.input for example in test]
    found, beside = score(list(reader.predict(inputs)), test), score(list(hidden.predict(inputs)), test)
    write("lipread_rendered", "Reading rendered mouths", [
        row(f"{len(test)} rendered mouths, sentences never trained on: WER with grammar", found["wer"],
            classical=beside["wer"].value),
    ])  # fmt: skip


ALL = (speaker_one, outside, calibration, strangers, pipeline, silent, training, rendered)
PARTS = {part.__name__: part for part in ALL}


def main() -> None:
    """Measure the parts named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], help="what to measure (default: all)")
    parser.add_argument("--data", type=Path, default=GRID)
    given = parser.parse_args()
    for name in given.parts or PARTS:
        PARTS[name](given.data)


if __name__ == "__main__":
    main()
