"""What tests of `tables` share: a function that writes a table, and small tables of two labels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

Table = Callable[..., Path]


@pytest.fixture
def table(tmp_path: Path) -> Table:
    """A function that writes a table (text or bytes) and returns its path."""

    def write(content: str | bytes, encoding: str = "utf-8", name: str = "table.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


@pytest.fixture
def stall() -> Callable[..., str]:
    """A function that gives a CSV of two labels, a number and a colour, and columns more."""

    def text(count: int = 40, delimiter: str = ",", **extra: Callable[[int], object]) -> str:
        rng = np.random.default_rng(0)
        lines = [delimiter.join(["weight", "colour", *extra, "label"])]
        for number in range(count):
            own = [f"{rng.normal(100 + 20 * (number % 2), 9):.2f}", str(rng.choice(["red", "green"]))]
            lines.append(delimiter.join([*own, *(str(make(number)) for make in extra.values()), "ab"[number % 2]]))
        return "\n".join(lines)

    return text
