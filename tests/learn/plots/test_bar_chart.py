"""Bars are well-formed SVG, to scale, and nothing in a caption becomes markup."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from pippin.learn.plots.bar_chart import FOR, WIDTH, Bar, bars

NAMESPACE = "{http://www.w3.org/2000/svg}"


def test_bars_are_to_scale_and_captions_are_text() -> None:
    drawn = ElementTree.fromstring(bars([Bar("<b>&", 0.5, 0.4, 0.6), Bar("x" * 99, -0.25), Bar("none", 0.0)]))
    lengths = [float(rect.attrib["width"]) for rect in drawn.iter(f"{NAMESPACE}rect")][1:]
    assert lengths[0] == pytest.approx(2 * lengths[1], rel=0.01)
    texts = [text.text for text in drawn.iter(f"{NAMESPACE}text")]
    assert "<b>&" in texts
    assert "+0.50" in texts
    for rect in drawn.iter(f"{NAMESPACE}rect"):
        left = float(rect.attrib.get("x", 0))
        assert 0 <= left <= left + float(rect.attrib["width"]) <= WIDTH
    assert FOR.encode() in bars([Bar("a", 1.0)])
