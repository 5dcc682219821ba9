"""One rule for each ONNX operator: (converter, node, inputs) -> the values it makes, in layers of Keras."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pippin.learn.keras_graph.rules import (
    convolutions,
    elementwise,
    matrices,
    normalizations,
    pooling,
    recurrent,
    reductions,
    resizing,
    selections,
    shapes,
    trees,
)

RULES: dict[str, Callable[..., Any]] = {
    **elementwise.RULES,
    **matrices.RULES,
    **convolutions.RULES,
    **pooling.RULES,
    **normalizations.RULES,
    **recurrent.RULES,
    **reductions.RULES,
    **resizing.RULES,
    **selections.RULES,
    **shapes.RULES,
    **trees.RULES,
}
