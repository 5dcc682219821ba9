"""The taught examples as a map of two dimensions with the borders between labels, before and after a correction."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from pippin.core.report.cells import Figure
from pippin.learn.plots.image_grids import INK, PAPER, SOFT, png

if TYPE_CHECKING:
    from pippin.apps.recognize.pretrained.learner import FewShotLearner
    from pippin.apps.recognize.pretrained.ridge_head import Head

Floats = NDArray[np.float32]

MAX_LABELS, NEAREST_LABELS, MAX_DOTS = 7, 3, 80  # shown: of a model, beside an image, examples of each
PANEL, SCALE = 470, 2  # pixels of a panel's side; drawn so many times larger, then shrunk
# Okabe and Ito's colours, told apart by colour-blind readers.
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#8a7f00")


def label_map(learner: FewShotLearner, here: Floats | None = None) -> Figure | None:
    """Draw the map of what a learner was taught, with an image at `here` (direction [D]); None without a border."""
    after, before = learner.head, learner.loaded if learner.fresh else None
    if after is None or len(after.labels) < 2:
        return None
    labels = _shown(learner, here)
    heads = [("before your corrections", before), ("after", after)] if before else [("", after)]
    plane = _plane([head for _, head in heads if head], labels, learner.points)
    dots = _dots(learner, labels)
    middle = learner.points[dots].mean(axis=0)
    places = (learner.points - middle) @ plane
    star = None if here is None else (here - middle) @ plane
    low, high = _bounds(places[dots] if star is None else np.vstack([places[dots], star]))
    panels = []
    for title, head in heads:
        field = _field(head, labels, middle, plane, low, high)
        own = [dot for dot in dots if head is after or learner.keys[dot] not in learner.fresh]
        where = [_pixel(places[dot], low, high) for dot in own]
        kinds = [labels.index(learner.labels[dot]) for dot in own]
        new = [learner.keys[dot] in learner.fresh for dot in own]
        panels.append(_panel(title, field, where, kinds, new, None if star is None else _pixel(star, low, high)))
    exact = (len(labels) <= 3 and len(heads) == 1) or len(labels) == 2
    return Figure(
        "What it was taught, and the borders between labels",
        png(_laid_out(panels, labels)),
        "image/png",
        ("" if exact else "A cut through more dimensions than two, so a dot may lie beyond its border. ")
        + "Each dot is an image; the ground has the colour of the label the head gives there"
        + ("; dots with a dark ring were taught since the training" if learner.fresh else "")
        + ("; the star is this image." if here is not None else "."),
    )


def _shown(learner: FewShotLearner, here: Floats | None) -> list[str]:
    """Return the labels to show: those corrected, and those nearest to the image in question or else the commonest."""
    assert learner.head is not None
    counts = Counter(learner.labels)
    order = [label for label, key in zip(learner.labels, learner.keys, strict=True) if key in learner.fresh]
    if here is not None:
        scores = here @ learner.head.coefficients_DL + learner.head.intercepts_L
        order = [learner.head.labels[index] for index in np.argsort(-scores)[:NEAREST_LABELS]] + order
    else:
        order += [label for label, _ in counts.most_common()]
    return list(dict.fromkeys(order))[:MAX_LABELS]


def _dots(learner: FewShotLearner, labels: list[str]) -> list[int]:
    """Return up to 80 examples of each label, the latest (corrections among them) first."""
    return [
        i for label in labels for i in [index for index, own in enumerate(learner.labels) if own == label][-MAX_DOTS:]
    ]


def _plane(heads: list[Head], labels: list[str], points: Floats) -> Floats:
    """Return two orthonormal axes [D,2] along which the heads' scores differ most from label to label."""
    slopes = []
    for head in heads:
        own = head.coefficients_DL[:, [head.labels.index(label) for label in labels if label in head.labels]]
        slopes.append(own - own.mean(axis=1, keepdims=True))
    axes, sizes, _ = np.linalg.svd(np.hstack(slopes), full_matrices=False)
    first = axes[:, sizes > 1e-3 * sizes[0]][:, :2]
    if first.shape[1] == 2:
        return np.asarray(first, np.float32)
    rest = points - points.mean(axis=0)
    rest = rest - rest @ first @ first.T
    _, _, spread = np.linalg.svd(rest, full_matrices=False)
    return np.hstack([first, spread[:1].T]).astype(np.float32)


def _bounds(places: Floats) -> tuple[Floats, Floats]:
    low, high = places.min(axis=0), places.max(axis=0)
    margin = 0.08 * (high - low) + 1e-6
    return low - margin, high + margin


def _pixel(position: Floats, low: Floats, high: Floats) -> tuple[float, float]:
    x, y = (position - low) / (high - low) * PANEL
    return float(x), float(PANEL - y)


def _field(head: Head, labels: list[str], middle: Floats, plane: Floats, low: Floats, high: Floats) -> Image.Image:
    """Draw the ground of a panel: the labels' colours mixed by their probabilities, a line where the best changes."""
    known = [label for label in labels if label in head.labels]
    columns = [head.labels.index(label) for label in known]
    x = np.linspace(low[0], high[0], PANEL, dtype=np.float32)
    y = np.linspace(high[1], low[1], PANEL, dtype=np.float32)
    grid = np.stack(np.meshgrid(x, y), axis=-1)
    slopes, offsets = head.coefficients_DL[:, columns], head.intercepts_L[columns]
    scores = middle @ slopes + offsets + grid @ (plane.T @ slopes)
    shares = np.exp(head.sharpness * (scores - scores.max(axis=-1, keepdims=True)))
    shares /= shares.sum(axis=-1, keepdims=True)
    tints = np.array([_light(COLOURS[labels.index(label)]) for label in known], np.float32)
    ground = shares @ tints
    best = scores.argmax(axis=-1)
    edge = np.zeros(best.shape, bool)
    edge[:, 1:] |= best[:, 1:] != best[:, :-1]
    edge[1:] |= best[1:] != best[:-1]
    ground[edge] = (90, 98, 108)
    return Image.fromarray(ground.round().astype(np.uint8))


def _light(colour: str) -> tuple[float, ...]:
    return tuple(255 - 0.32 * (255 - int(colour[at : at + 2], 16)) for at in (1, 3, 5))


def _panel(
    title: str,
    field: Image.Image,
    places: list[tuple[float, float]],
    kinds: list[int],
    new: list[bool],
    star: tuple[float, float] | None,
) -> Image.Image:
    head = 30 if title else 0
    whole = Image.new("RGB", (PANEL * SCALE, (PANEL + head) * SCALE), PAPER)
    whole.paste(field.resize((PANEL * SCALE, PANEL * SCALE), Image.Resampling.BICUBIC), (0, head * SCALE))
    draw = ImageDraw.Draw(whole)
    draw.text((0, 4 * SCALE), title, INK, ImageFont.load_default(16 * SCALE))
    order = sorted(range(len(places)), key=lambda dot: new[dot])  # what was corrected lies on top
    for dot in order:
        x, y = places[dot][0] * SCALE, (places[dot][1] + head) * SCALE
        size, ring = (7, "#111827") if new[dot] else (4, "white")
        box = (x - size * SCALE, y - size * SCALE, x + size * SCALE, y + size * SCALE)
        draw.ellipse(box, COLOURS[kinds[dot]], ring, (2 if new[dot] else 1) * SCALE)
    if star:
        x, y = star[0] * SCALE, (star[1] + head) * SCALE
        turns = np.arange(10) * np.pi / 5 - np.pi / 2
        reach = np.where(np.arange(10) % 2 == 0, 13, 5.5) * SCALE
        draw.polygon(
            [(x + r * np.cos(t), y + r * np.sin(t)) for r, t in zip(reach, turns, strict=True)], "white", INK, 2 * SCALE
        )
    return whole.resize((PANEL, PANEL + head), Image.Resampling.LANCZOS)


def _laid_out(panels: list[Image.Image], labels: list[str]) -> Image.Image:
    """Return the panels side by side over a legend."""
    gap, font = 22, ImageFont.load_default(15 * SCALE)
    width = len(panels) * (PANEL + gap) + gap
    items: list[tuple[int, int, str, str]] = []
    x, y = gap, 0
    for label, colour in zip([label[:28] for label in labels], COLOURS, strict=False):
        wide = int(font.getlength(label) / SCALE) + 40
        if x + wide > width:
            x, y = gap, y + 24
        items.append((x, y, label, colour))
        x += wide
    legend = Image.new("RGB", (width * SCALE, (y + 24) * SCALE), PAPER)
    draw = ImageDraw.Draw(legend)
    for x, y, label, colour in items:
        draw.ellipse([part * SCALE for part in (x, y + 4, x + 11, y + 15)], colour)
        draw.text(((x + 19) * SCALE, y * SCALE), label, SOFT, font)
    whole = Image.new("RGB", (width, gap + panels[0].height + 14 + legend.height // SCALE + 8), PAPER)
    for number, panel in enumerate(panels):
        whole.paste(panel, (gap + number * (PANEL + gap), gap))
    small = legend.resize((width, legend.height // SCALE), Image.Resampling.LANCZOS)
    whole.paste(small, (0, gap + panels[0].height + 14))
    return whole
