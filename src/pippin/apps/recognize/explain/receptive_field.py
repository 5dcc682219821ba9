"""Which part of the image a unit of each stage sees."""

from __future__ import annotations

from typing import NamedTuple

from torch import nn

from pippin.apps.recognize.scratch.networks import StagedResNet
from pippin.learn.nn.layers import Residual


class Field(NamedTuple):
    """Units lie `step` pixels apart, the first centred at `start`; each sees `size` x `size` pixels."""

    size: int
    step: int
    start: float

    def box(self, row: int, column: int) -> tuple[int, int, int, int]:
        """Return left, top, right, bottom of what the unit sees; it may reach over the rim."""
        half = self.size / 2
        left, top = (round(self.start + place * self.step - half) for place in (column, row))
        return left, top, left + self.size, top + self.size


def fields(network: StagedResNet) -> dict[str, Field]:
    """Return the field of a unit at the end of each stage (Araujo, Norris and Sim 2019, equations 2 to 4)."""
    field, found = Field(1, 1, 0.5), {}
    for name, stage in network.stages.items():
        field = _after(stage, field)
        found[name] = field
    return found


def _after(layer: nn.Module, field: Field) -> Field:
    if isinstance(layer, nn.Sequential):
        for child in layer:
            field = _after(child, field)
    elif isinstance(layer, Residual):
        field = _after(layer.branch, field)
    elif isinstance(layer, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d):
        kernel, stride, padding = (_first(value) for value in (layer.kernel_size, layer.stride, layer.padding))
        start = field.start + ((kernel - 1) / 2 - padding) * field.step
        field = Field(field.size + (kernel - 1) * field.step, field.step * stride, start)
    return field


def _first(value: object) -> int:
    number = value[0] if isinstance(value, tuple) else value
    assert isinstance(number, int)
    return number
