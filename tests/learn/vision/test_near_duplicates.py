"""Copies of a picture are found however they were saved; different pictures are kept apart."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from pippin.learn.vision import near_duplicates


def blobs(seed: int, size: int = 96) -> Image.Image:
    """A made-up photograph: soft blobs of colour and a little noise."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (7, 7, 3), dtype=np.uint8))
    smooth = np.asarray(coarse.resize((size, size), Image.Resampling.BICUBIC), float)
    return Image.fromarray((smooth + rng.normal(0, 6, smooth.shape)).clip(0, 255).astype(np.uint8))


def saved(image: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


COPIES = {
    "re-encoded": lambda image: saved(image, 30),
    "halved": lambda image: image.resize((image.width // 2, image.height // 2)),
    "doubled": lambda image: image.resize((image.width * 2, image.height * 2)),
    "mirrored": ImageOps.mirror,
    "mirrored and re-encoded": lambda image: saved(ImageOps.mirror(image), 60),
    "palette": lambda image: image.quantize().convert("RGB"),
    "brightened": lambda image: Image.eval(image, lambda level: int(255 * (level / 255) ** 0.85)),
}


def thumbnails(images: list[Image.Image]) -> near_duplicates.Thumbnails:
    return np.stack([near_duplicates.thumbnail(image) for image in images])


@pytest.mark.parametrize("copy", COPIES)
def test_copies_are_found_and_nothing_else(copy: str) -> None:
    originals = [blobs(seed) for seed in range(40)]
    found = near_duplicates.clusters(thumbnails(originals + [COPIES[copy](image) for image in originals]))
    np.testing.assert_array_equal(found, [*range(40), *range(40)])


def test_chains_of_copies_are_one_cluster() -> None:
    image = blobs(0)
    chain = [blobs(1), image, saved(image, 40), image, blobs(2), saved(saved(image, 40), 30)]
    np.testing.assert_array_equal(near_duplicates.clusters(thumbnails(chain)), [0, 1, 1, 1, 4, 1])


def test_plain_images_of_different_colours_are_different() -> None:
    plain = [Image.new("RGB", (50, 50), colour) for colour in ("white", "red", "white", "black")]
    np.testing.assert_array_equal(near_duplicates.clusters(thumbnails(plain)), [0, 1, 0, 3])


def test_what_looks_alike_when_mirrored_is_a_copy_in_detail_only() -> None:
    half = [blobs(seed) for seed in range(30)]
    symmetric = [Image.blend(image, ImageOps.mirror(image), 0.5) for image in half]
    np.testing.assert_array_equal(near_duplicates.clusters(thumbnails(symmetric)), range(30))


def test_pairs_across_blocks_are_found() -> None:
    rng = np.random.default_rng(0)
    many = rng.integers(0, 256, (2300, 16, 17, 3), dtype=np.uint8)
    many[2100] = (many[3] * 0.95).astype(np.uint8)
    np.testing.assert_array_equal(near_duplicates.near_pairs(many), [[3, 2100]])


def test_no_images_and_one_image() -> None:
    assert near_duplicates.clusters(np.zeros((0, 16, 17, 3), np.uint8)).tolist() == []
    assert near_duplicates.clusters(np.zeros((1, 16, 17, 3), np.uint8)).tolist() == [0]


@pytest.mark.data
def test_copies_of_real_photographs(test_data: Path) -> None:
    files = sorted((test_data / "recognize" / "apple_ball").glob("*/*.jpg"))[::4]
    originals = [Image.open(file).convert("RGB") for file in files]
    shrunk = [saved(image.resize((image.width // 2, image.height // 2)), 50) for image in originals]
    both = thumbnails(originals + shrunk)
    count = len(originals)
    cluster = near_duplicates.clusters(both)
    assert np.mean(cluster[:count] == cluster[count:]) >= 0.99
    assert len(near_duplicates.near_pairs(both[:count])) <= 0.01 * count
