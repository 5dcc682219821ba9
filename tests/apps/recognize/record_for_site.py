"""Record what teaching in a browser is tested by: python tests/apps/recognize/record_for_site.py

Points that were drawn at random, their labels, and what a head fitted to them answers; small images at other sizes, as
Pillow makes them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from pippin.apps.recognize.pretrained.embedding import rounded
from pippin.apps.recognize.pretrained.ridge_head import Head
from pippin.learn.label_ridge import Ridge

OUT = Path(__file__).parents[3] / "studio/src/apps/recognize/site/recorded.json"
WIDTH = 48  # numbers of a point: more than twice the examples, as with real ones
CASES = (("apple",), ("apple",) * 6, ("apple", "ball"), ("apple",) * 5 + ("ball",) * 3 + ("pear",), tuple("abcd" * 5))
SIZES = ((7, 5, 12, 9), (40, 31, 9, 9), (224, 160, 24, 24), (16, 16, 5, 16), (3, 3, 15, 15))


def draw(labels: tuple[str, ...], rng: np.random.Generator, centres: dict[str, Any]) -> Any:
    """Return points [N,WIDTH] around the centre of each label."""
    for label in labels:
        centres.setdefault(label, rng.normal(size=WIDTH))
    spread = rng.normal(size=(len(labels), WIDTH)) * 0.7
    return rounded(np.stack([centres[label] for label in labels]).astype(np.float32) + spread.astype(np.float32))


def head_case(labels: tuple[str, ...], seed: int) -> dict[str, Any]:
    """Return points, what a head learns of them, and its answers to others."""
    rng, centres = np.random.default_rng(seed), {}
    points = draw(labels, rng, centres)
    queries = np.concatenate([draw(labels[:3], rng, centres), draw(("else",), rng, centres)])
    head = Head.fit(points, labels)
    shares, known, novelty = head.predict(queries)
    left_out = Ridge(points, labels).solution()[2]
    return {
        "names": labels, "points": points.tolist(), "queries": queries.tolist(), "labels": head.labels,
        "shares": rounded_list(shares), "known": known.tolist(), "novelty": rounded_list(novelty),
        "sharpness": round(float(head.sharpness), 5), "leftOut": rounded_list(left_out),
    }  # fmt: skip


def rounded_list(values: Any) -> Any:
    """Return numbers to six places."""
    return np.asarray(values, np.float64).round(6).tolist()


def image_case(width: int, height: int, to_width: int, to_height: int) -> dict[str, Any]:
    """Return an image's pixels by their formula's seed, and those of the image at another size."""
    at = np.arange(width * height * 3)
    pixels = ((at * 131 + (at >> 3) * 17 + (at * at) % 251) % 256).astype(np.uint8).reshape(height, width, 3)
    image = Image.fromarray(pixels)
    rim = width / 8
    box = (rim, 0.0, width - rim, float(height))
    whole = np.asarray(image.resize((to_width, to_height), Image.Resampling.BILINEAR))
    boxed = np.asarray(image.resize((to_width, to_height), Image.Resampling.BILINEAR, box))
    rest = {"width": width, "height": height, "toWidth": to_width, "toHeight": to_height, "box": box}
    return {**rest, "whole": whole.reshape(-1).tolist(), "boxed": boxed.reshape(-1).tolist()}


def record() -> dict[str, Any]:
    """Return all cases."""
    return {
        "heads": [head_case(labels, seed) for seed, labels in enumerate(CASES)],
        "images": [image_case(*sizes) for sizes in SIZES],
    }


if __name__ == "__main__":
    OUT.write_text(json.dumps(record(), separators=(",", ":")) + "\n")
    print(f"{OUT}: {OUT.stat().st_size} bytes")
