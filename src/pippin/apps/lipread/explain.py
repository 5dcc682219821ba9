"""Why a sentence was read: the letters over the frames they came from, and where on the mouth it looked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageOps

from pippin.apps.lipread import confusion_matrix, figures
from pippin.apps.lipread.decoding import ctc, decoder
from pippin.apps.lipread.video import clips
from pippin.apps.lipread.video.frames import RATE
from pippin.apps.lipread.video.mouth_crop import HEIGHT, WIDTH
from pippin.core.data import Dataset
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.report.cells import Figure, Table
from pippin.core.report.report import Report
from pippin.learn.plots.bar_chart import Bar, bars
from pippin.learn.plots.image_grids import Cell, captioned_grid, grid, overlay_heatmap, png

if TYPE_CHECKING:
    from pippin.apps.lipread.learner import LipreadLearner

Array = np.ndarray
BOX, STEP = 10, 6  # pixels of what is covered to see whether it mattered, and from one to the next
MAX_FRAMES = 150  # that are shown and looked at
TILE, LARGE = 60, 6


def explain(reader: LipreadLearner, input: Input | None, data: Callable[[], Dataset] | None = None) -> Report:
    """Explain what it confuses and what its filters look for, or where and when it saw what it read."""
    return model(reader, data) if input is None else clip(reader, input)


def clip(reader: LipreadLearner, item: Input) -> Report:
    """Show what was read in a clip, when, and where on the mouth it was seen."""
    mouth = clips.mouth(item, reader.config.face_index)
    begin, end = next(decoder.sentences(reader.known(mouth.frames)), (0, len(mouth.frames)))
    frames = mouth.frames[begin : min(end, begin + MAX_FRAMES)]
    known = reader.known(frames)
    sentence, as_it_should_be = reader.fitting(known)
    if not sentence.text:
        raise PippinError(f"No word was read in {item.name}, so there is nothing to explain.", input=item.name)
    rows = tuple((word, share, _span(first, last)) for word, share, first, last in sentence.words)
    shown = [Bar(word, share) for word, share, _, _ in sentence.words]
    return Report(
        title=f"Why “{sentence.text}” was read",
        summary=reader.scope(),
        figures=(
            _frames(frames, known.logs, sentence.text),
            _where(reader, frames, sentence.text),
            Figure("how sure it is of each word", bars(shown), "image/svg+xml"),
        ),
        tables=(
            Table(("word", "probability", "when"), rows),
            Table(("it might also be", "probability"), sentence.others),
        ),
        notes=(*_beside(reader, item, sentence is as_it_should_be), *mouth.notes),
        payload={"sentence": sentence.text, "probability": sentence.probability, "words": rows},
        next="" if sentence.fit is None else "pippin lipread explain --data FOLDER tells what it confuses",
    )


def _beside(reader: LipreadLearner, item: Input, fits: bool) -> tuple[str, ...]:
    """Return notes on what else decides the answer."""
    notes = () if fits else ("No sentence of the grammar fits, so this was read without the grammar.",)
    taught = reader.lessons.said.get(item.digest())
    if taught is not None:
        return *notes, f"You taught it that this very clip says “{taught}”; this is what it would read by itself."
    if len(reader.lessons.phrases) > 1:
        return *notes, "It answers with the nearest of your phrases; this is what it would read without them."
    return notes


def model(reader: LipreadLearner, data: Callable[[], Dataset] | None) -> Report:
    """Show what its first filters look for and, on clips it never learned from, what it confuses."""
    figures = [_filters(reader.filters)]
    if data is None:
        return Report(
            title="What the network looks for",
            summary=reader.scope(),
            figures=tuple(figures),
            notes=("Name clips with --data to see which words and sounds it confuses.",),
            payload={"speakers": reader.speakers},
        )
    found = confusion_matrix.measured(reader, data())
    return Report(
        title="What the network looks for, and what it confuses",
        summary=reader.scope(),
        figures=(found.figure, *figures),
        tables=found.tables,
        notes=found.notes,
        payload=found.payload,
    )


def _frames(frames: Array, logs: Array, sentence: str) -> Figure:
    captions = ["·"] * len(frames)
    for letter in ctc.aligned(logs, sentence):
        captions[letter.first] = "_" if letter.character == " " else letter.character
    text = "Every frame, 25 a second, from left to right; a letter stands where it is spelt, _ between words."
    return Figure("the letters over the frames they came from", figures.strip(frames, captions), "image/png", text)


def _where(reader: LipreadLearner, frames: Array, sentence: str) -> Figure:
    """Return how much less likely the sentence gets when a part of the mouth is covered throughout."""
    before = ctc.chance(reader.known(frames).logs, sentence)
    rows, columns = range(0, HEIGHT - BOX + 1, STEP), range(0, WIDTH - BOX + 1, STEP)
    heat = np.zeros((len(rows), len(columns)), np.float32)
    for row, top in enumerate(rows):
        for column, left in enumerate(columns):
            covered = frames.copy()
            box = (slice(None), slice(top, top + BOX), slice(left, left + BOX))
            covered[box] = frames[box].mean()
            heat[row, column] = before - ctc.chance(reader.known(covered).logs, sentence)
    size = (WIDTH * LARGE, HEIGHT * LARGE)
    smooth = Image.fromarray(heat / max(float(np.abs(heat).max()), 1e-9))
    base = ImageOps.autocontrast(Image.fromarray(frames.mean(0).astype(np.uint8))).resize(
        size, Image.Resampling.BICUBIC
    )
    large = np.asarray(smooth.resize(size, Image.Resampling.BICUBIC))
    text = "Orange: covered there, the sentence gets less likely. Blue: more likely. On the mean of all frames."
    return Figure("where on the mouth it looked", png(overlay_heatmap(base, large)), "image/png", text)


def _filters(filters: Array) -> Figure:
    """Show filters [N,5,k,k] of the first convolution, their five frames side by side."""
    cells = []
    for number, filter_TKK in enumerate(filters, start=1):
        scale = np.abs(filter_TKK).max() + 1e-9
        tiles = [Image.fromarray((127.5 + 127.5 * tile / scale).astype(np.uint8)) for tile in filter_TKK]
        cells.append(Cell(str(number), [grid(tiles, len(tiles), TILE)]))
    text = (
        "Each over five frames in a row: bright where it wants light, dark where it wants none. Where they change from "
    )
    text += "left to right it looks for movement."
    return Figure("what the first filters look for", png(captioned_grid(cells, 3)), "image/png", text)


def _span(first: int, last: int) -> str:
    return f"{first / RATE:.2f} to {last / RATE:.2f} s"
