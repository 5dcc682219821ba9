"""`slide`: the tile model in use over a whole slide: tissue, tiles, a heat map, the hottest tiles, GeoJSON."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PilImage

from pippin.apps.pathology.learner import PathologyLearner
from pippin.apps.pathology.predictions import NOTICE
from pippin.apps.pathology.slides.geojson import label_points, read_areas, tile_features
from pippin.apps.pathology.slides.heat_map import TileAnswers, answer_tiles, draw_heat, fill
from pippin.apps.pathology.slides.reader import Slide, is_slide, open_slide
from pippin.apps.pathology.slides.tiles import Grid, span_of, tissue_grid
from pippin.apps.pathology.slides.training_tiles import ANNOTATIONS
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.files import write_bytes, write_json
from pippin.core.progress_bar import track
from pippin.core.report.cells import Figure, ImageCell, Table
from pippin.core.report.report import Report
from pippin.core.values import Prediction, Score
from pippin.learn.classification_details import roc_auc
from pippin.learn.plots.image_grids import png

LONGEST = 4096  # pixels of the overview a page zooms into
N_HOT = 12
THUMBNAIL = 112
MIN_MICRONS, MAX_MICRONS = 0.05, 20.0


def slide(
    context: Context,
    slide: Annotated[Any, "a slide (.svs, .tiff, .ndpi, ...), or an ordinary image"],
    *,
    organ: Annotated[str, "which model of your own, by the name it was trained under"] = "",
    label: Annotated[str | None, "the label to draw (default: the one that fewest tiles have)"] = None,
    microns: Annotated[float | None, "micrometres a pixel of tiles (default: as the model was trained)"] = None,
    slide_microns: Annotated[float | None, "micrometres a pixel of the slide, where it does not tell"] = None,
    every: Annotated[int, "look at every Nth tile only; the others take the mean of their neighbours"] = 1,
    model: Annotated[str | None, "a model by its id, instead of the one in use"] = None,
    out: Annotated[Path | None, "a folder to write heat.png, overview.png and tiles.geojson to"] = None,
) -> Report:
    """Run your tile model over a slide and draw its heat map.

    Tiles without tissue are left out; NAME.geojson beside the slide is compared with, where it is there.
    """
    _check_sizes(every, microns, slide_microns)
    path = _find(slide)
    opened = open_slide(path)
    learner, name = _tile_model(context, organ, model)
    span = span_of(opened, microns or learner.config.microns, slide_microns)
    grid = tissue_grid(opened, span)
    chosen = choose_tiles(grid, every)
    answers = _answer(learner, opened, grid, chosen)
    column = _column(learner, answers, label)
    heat = fill(grid, answers.indices, answers.shares[:, column])
    overview = opened.overview(LONGEST)
    heated = draw_heat(overview, opened, grid, heat)
    hot = np.argsort(-answers.shares[:, column], kind="stable")[:N_HOT]
    drawn = learner.labels[column]
    payload = _describe(opened, grid, answers, learner, column, heat, name)
    areas = path.with_suffix(ANNOTATIONS)
    measured = _compare(areas, grid, answers, learner) if areas.is_file() else None
    payload["auc"] = measured._asdict() if measured else None
    written = _write(out, overview, heated, grid, answers, learner) if out is not None else ()
    caption = (
        f"Pale to red: probability of {drawn} of each tile. {len(chosen)} of {len(grid.places)} tiles were looked at."
    )
    return Report(
        title=f"{opened.name}: {len(chosen)} tiles",
        summary=f"{_counts(learner, answers)}. {NOTICE}",
        figures=(Figure(f"Heat map for {drawn}", png(heated), "image/png", caption, before=png(overview)),),
        tables=(_hot_table(opened, grid, answers, hot, drawn, column),),
        notes=(*_notes(measured), *_notes_on_learned(answers), *written),
        payload=payload,
    )


def _check_sizes(every: int, microns: float | None, slide_microns: float | None) -> None:
    """Raise PippinError for a number out of its range."""
    if every < 1:
        raise PippinError(f"--every must be 1 or more, not {every}.", input=every)
    for option, size in (("--microns", microns), ("--slide-microns", slide_microns)):
        if size is not None and not MIN_MICRONS <= size <= MAX_MICRONS:
            raise PippinError(f"{option} must be from {MIN_MICRONS} to {MAX_MICRONS}, not {size}.", input=size)


def _find(argument: Any) -> Path:
    """Return the path of a slide; of a folder, the one slide in it."""
    path = Path(getattr(argument, "path", None) or str(argument))
    if path.is_dir():
        found = [file for file in sorted(path.iterdir()) if is_slide(file)]
        if len(found) != 1:
            what = f"{len(found)} slides; name one" if found else "no slide; give one (.svs, .tiff, .ndpi)"
            raise PippinError(f"{path} holds {what}.", input=path)
        return found[0]
    return path


def _tile_model(context: Context, organ: str, model: str | None) -> tuple[PathologyLearner, str]:
    """Return the model for tiles; PippinError where it is a built-in one, which knows none."""
    settings = {"organ": organ} if organ else {}
    found = context.artifact(model, settings)
    if found.folder in context.application.builtins:
        message = "The built-in models know ultrasound and X-ray, no tiles of slides; train on tiles of your own"
        raise PippinError(f"{message} (pippin {context.name} train FOLDER --organ NAME), and give --organ NAME here.")
    learner = context.load(found, settings).learner
    assert isinstance(learner, PathologyLearner)
    return learner, found.id


def choose_tiles(grid: Grid, every: int) -> NDArray[np.int64]:
    """Return every Nth tile, spread as the squares of a board are."""
    columns, rows = grid.places[:, 0], grid.places[:, 1]
    return np.flatnonzero((columns + rows * (every // 2 + 1 if every > 2 else 1)) % every == 0)


def _answer(learner: PathologyLearner, opened: Slide, grid: Grid, chosen: NDArray[np.int64]) -> TileAnswers:
    if not len(chosen):
        raise PippinError(f"None of the {len(grid.places)} tiles is left to look at; give a smaller --every.")
    bar = iter(track(range(len(chosen)), len(chosen), "pathology looks at tiles"))
    done = 0

    def report(count: int) -> None:
        nonlocal done
        while done < count:
            next(bar, None)
            done += 1

    try:
        return answer_tiles(learner, opened, grid, chosen, report)
    finally:
        for _ in bar:
            pass


def _column(learner: PathologyLearner, answers: TileAnswers, label: str | None) -> int:
    """Return the position of the label to draw; PippinError where the model has no such label."""
    if label is None:
        return int(answers.shares[:, : len(learner.labels)].mean(axis=0).argmin())
    if label not in learner.labels:
        known = ", ".join(learner.labels)
        raise PippinError(f"The model has no label {label[:60]!r}; it has: {known}.", input=label[:60])
    return learner.labels.index(label)


def _counts(learner: PathologyLearner, answers: TileAnswers) -> str:
    decided = [str(p.answer) for p in answers.predictions if p.is_decided]
    parts = [f"{decided.count(label)} {label}" for label in learner.labels]
    unknown = sum(not p.is_own_kind for p in answers.predictions)
    open_ = len(answers.predictions) - len(decided) - unknown
    return f"{', '.join(parts)}, {open_} undecided, {unknown} unlike the tiles it learned from"


def _hot_table(
    opened: Slide, grid: Grid, answers: TileAnswers, hot: NDArray[np.int64], label: str, column: int
) -> Table:
    rows = []
    for index in hot.tolist():
        left, top, right, bottom = grid.box(int(answers.indices[index]))
        shown = partial(_thumbnail, opened, (left, top, right - left, bottom - top))
        prediction = answers.predictions[index]
        found = ", ".join(prediction.label_set) if prediction.is_own_kind else "unlike the others"
        rows.append(
            (
                ImageCell(shown, "image/png", f"{left}, {top}"),
                f"{left}, {top}",
                float(answers.shares[index, column]),
                found,
            )
        )
    return Table(("tile", "left, top", f"probability of {label}", "set"), tuple(rows), "Hottest tiles")


def _thumbnail(opened: Slide, box: tuple[int, int, int, int]) -> bytes:
    return png(opened.read(*box, (THUMBNAIL, THUMBNAIL)))


def _describe(
    opened: Slide,
    grid: Grid,
    answers: TileAnswers,
    learner: PathologyLearner,
    column: int,
    heat: NDArray[np.float32],
    name: str,
) -> dict[str, Any]:
    return {
        "artifact": name,
        "slide": opened.name,
        "width": opened.width,
        "height": opened.height,
        "microns": opened.microns,
        "levels": opened.levels,
        "span": grid.span,
        "columns": grid.columns,
        "rows": grid.rows,
        "label": learner.labels[column],
        "labels": learner.labels,
        "tiles": [
            {"left": box[0], "top": box[1], "probability": round(float(value), 4)}
            for box, value in zip(map(grid.box, range(len(grid.places))), heat, strict=True)
        ],
        "looked_at": len(answers.indices),
        "learned_from": sum(p.is_near_copy for p in answers.predictions),
        "undecided": sum(p.is_own_kind and not p.is_decided for p in answers.predictions),
        "other_kind": sum(not p.is_own_kind for p in answers.predictions),
        "notice": NOTICE,
    }


def _compare(path: Path, grid: Grid, answers: TileAnswers, learner: PathologyLearner) -> Score | None:
    """Return the ROC AUC of tiles that lie in annotated areas; None where they are of one label."""
    labels, _ = label_points(read_areas(path), grid.centres()[answers.indices])
    pairs = [
        (Prediction.from_probabilities(learner.labels, shares), label)
        for shares, label in zip(answers.shares[:, : len(learner.labels)], labels, strict=True)
        if label in learner.labels
    ]
    return roc_auc([prediction for prediction, _ in pairs], [label for _, label in pairs]) if pairs else None


def _notes_on_learned(answers: TileAnswers) -> tuple[str, ...]:
    near = sum(prediction.is_near_copy for prediction in answers.predictions)
    if not near:
        return ()
    return (
        f"{near} of {len(answers.predictions)} tiles are nearly the same as ones the model learned from: on this slide "
        "its probabilities flatter.",
    )


def _notes(measured: Score | None) -> tuple[str, ...]:
    if measured is None:
        return ()
    return (
        f"Against the annotations beside it: AUC {measured.value:.3f} ({measured.low:.3f} to {measured.high:.3f}) over "
        "tiles of one slide, so the interval is too narrow for others.",
    )


def _write(
    out: Path,
    overview: PilImage.Image,
    heated: PilImage.Image,
    grid: Grid,
    answers: TileAnswers,
    learner: PathologyLearner,
) -> tuple[str, ...]:
    """Write both images, and every tile that was looked at as GeoJSON."""
    write_bytes(out / "overview.png", png(overview))
    write_bytes(out / "heat.png", png(heated))
    boxes = [grid.box(index) for index in answers.indices.tolist()]
    names = learner.memory.labels(learner.labels)
    measured = [dict(zip(names, map(float, shares), strict=True)) for shares in answers.shares]
    labels = [str(prediction.answer) for prediction in answers.predictions]
    write_json(out / "tiles.geojson", tile_features(boxes, labels, measured, names))
    return (f"Written to {out}: overview.png, heat.png and tiles.geojson, which QuPath opens.",)
