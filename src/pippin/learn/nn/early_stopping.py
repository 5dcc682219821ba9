"""Early stopping that a resumed run repeats: the weights of least held-out loss, kept in the run's folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load, save
from torch import nn

from pippin.core.files import write_bytes
from pippin.core.run import Run

LOOKS = 20


class BestWeights:
    """Watches a training (`learn.loop.train`'s `watch`) and keeps the weights of least `loss(network)`.

    The loss is taken about 20 times. A file is written for each improvement, named by its step, so that a run resumed
    at an earlier step forgets later ones and finds them again.
    """

    def __init__(self, network: nn.Module, loss: Callable[[nn.Module], float], run: Run) -> None:
        self.network, self.loss, self.run, self.folder = network, loss, run, run.folder / "best"
        self._began = False

    def watch(self, step: int, total: int) -> None:
        """Measure the network, if it is time to."""
        if not self._began:
            self._began = True
            for _, later, path in self._improvements():
                if later >= step:
                    path.unlink()
        if step and (step % max(1, total // LOOKS) == 0 or step == total):
            value = self.look(step)
            if np.isfinite(value):
                self.run.log(step=step, total=total, held_out_loss=value)

    def look(self, step: int) -> float:
        """Keep the weights if their loss is the least so far; returns it."""
        training = self.network.training
        with torch.no_grad():
            value = self.loss(self.network.eval())
        self.network.train(training)
        if np.isfinite(value) and all(value < least for least, _, _ in self._improvements()):
            arrays = {name: np.asarray(tensor.cpu()) for name, tensor in self.network.state_dict().items()}
            write_bytes(self.folder / f"{step}_{value.hex()}.safetensors", save(arrays))
        return value

    def restore(self) -> int:
        """Restore the best weights into the network; returns their step, 0 where there are none."""
        kept = min(self._improvements(), default=None)
        if kept is None:
            return 0
        arrays = load(kept[2].read_bytes())
        self.network.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
        return kept[1]

    def _improvements(self) -> list[tuple[float, int, Path]]:
        """Return loss, step and file of each improvement so far."""
        names = [(path.stem.split("_"), path) for path in self.folder.glob("*.safetensors")]
        return [(float.fromhex(value), int(step), path) for (step, value), path in names]
