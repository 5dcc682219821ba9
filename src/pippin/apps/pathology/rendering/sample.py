"""Make the rendered sample: python -m pippin.apps.pathology.rendering.sample writes sample/*.npz."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pippin.apps.pathology.config import BREAST, CHEST
from pippin.apps.pathology.rendering import ultrasound, xray
from pippin.core.files import write_bytes

FOLDER = Path(__file__).parents[1] / "sample"
COUNTS = {"train": 90, "val": 15, "test": 45}
# By organ: how an image is drawn, its labels in the order of their classes, the share of the second.
ORGANS: dict[str, tuple[Callable[[str, np.random.Generator], NDArray[np.uint8]], Sequence[str], float]] = {
    BREAST: (ultrasound.render, (ultrasound.RAGGED, ultrasound.SMOOTH), 0.6),
    CHEST: (xray.render, (xray.CLEAR, xray.CLOUDED), 0.6),
}


def render_archive(organ: str, seed: int = 0) -> dict[str, NDArray[Any]]:
    """Return rendered images and classes in parts, as a MedMNIST archive has them."""
    render, labels, share = ORGANS[organ]
    rng = np.random.default_rng(seed)
    arrays: dict[str, NDArray[Any]] = {}
    for part, count in COUNTS.items():
        classes = (np.arange(count) < round(share * count)).astype(np.uint8)
        rng.shuffle(classes)
        arrays[f"{part}_images"] = np.stack([render(labels[number], rng) for number in classes])
        arrays[f"{part}_labels"] = classes[:, None]
    return arrays


def main() -> None:
    """Write the sample of each organ."""
    for organ in ORGANS:
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **render_archive(organ))  # type: ignore[arg-type]
        write_bytes(FOLDER / f"rendered-{organ}.npz", buffer.getvalue())


if __name__ == "__main__":
    main()
