"""What a network that learned from nothing looks for, depth by depth, in your own images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from pippin.apps.recognize.explain.feature_visualization import colours_of, preferred
from pippin.apps.recognize.explain.filter_history import growth
from pippin.apps.recognize.explain.receptive_field import Field, fields
from pippin.core.data import Dataset, spread
from pippin.core.errors import PippinError
from pippin.core.report.cells import Figure, Table
from pippin.core.report.report import Report
from pippin.learn.plots.image_grids import Cell, captioned_grid, enlarged, grid, png

if TYPE_CHECKING:
    from pippin.apps.recognize.scratch.learner import FromScratch
    from pippin.apps.recognize.scratch.networks import StagedResNet
    from pippin.apps.recognize.selfsupervised.learner import SelfSupervised

MAX_IMAGES = 1500
UNITS, PATCHES, TILE = 9, 9, 52
_BATCH = 64


class Depth(NamedTuple):
    """What the units of one stage answer to N images: `strongest` [N,C] and `where` [N,C] it was (flat index)."""

    name: str
    field: Field
    width: int
    strongest: NDArray[np.float32]
    where: NDArray[np.int64]


class Purity(NamedTuple):
    """Of the images a channel answers to most, the share of one label: mean over channels, 95 % interval."""

    mean: float
    low: float
    high: float


def model(learner: FromScratch, data: Callable[[], Dataset] | None) -> Report:
    """Report the hierarchy: patches and preferred inputs by depth, purity of channels, filters over training."""
    network = learner.network()
    pixels, labels = some_images(learner, data)
    figures = list(growth(learner.filters.astype(np.float32), learner.filters_steps))
    if not len(pixels):
        return _report(learner, figures, [], {}, 0.0, 0)
    depths = look_deep(network, pixels)
    purities = {depth.name: _purities(depth, labels) for depth in depths}
    figures += draw_depths(network, depths, pixels, labels)
    return _report(learner, figures, depths, purities, _chance(labels), len(pixels))


def draw_depths(
    network: StagedResNet, depths: list[Depth], pixels: NDArray[np.float32], labels: list[str]
) -> list[Figure]:
    """Return for each depth what its most telling units look for, and the images [N,3,side,side] that excite them."""
    colours, figures = colours_of(pixels), []
    for depth in depths:
        purity = _purities(depth, labels)
        units = _telling(depth, purity)
        dreams = preferred(network, depth.name, units, pixels.shape[-1], colours)
        figures.append(_sheet(depth, units, dreams.numpy(), pixels, labels, purity))
    return figures


def some_images(
    learner: FromScratch | SelfSupervised, data: Callable[[], Dataset] | None
) -> tuple[NDArray[np.float32], list[str]]:
    """Return up to 1,500 of the user's images, as many of each label as can be, [N,3,side,side]."""
    examples = spread(data().examples, 0)[:MAX_IMAGES] if data else []
    pixels, labels = [], []
    for example in examples:
        try:
            pixels.append(learner.pixels(example.input))
        except PippinError:
            continue  # named when the data were loaded
        labels.append(str(example.answer))
    return (np.stack(pixels) if pixels else np.zeros((0, 3, 1, 1), np.float32)), labels


@torch.no_grad()
def look_deep(network: StagedResNet, pixels: NDArray[np.float32]) -> list[Depth]:
    strongest: dict[str, list[torch.Tensor]] = {}
    where: dict[str, list[torch.Tensor]] = {}
    widths: dict[str, int] = {}
    for start in range(0, len(pixels), _BATCH):
        x = network.standardise(torch.from_numpy(pixels[start : start + _BATCH]))
        for name, stage in network.stages.items():
            x = stage(x)
            values, places = x.flatten(2).max(2)
            strongest.setdefault(name, []).append(values)
            where.setdefault(name, []).append(places)
            widths[name] = x.shape[3]
    seen = fields(network)
    return [
        Depth(name, seen[name], widths[name], torch.cat(strongest[name]).numpy(), torch.cat(where[name]).numpy())
        for name in strongest
    ]


def _purities(depth: Depth, labels: list[str]) -> NDArray[np.float64]:
    """Return for each channel the share of the most common label among the images that activate it most."""
    top = np.argsort(-depth.strongest, axis=0)[: _top(labels)]
    named = np.array(labels)[top]  # [top, C]
    return np.array([max(Counter(column).values()) / len(column) for column in named.T])


def _top(labels: list[str]) -> int:
    """Return how many images count: fewer than there are of any label, or no channel could be pure."""
    return max(3, min(50, min(Counter(labels).values()) // 2))


def _chance(labels: list[str]) -> float:
    """Return the purity of a channel that answers at random."""
    draw = np.random.default_rng(0)
    shares = [max(Counter(draw.choice(labels, _top(labels), replace=False)).values()) for _ in range(200)]
    return float(np.mean(shares)) / _top(labels)


def _telling(depth: Depth, purity: NDArray[np.float64]) -> list[int]:
    """Return channels that are pure and respond to different images, most telling first."""
    values = depth.strongest - depth.strongest.mean(axis=0)
    norms = np.linalg.norm(values, axis=0)
    alive = norms > 1e-6
    unit = values / np.maximum(norms, 1e-6)
    score, chosen = np.where(alive, purity, -1.0), list[int]()
    for _ in range(min(UNITS, int(alive.sum()))):
        chosen.append(int(score.argmax()))
        alike = np.clip(unit.T @ unit[:, chosen[-1]], 0, 1)
        score = score * (1 - 0.7 * alike)
        score[chosen[-1]] = -1.0
    return chosen


def _sheet(
    depth: Depth,
    units: list[int],
    dreams: NDArray[np.float32],
    pixels: NDArray[np.float32],
    labels: list[str],
    purity: NDArray[np.float64],
) -> Figure:
    side = pixels.shape[-1]
    whole = depth.field.size >= side
    cells = []
    for unit, dream in zip(units, dreams, strict=True):
        top = np.argsort(-depth.strongest[:, unit])[:PATCHES]
        boxes = [depth.field.box(*divmod(int(depth.where[one, unit]), depth.width)) for one in top]
        patches = [_cut(pixels[one], None if whole else box) for one, box in zip(top, boxes, strict=True)]
        middle = depth.field.box(depth.width // 2, depth.width // 2)
        wanted = enlarged(_cut(dream, None if whole else middle), 3 * TILE + 4)
        common = Counter(labels[one] for one in np.argsort(-depth.strongest[:, unit])[: _top(labels)]).most_common(1)
        caption = f"unit {unit}: {purity[unit]:.0%} {common[0][0]}"
        cells.append(Cell(caption[:44], [wanted, grid(patches, 3, TILE)]))
    size = min(depth.field.size, side)
    return Figure(
        f"{depth.name}: what its units look for in {size} x {size} pixels",
        png(captioned_grid(cells, 3)),
        "image/png",
        "Left of each pair the input the unit prefers, made up by gradient ascent; right what excites it most in your "
        f"images. The share is that of the commonest label among its top {_top(labels)} images.",
    )


def _cut(image: NDArray[np.float32], box: tuple[int, int, int, int] | None) -> Image.Image:
    """Cut a part out of an image [3,h,w] (0 to 1); beyond the rim the rim is repeated."""
    if box is not None:
        left, top, right, bottom = box
        rows = np.clip(np.arange(top, bottom), 0, image.shape[1] - 1)
        columns = np.clip(np.arange(left, right), 0, image.shape[2] - 1)
        image = image[:, rows[:, None], columns[None]]
    return Image.fromarray((image.transpose(1, 2, 0) * 255).round().clip(0, 255).astype(np.uint8))


def _report(
    learner: FromScratch,
    figures: list[Figure],
    depths: list[Depth],
    purities: dict[str, NDArray[np.float64]],
    chance: float,
    count: int,
) -> Report:
    means = {name: _interval(values) for name, values in purities.items()}
    rows = tuple(
        (
            depth.name,
            depth.strongest.shape[1],
            f"{min(depth.field.size, learner.side)} x {min(depth.field.size, learner.side)}",
            f"{means[depth.name].mean:.3f} [{means[depth.name].low:.3f}, {means[depth.name].high:.3f}]",
        )
        for depth in depths
    )
    table = Table(("depth", "channels", "pixels a unit sees", "purity of its channels"), rows)
    return Report(
        title="What the network learned to look for",
        summary=_finding(means, chance),
        tables=(table,) if rows else (),
        figures=tuple(figures),
        notes=() if depths else ("Name the images with --data to see what excites its units.",),
        payload={
            "labels": learner.counts,
            "recipe": learner.recipe,
            "side": learner.side,
            "pictures": count,
            "chance": chance,
            "purity": {name: purity._asdict() for name, purity in means.items()},
            "pixels_seen": {depth.name: depth.field.size for depth in depths},
        },
    )


def _interval(values: NDArray[np.float64]) -> Purity:
    half = 1.96 * values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else 0.0
    return Purity(float(values.mean()), float(values.mean() - half), float(values.mean() + half))


def _finding(means: dict[str, Purity], chance: float) -> str:
    """Return whether the deeper the purer, as measured."""
    if len(means) < 2:
        return ""
    first, *_, last = means.values()
    text = f"Of the images a channel answers to most, {first.mean:.0%} share one label at the first depth and "
    text += f"{last.mean:.0%} at the last ({chance:.0%} by chance): "
    rising = all(b.mean >= a.mean for a, b in zip(list(means.values()), list(means.values())[1:], strict=False))
    if last.low > first.high:
        return text + (
            "the deeper, the more a channel stands for a thing." if rising else "more at the end, not evenly."
        )
    if last.high < first.low:
        return text + "on these images depth made channels less pure."
    return text + "no more of a difference than chance makes with so few images."
