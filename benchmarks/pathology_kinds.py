"""How often `pathology` declines to answer an image of another kind: another organ, photographs, in colour and in grey.

Needs BreastMNIST, PneumoniaMNIST, CIFAR-10's test images and photographs of fruit and balls. The limits were chosen on
every second image of these sets; the figures are of the others. Images of the right kind are those of the validation
parts, which the models never saw.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import io
from collections.abc import Sequence
from pathlib import Path

import duckdb
from _results import DATA, Row, write
from PIL import Image as PilImage

import pippin.apps.pathology
from pippin.apps.pathology.config import BREAST, CHEST, PathologyConfig
from pippin.apps.pathology.images.medmnist import read_archive
from pippin.apps.pathology.learner import PathologyLearner
from pippin.core.artifact import read_artifact
from pippin.core.inputs import Image
from pippin.learn.metrics import wilson

ARCHIVES = {BREAST: "breastmnist.npz", CHEST: "pneumoniamnist.npz"}
AIM = "at least 0.95"
N_OF_EACH = 600  # before every second is taken


def built_in(organ: str) -> PathologyLearner:
    """Return a built-in model."""
    folder = Path(pippin.apps.pathology.__file__).parent / "model" / organ
    learner = PathologyLearner(PathologyConfig(organ=organ))
    learner.load(read_artifact(folder).part("model"))
    return learner


def organ_images(organ: str, part: str) -> list[Image]:
    """Return the images of one part of an archive."""
    found = read_archive(DATA / "pathology" / ARCHIVES[organ]).images
    return [one.image for one in found if one.part == part]


def small_photographs() -> list[Image]:
    """Return images of CIFAR-10, 32 pixels a side."""
    table = DATA / "recognize" / "cifar10_test5k.parquet"
    rows = duckdb.sql(f"select image.bytes from '{table}' limit {N_OF_EACH}").fetchall()
    return [Image(content=bytes(content), name="photograph") for (content,) in rows]


def large_photographs() -> list[Image]:
    """Return photographs of fruit and balls, 96 pixels a side."""
    return [Image.of(path) for path in sorted((DATA / "recognize" / "apple_ball").rglob("*.jpg"))[::3]]


def in_grey(images: Sequence[Image]) -> list[Image]:
    """Return the same without colour."""
    found = []
    for image in images:
        buffer = io.BytesIO()
        PilImage.open(io.BytesIO(image.read())).convert("L").save(buffer, "PNG")
        found.append(Image(content=buffer.getvalue(), name=image.name))
    return found


def main() -> None:
    """Measure, and write the results."""
    small, large = small_photographs(), large_photographs()
    rows = []
    for organ, other in ((BREAST, CHEST), (CHEST, BREAST)):
        learner = built_in(organ)
        kinds = {
            f"{organ}: images of the other organ": (organ_images(other, "train")[:N_OF_EACH], AIM),
            f"{organ}: photographs": (large, AIM),
            f"{organ}: photographs in grey": (in_grey(large), AIM),
            f"{organ}: CIFAR-10 in grey, 32 pixels": (in_grey(small), ""),
            f"{organ}: its own kind (fewer is better)": (organ_images(organ, "val"), ""),
        }
        for name, (images, aim) in kinds.items():
            chosen = images if "own kind" in name else images[1::2]
            declined = sum(not prediction.known for prediction in learner.predict(chosen))
            share = wilson(declined, len(chosen))
            rows.append(Row(name, share.value, "", share.low, share.high, aim, None, f"{len(chosen)} images"))
    write("pathology_kinds", "Images of another kind that get no answer", rows)


if __name__ == "__main__":
    main()
