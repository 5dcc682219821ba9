"""Snapshots of the agent early in its training, which show how it improves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pippin.core.files import write_bytes
from pippin.core.run import Run

if TYPE_CHECKING:
    from pippin.learn.rl.policies import Policy

# When they are taken: of the built-in agent after 16 seconds, and 1.1, 1.9 and 4.5 minutes, on two cores.
FRAMES = (400_000, 2_800_000, 5_600_000, 14_000_000)


class Snapshot(NamedTuple):
    """A copy: its file in an artifact, the frames it had played, and the minutes it had learned for."""

    file: str
    frames: int
    minutes: float


def save_if_due(policy: Policy, frames: int, run: Run) -> None:
    """Write a copy of a policy that has played `frames` into the run's folder, when it is time for one."""
    from safetensors.numpy import save

    for number, mark in enumerate(FRAMES, 1):
        path = run.folder / f"early-{number}.safetensors"
        if frames >= mark and not path.exists():
            # Row by row: safetensors writes memory as it lies, and a convolution's may lie with the channels last.
            arrays = {name: value.contiguous().numpy() for name, value in policy.state_dict().items()}
            told = {"early": json.dumps([f"early-{number}.onnx", frames, round(run.seconds / 60, 2)])}
            write_bytes(path, save(arrays, told))


def load_all(folder: Path, policy: Policy, to_onnx: Callable[[Policy], bytes]) -> dict[Snapshot, bytes]:
    """Return the copies in a run's folder as graphs in half precision, earliest first; `policy` is filled with each."""
    import torch
    from safetensors import safe_open

    from pippin.learn.nn.onnx_export import halved

    found: dict[Snapshot, bytes] = {}
    for path in sorted(folder.glob("early-*.safetensors")):
        with safe_open(path, "pt") as file:
            told: Any = json.loads(file.metadata()["early"])
            policy.load_state_dict({name: torch.clone(file.get_tensor(name)) for name in policy.state_dict()})
        found[Snapshot(*told)] = halved(to_onnx(policy))
    return found
