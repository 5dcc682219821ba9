"""Networks and their optimizer as named arrays for a run's checkpoint, and back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from pippin.core.errors import PippinError, missing_extra

try:
    import torch
except ImportError as problem:
    raise missing_extra("torch", "train", "Training") from problem
from torch import Tensor, nn


def pack(networks: Mapping[str, nn.Module], optimizer: torch.optim.Optimizer) -> dict[str, np.ndarray]:
    """Pack the whole training state as arrays called "network's name.parameter" and "optimizer.index.state"."""
    tensors = {
        f"{name}.{parameter}": value
        for name, network in networks.items()
        for parameter, value in network.state_dict().items()
    }
    for index, state in optimizer.state_dict()["state"].items():
        tensors.update({f"optimizer.{index}.{name}": value for name, value in state.items()})
    return {name: value.detach().cpu().contiguous().numpy() for name, value in tensors.items()}


def unpack(
    arrays: Mapping[str, np.ndarray], networks: Mapping[str, nn.Module], optimizer: torch.optim.Optimizer, folder: Path
) -> None:
    """Restore what `pack` returned; PippinError if it belongs to other networks."""
    weights: dict[str, dict[str, Tensor]] = {name: {} for name in networks}
    states: dict[int, dict[str, Tensor]] = {}
    for name, array in arrays.items():
        whose, _, rest = name.partition(".")
        if whose in weights:
            weights[whose][rest] = torch.from_numpy(array)
        elif whose == "optimizer":
            index, _, key = rest.partition(".")
            states.setdefault(int(index), {})[key] = torch.from_numpy(array).clone()
    try:
        for name, network in networks.items():
            network.load_state_dict(weights[name])
        optimizer.load_state_dict({**optimizer.state_dict(), "state": states})
    except (RuntimeError, ValueError, KeyError) as problem:
        message = f"The checkpoint in {folder} belongs to another network; start again without --resume."
        raise PippinError(message, input=folder) from problem
