"""Charts are whole files that name every way, the same bytes for the same numbers."""

from __future__ import annotations

import io
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from pippin.curves.plots import Series, _apart, plot, share

SIZES, VALUES = (100, 1000, 10000), (0.3, 0.5, 0.7)


def series() -> list[Series]:
    """Two ways, one of them cut off."""
    low, high = [value - 0.05 for value in VALUES], [value + 0.05 for value in VALUES]
    twice = {"examples": 20000, "value": 0.75}
    network = Series("a network", True, SIZES, VALUES, low, high, (1, 10, 100), (False,) * 3, twice)
    return [
        network,
        Series("trees", False, SIZES[:2], VALUES[:2], low[:2], high[:2], (1, 99), (False, True), None, True),
    ]


@pytest.mark.parametrize("over", ["examples", "time"])
def test_a_plot_is_an_image_and_the_same_again(over: str) -> None:
    drawn = plot(series(), "accuracy", "things", over)
    assert drawn == plot(series(), "accuracy", "things", over)
    assert ElementTree.fromstring(drawn).tag.endswith("svg")
    with Image.open(io.BytesIO(plot(series(), "accuracy", "things", over, form="png"))) as image:
        assert image.width > 1000
        assert len(set(np.asarray(image.convert("RGB")).reshape(-1, 3)[::97].sum(1).tolist())) > 5


def test_the_image_to_share_has_the_size_pages_show() -> None:
    facts = {"name": "things", "examples": 5000}
    with Image.open(io.BytesIO(share(series(), "accuracy", facts, ("Yes", "It leads."), form="png"))) as image:
        assert image.size == (1200, 630)


def test_names_are_moved_apart_and_keep_their_order() -> None:
    places = _apart(np.array([0.1, 0.5, 0.5, 0.51, 0.9]), 0.05)
    assert (np.diff(places) >= 0.0499).all()
    assert abs(places.mean() - 0.502) < 0.01
