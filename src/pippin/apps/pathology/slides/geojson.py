"""Annotations as GeoJSON, in and out, as QuPath reads and writes them: areas with a class."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pippin.core.errors import PippinError, reason
from pippin.core.files import refuse_endless

MAX_BYTES = 64 * 2**20
MAX_CORNERS = 1_000_000
COLOURS = ((200, 60, 20), (40, 90, 170), (20, 130, 110), (150, 90, 160), (170, 140, 30))
Ring = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Area:
    """An area of a class: rings [N,2] of corners (x, y) in pixels of the finest level; a point within an odd number of
    rings is inside.
    """

    label: str
    rings: tuple[Ring, ...]

    def contains(self, points_N2: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which points (x, y) lie inside."""
        inside = np.zeros(len(points_N2), bool)
        for ring in self.rings:
            inside ^= _within(ring, points_N2)
        return inside


def _within(ring: Ring, points_N2: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which points lie within a ring: a line to the right crosses it an odd number of times."""
    inside = np.zeros(len(points_N2), bool)
    x, y = points_N2[:, 0], points_N2[:, 1]
    for (x1, y1), (x2, y2) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        if y1 != y2:
            inside ^= ((y1 > y) != (y2 > y)) & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    return inside


def read_areas(path: Path) -> list[Area]:
    """Return the areas of a GeoJSON file that have a class; PippinError where it is none or has none."""
    try:
        refuse_endless(path)
        if path.stat().st_size > MAX_BYTES:
            raise PippinError(f"{path} is larger than {MAX_BYTES // 2**20} MB; export fewer annotations.", input=path)
        content = json.loads(path.read_bytes())
    except OSError as problem:
        raise PippinError(f"Cannot read {path}: {reason(problem)}.", input=path) from problem
    except (ValueError, RecursionError) as problem:
        raise PippinError(f"{path} is no GeoJSON; export annotations from QuPath as GeoJSON.", input=path) from problem
    try:
        areas = [area for feature in _features(content) if (area := _area(feature)) is not None]
    except (TypeError, ValueError, AttributeError, KeyError, OverflowError) as problem:
        raise PippinError(f"{path} holds a feature whose corners are no numbers; export it again.") from problem
    if not areas:
        raise PippinError(f"{path} has no area with a class; give annotations a class before you export them.")
    if sum(len(ring) for area in areas for ring in area.rings) > MAX_CORNERS:
        raise PippinError(f"{path} has more than {MAX_CORNERS:,} corners; simplify the annotations.", input=path)
    return areas


def _features(content: Any) -> Iterable[Mapping[str, Any]]:
    if isinstance(content, list):
        return content
    if content.get("type") == "FeatureCollection":
        return list(content["features"])
    return [content]


def _area(feature: Mapping[str, Any]) -> Area | None:
    """Return the area of a feature, None for another shape or one without a class."""
    label = _class_of(feature.get("properties") or {})
    geometry = feature.get("geometry") or {}
    match geometry.get("type"):
        case "Polygon":
            polygons = [geometry["coordinates"]]
        case "MultiPolygon":
            polygons = geometry["coordinates"]
        case _:
            return None
    rings = tuple(_ring(ring) for polygon in polygons for ring in polygon)
    return Area(label, rings) if label and rings else None


def _ring(corners: Any) -> Ring:
    ring = np.array([[float(corner[0]), float(corner[1])] for corner in corners], np.float64).reshape(-1, 2)
    if not np.isfinite(ring).all():
        raise ValueError("a corner is not finite")
    return ring


def _class_of(properties: Mapping[str, Any]) -> str:
    found = properties.get("classification") or properties.get("class") or ""
    name = found.get("name") or " ".join(map(str, found.get("names") or ())) if isinstance(found, Mapping) else found
    return " ".join(str(name).split())[:60]


def label_points(areas: Sequence[Area], points_N2: NDArray[np.float64]) -> tuple[list[str], list[int]]:
    """Return the class of the last area each point lies in ("": none), and the position of that area (-1)."""
    labels, owners = [""] * len(points_N2), [-1] * len(points_N2)
    for number, area in enumerate(areas):
        for index in np.flatnonzero(area.contains(points_N2)).tolist():
            labels[index], owners[index] = area.label, number
    return labels, owners


def tile_features(
    boxes: Sequence[tuple[int, int, int, int]],
    labels: Sequence[str],
    measurements: Sequence[Mapping[str, float]],
    names: Sequence[str],
) -> dict[str, Any]:
    """Return tiles (left, top, right, bottom) as a FeatureCollection of detections that QuPath opens."""
    features = []
    for (left, top, right, bottom), label, measured in zip(boxes, labels, measurements, strict=True):
        ring = [[left, top], [right, top], [right, bottom], [left, bottom], [left, top]]
        colour = COLOURS[list(names).index(label) % len(COLOURS)]
        properties = {
            "objectType": "detection",
            "classification": {"name": label, "color": list(colour)},
            "measurements": dict(measured),
        }
        geometry = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "geometry": geometry, "properties": properties})
    return {"type": "FeatureCollection", "features": features}
