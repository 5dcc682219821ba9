"""A clip as the network sees it: its frames as one image, and which words and letters it reads at which of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from pippin.apps.lipread import figures
from pippin.apps.lipread.alignments import places
from pippin.apps.lipread.decoding import ctc, grammar
from pippin.apps.lipread.decoding.decoder import NetworkOutputs
from pippin.apps.lipread.decoding.grammar import Grammar
from pippin.apps.lipread.predictor import LipreadPredictor
from pippin.apps.lipread.video import clips
from pippin.apps.lipread.video.frames import RATE
from pippin.apps.lipread.video.mouth_crop import HEIGHT, WIDTH
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.report.cells import Figure
from pippin.core.values import Prediction

MOST = 60 * RATE  # frames that are shown
TEXT = "Every frame as the network sees it, 25 a second, row by row."


def is_rendered(item: Input) -> bool:
    """Return whether a clip remarks that it was drawn by us."""
    return clips.DRAWN in clips.mouth(item).notes


def figure(item: Input) -> Figure:
    """Return all frames of the mouth in one image."""
    return Figure("the mouth, frame by frame", figures.film(clips.mouth(item).frames[:MOST]), "image/png", TEXT)


def size(item: Input) -> dict[str, Any]:
    """Return how the frames lie in the figure."""
    count = min(MOST, len(clips.mouth(item).frames))
    return {"frames": count, "columns": figures.COLUMNS, "width": WIDTH, "height": HEIGHT, "rate": RATE}


def spoken(item: Input) -> list[dict[str, Any]]:
    """Return the words that are known to be said, with their frames; none where their times are not known."""
    words = item.words if isinstance(item, clips.Clip) else ()
    return [{"word": word, "first": round(begin * RATE), "end": round(end * RATE)} for begin, end, word in words]


def read(reader: LipreadPredictor, item: Input) -> dict[str, Any]:
    """Return the answer to a clip, and the frames that each of its words and letters came from.

    `way` is the method of reading: by the grammar, by letters alone, or as a phrase that was taught.
    """
    (answer,) = reader.predict([item])
    if answer.error:
        raise PippinError(answer.error, input=item.name)
    mouth = clips.mouth(item, reader.config.face_index)
    known, text = reader.known(mouth.frames), str(answer.answer)
    way = _way(reader, item, known, answer)
    speaks = np.flatnonzero(known.silence[:MOST] < 0.5)
    spelt = ctc.aligned(known.logs, text.replace(".", "")) if way in ("grammar", "letters") else []
    return {
        **size(item),
        "answer": text,
        "confidence": answer.confidence,
        "known": answer.known,
        "way": way,
        "words": _words(answer, reader.rules(), known),
        "letters": [{"letter": letter.character, "frame": letter.first} for letter in spelt if letter.first < MOST],
        "speaks": [int(speaks[0]), int(speaks[-1]) + 1] if len(speaks) else [0, min(MOST, len(mouth.frames))],
        "alternatives": [{"answer": other, "confidence": share} for other, share in answer.alternatives],
        "notes": mouth.notes,
    }


def _way(reader: LipreadPredictor, item: Input, known: NetworkOutputs, answer: Prediction) -> str:
    if item.digest() in reader.lessons.said:
        return "taught"
    if reader.lessons.nearest(known):
        return "phrase"
    return "grammar" if answer.known and reader.rules() else "letters"


def _words(answer: Prediction, rules: Grammar | None, known: NetworkOutputs) -> list[dict[str, Any]]:
    """Return each word with its frames; where the grammar has it, its position there and what it might also be."""
    timed = _timed(answer.evidence)
    found = grammar.read(known.logs, rules) if rules and timed else None
    rows = zip(places(rules.slots), found.words, strict=True) if rules and found else ()
    said = [(name, word.others) for (name, _), word in rows if word.phrase]
    if found is None or found.sentence != answer.answer:
        said = [("", ())] * len(timed)
    return [
        {
            "word": word["word"],
            "probability": word["probability"],
            "first": round(word["begin"] * RATE),
            "end": min(MOST, round(word["end"] * RATE)),
            "place": place,
            "others": [[other, round(share, 4)] for other, share in others],
        }
        for word, (place, others) in zip(timed, said, strict=True)
        if word["begin"] * RATE < MOST
    ]


def _timed(evidence: Iterable[Any]) -> list[Mapping[str, Any]]:
    """Return the words with their times, as an answer carries them."""
    for item in evidence:
        if isinstance(item, dict) and "words" in item:
            return list(item["words"])
    return []
