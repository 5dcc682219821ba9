"""Clips with their sentences: GRID's folders (or one's own like them), or a sample of mouths that we rendered."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pippin.apps.lipread.alignments import named, readable, words_in
from pippin.apps.lipread.config import LipreadConfig
from pippin.apps.lipread.video.clips import Clip
from pippin.core.data import Dataset, Example, Skipped, split_by_group
from pippin.core.errors import PippinError
from pippin.core.inputs import Video
from pippin.learn.vision.image_files import entries, shown

if TYPE_CHECKING:
    from pippin.apps.lipread.rendering.sample import Rendered

SUFFIXES = (".mp4", ".mpg", ".mpeg", ".mov", ".m4v", ".avi", ".mkv", ".webm", ".y4m", ".gif")
ALIGNED = ("align", "alignments")  # folders beside or within a speaker's that hold the times
VAL, TEST = 0.05, 0.1
LEAST, MOST = 30, 20_000  # rendered clips
EACH = 10  # so many-th rendered clip is measured on
RENDERED = "These mouths were rendered by this project; how well people are read they cannot tell."
MIXED = (
    "Sentences were held out, not speakers: it knows these mouths. `--speaker NAME` measures on mouths it never saw."
)
KNOWN = "Scored on clips of {}; where the model knows such a mouth, on sentences alone that it never saw."


def load(source: str | None, config: LipreadConfig) -> Dataset:
    """Return the clips of FOLDER/SPEAKER/*.mp4 (or of one speaker's folder), or rendered mouths for None.

    The sentence of `x.mp4` stands in `x.align` (with its times), in `x.txt`, or in GRID's way in its name. Speakers in
    the setting `speaker` are held out whole; without it, sentences are: no sentence lies in two parts. Of
    a speaker that a model knows, only sentences it never saw are scored on.
    """
    if source is None:
        from pippin.apps.lipread.rendering.sample import rendered

        return _sample(rendered(_count(config)))
    skipped: list[Skipped] = []
    folder = Path(source)
    if not folder.is_dir():
        raise PippinError(f"{source} is no folder; give one with clips in it.", input=source)
    examples = _examples(list(_find_clips(folder, skipped)), skipped)
    if not examples:
        first = skipped[0].reason if skipped else "there is none"
        raise PippinError(f"No clip in {source} can be used: {first}", input=source)
    name = shown(folder.resolve().name)
    wanted = [part.strip() for part in config.speaker.split(",") if part.strip()]
    if wanted:
        return _held_out(examples, wanted, name, skipped)
    notes = (MIXED,) if len({speaker(example) for example in examples}) > 1 else ()
    return _parts(examples, name, notes, skipped)


def held_out() -> tuple[Example, ...]:
    """Return the rendered clips that are measured on, without drawing those that are learned from."""
    from pippin.apps.lipread.rendering.sample import clip

    return tuple(_simulate_examples([clip(seed) for seed in range(0, LipreadConfig().clips, EACH)]))


def clips(argument: Any) -> list[Video]:
    """Return handles for what `argument` names: one clip, or all clips in a folder and the folders in it."""
    if isinstance(argument, str | Path) and Path(argument).is_dir():
        found = [Video.of(path) for folder in (Path(argument), *folders(Path(argument))) for path in files(folder)]
        if not found:
            raise PippinError(f"{argument} holds no video; give a folder with MP4 or MPEG files.", input=argument)
        return found
    return [Video.of(argument)]


def speaker(example: Example) -> str:
    """Return the speaker whose mouth it is."""
    return example.input.speaker if isinstance(example.input, Clip) else ""


def _count(config: LipreadConfig) -> int:
    count = config.clips
    if not LEAST <= count <= MOST:
        raise PippinError(f"--clips {count}: of rendered mouths there are {LEAST} to {MOST:,}.", input=count)
    return count


def _simulate_examples(clips: Sequence[Rendered]) -> list[Example]:
    return _examples([(clip, " ".join(word for *_, word in clip.words)) for clip in clips], [])


def _sample(clips: Sequence[Rendered]) -> Dataset:
    """Split rendered clips into parts that stay the same when there are more of them."""
    examples = _simulate_examples(clips)
    train, val, test = list[Example](), list[Example](), list[Example]()
    for clip, example in zip(clips, examples, strict=True):
        (test if clip.seed % EACH == 0 else val if clip.seed % 20 == 5 else train).append(example)
    return Dataset("rendered sample", tuple(train), tuple(val), tuple(test), predefined_split=True, notes=(RENDERED,))


def _parts(examples: list[Example], name: str, notes: Sequence[str], skipped: Sequence[Skipped]) -> Dataset:
    train, val, test = split_by_group(examples, val=VAL, test=TEST, balanced=False)
    return Dataset(name, train, val, test, notes=tuple(notes), skipped=tuple(skipped))


def _held_out(examples: list[Example], wanted: list[str], name: str, skipped: Sequence[Skipped]) -> Dataset:
    """Return the wanted speakers as the predefined test split; no speaker is in two splits."""
    known = sorted({speaker(example) for example in examples})
    if unknown := sorted(set(wanted) - set(known)):
        raise PippinError(f"There is no speaker {unknown[0]!r} in {name}; there are: {', '.join(known)}.", input=name)
    test = tuple(example for example in examples if speaker(example) in wanted)
    rest = [example for example in examples if speaker(example) not in wanted]
    train, val, _ = split_by_group(rest, val=VAL, test=0.0, balanced=False)
    notes = (KNOWN.format(", ".join(wanted)),)
    return Dataset(name, train, val, test, predefined_split=True, notes=notes, skipped=tuple(skipped))


def _examples(found: Sequence[tuple[Clip, str]], skipped: list[Skipped]) -> list[Example]:
    examples: dict[str, Example] = {}
    for clip, sentence in found:
        try:
            key = clip.digest()
        except PippinError as problem:
            skipped.append(Skipped(clip.name, problem.message))
            continue
        if key in examples:
            skipped.append(Skipped(clip.name, f"{clip.name} is the same as {examples[key].input.name}."))
            continue
        whose = _named(f"speaker {clip.speaker}")
        examples[key] = Example(clip, sentence, key, _named(sentence), (whose,) if clip.speaker else ())
    return list(examples.values())


def _named(what: str) -> str:
    return hashlib.sha256(what.encode()).hexdigest()


def _find_clips(folder: Path, skipped: list[Skipped]) -> Iterator[tuple[Clip, str]]:
    """Yield clips and what is said in them."""
    for place in [folder, *(below for below in folders(folder) if below.name not in ALIGNED)]:
        for path in files(place):
            try:
                sentence = said_in(path)
                clip = clip_of(path)
            except PippinError as problem:
                skipped.append(Skipped(shown(str(path)), problem.message))
                continue
            if sentence is None:
                reason = f"What is said in {clip.name} is not known: beside it lies no .align and no .txt."
                skipped.append(Skipped(clip.name, reason))
                continue
            yield clip, sentence


def clip_of(path: Path) -> Clip:
    """Return a file as a clip, with the times of its words where they are known; its folder is its speaker."""
    times = _alignment(path)
    words = words_in(times) if times else ()
    media_type = mimetypes.guess_type(path.name)[0] or ""
    return Clip(path, None, shown(str(path)), media_type, words=words, speaker=shown(path.resolve().parent.name))


def said_in(path: Path) -> str | None:
    """Return a clip's sentence: from an alignment or a text beside it, or from its name as in GRID; None without."""
    if times := _alignment(path):
        return readable(" ".join(word for *_, word in words_in(times)), str(times))
    beside = path.with_suffix(".txt")
    if beside.is_file():
        return readable(beside.read_text(encoding="utf-8", errors="replace"), str(beside))
    return named(path.stem)


def _alignment(path: Path) -> Path | None:
    """Return the file with the times of a clip's words, beside it or in a folder of such."""
    for place in (path.parent, *(near / below for near in (path.parent, path.parent.parent) for below in ALIGNED)):
        for file in (place / f"{path.stem}.align", place / path.parent.name / f"{path.stem}.align"):
            if file.is_file():
                return file
    return None


def files(folder: Path) -> list[Path]:
    return [path for path in entries(folder) if path.suffix.lower() in SUFFIXES and path.is_file()]


def folders(folder: Path) -> list[Path]:
    return [path for path in entries(folder) if path.is_dir()]
