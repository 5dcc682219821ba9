"""`tick`: features that you tick by hand, beside those the network found, on the same twelve drawn images."""

from __future__ import annotations

import base64
import time
from functools import lru_cache, partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from pippin.apps.recognize.classical.ticked_features import UNSURE, name_by_ticks, read_ticks
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.inputs import Image
from pippin.core.report.cells import ImageCell, Table
from pippin.core.report.report import Report
from pippin.learn.vision.thumbnails import thumbnail

SAMPLE = Path(__file__).parents[1] / "sample"
LABELS = ("apple", "banana", "basketball", "orange")  # two round ones that are not red, among others
OF_EACH = 3
FEATURES = ("round", "red", "stem")  # what the page asks for; any words will do
MAX_MINUTES = 24 * 60


def list_images() -> list[tuple[str, str, Path]]:
    """Return the images to tick in order: name, label and file."""
    return [
        (f"{label} {number}", label, SAMPLE / label / f"rendered_{number}.png")
        for number in range(1, OF_EACH + 1)
        for label in LABELS
    ]


def tick(
    context: Context,
    ticks: Annotated[str | None, 'features by image: "apple 1: round red stem, banana 1: stem, ..."'] = None,
    *,
    minutes: Annotated[float | None, "how long it took you"] = None,
    images: Annotated[bool, "give the images to tick, with --json"] = False,
) -> Report:
    """Set features you tick by hand beside the network.

    Both name each image by the others; without TICKS it lists the images.
    """
    if minutes is not None and not 0 < minutes <= MAX_MINUTES:
        raise PippinError(f"minutes must be above 0 and at most {MAX_MINUTES}, not {minutes}.", input=str(minutes))
    if ticks is None:
        return _sheet(context, images)
    names, labels, files = zip(*list_images(), strict=True)
    found, features = read_ticks(ticks, names)
    rows = np.array([[float(feature in found[name]) for feature in features] for name in names])
    by_network, seconds = _name_by_network(files, labels)
    columns = names, labels, name_by_ticks(rows, labels), by_network
    return _compare(context, columns, features, minutes, seconds)


@lru_cache(maxsize=1)  # a class asks at the same time, always for the same images
def _name_by_network(files: tuple[Path, ...], labels: tuple[str, ...]) -> tuple[list[str], float]:
    """Return the label the network gives each image after it was taught the others, and the seconds that took."""
    from pippin.apps.recognize.pretrained.embedding import embed
    from pippin.apps.recognize.pretrained.feature_cache import see
    from pippin.learn.label_ridge import Ridge

    begun = time.perf_counter()
    seen = list(see(map(Image.of, files), late=True))  # looks again at what it knows, for the time it takes
    if wrong := next((one for one in seen if isinstance(one, PippinError)), None):
        raise wrong
    ridge = Ridge(embed(np.stack([one.features for one in seen if not isinstance(one, PippinError)])), labels)
    named = [ridge.labels[place] for place in ridge.solution()[2].argmax(axis=1)]
    return named, time.perf_counter() - begun


def _compare(
    context: Context, columns: tuple[Any, ...], features: list[str], minutes: float | None, seconds: float
) -> Report:
    names, labels, by_hand, by_network = columns
    right, of_network = (
        sum(one == label for one, label in zip(way, labels, strict=True)) for way in (by_hand, by_network)
    )
    took = "" if minutes is None else f" after {minutes:.1f} minutes of yours"
    keys = "image", "label", "by_hand", "by_network"
    results = [dict(zip(keys, row, strict=True)) for row in zip(*columns, strict=True)]
    return Report(
        title=f"{context.name}: your features {right} of {len(names)}, the network's {of_network}",
        summary=f"{', '.join(features)}{took}; the network looked for {seconds:.1f} seconds.",
        tables=(
            Table(
                ("image", "by your features", "by the network's"),
                tuple((one["image"], one["by_hand"] or "cannot tell", one["by_network"]) for one in results),
            ),
        ),
        notes=(
            "Each image was named by the others. Yours: the label whose images have the nearest ticks on average.",
            "The network brings features it learned on 1.28 million other photographs; you ticked yours just now.",
        ),
        payload={
            "application": context.name, "ticked": len(names), "features": features, "right": right,
            "network_right": of_network, "minutes": minutes, "seconds": seconds, "results": results,
            "unsure": sum(one == UNSURE for one in by_hand),
        },
    )  # fmt: skip


def _sheet(context: Context, give_images: bool) -> Report:
    listed = list_images()
    rows = tuple(
        (name, ImageCell(partial(thumbnail, Image.of(file)), "image/png", alt=f"{file.parent.name}/{file.name}"))
        for name, _, file in listed
    )
    sheet = [{"image": name, "label": label} for name, label, _ in listed]
    if give_images:
        for one, (_, _, file) in zip(sheet, listed, strict=True):
            one["thumbnail"] = f"data:image/png;base64,{base64.b64encode(file.read_bytes()).decode()}"
    return Report(
        title=f"{context.name}: {len(listed)} images to tick",
        summary="Look at each: is it round, is it red, has it a stem? --html FILE shows them.",
        tables=(Table(("image", ""), rows),),
        payload={"application": context.name, "ticked": 0, "features": list(FEATURES), "images": sheet},
        next=f'pippin {context.name} tick "apple 1: round red stem, banana 1: stem, ..."',
    )
