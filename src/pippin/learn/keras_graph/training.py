"""Commands of the TensorFlow process that train, one step at a time: weights, optimizer and average stay there."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from pippin.core.errors import PippinError
from pippin.learn.keras_graph.conversion import KerasTwin, convert
from pippin.learn.keras_graph.graph import read_graph
from pippin.learn.keras_graph.losses import LOSSES
from pippin.learn.keras_graph.optimizers import OPTIMIZERS, Slots
from pippin.learn.keras_graph.placements import Placement, read_initializers
from pippin.learn.nn.runtimes import peak_memory

Arrays = dict[str, np.ndarray]
Reply = tuple[dict[str, Any], Arrays]


class Trainer:
    """A Keras twin that learns: gradient steps as `learn.nn.training_loop` takes them in PyTorch."""

    def __init__(self, twin: KerasTwin, trainable: list[str], recipe: dict[str, Any], loss: dict[str, Any]) -> None:
        self.twin, self.recipe = twin, recipe
        self.model = twin.model
        variables = twin.weights()
        chosen = [one for one in twin.placements if one.origin.initializer in set(trainable)]
        if missing := set(trainable) - {one.origin.initializer for one in chosen}:
            raise PippinError(f"The weights {min(missing)!r} are part of no Keras layer, so they cannot be learned.")
        self.learned = {_key(one): variables[one.layer, one.index].value for one in chosen}
        self.kept = {_key(one): variables[one.layer, one.index].value for one in twin.placements}
        ranks = {_key(one): twin.graph.initializers[one.origin.initializer].ndim for one in chosen}
        self.average = {name: tf.Variable(one) for name, one in self.kept.items()} if recipe["average"] else {}
        self.optimizer = Slots(self.learned, ranks)
        self._update = OPTIMIZERS[recipe["optimizer"]]
        self._loss = LOSSES[loss["kind"]]
        self._loss_settings = {key: value for key, value in loss.items() if key not in ("kind", "output")}
        self._output = twin.outputs[loss["output"]]
        self._input = next(iter(twin.inputs.items()))
        self._dropouts = [one for one in self.model.layers if getattr(one, "seed_generator", None) is not None]
        self._norms = [one for one in self.model.layers if type(one).__name__ == "BatchNormalization"]
        self._compiled = tf.function(self._take_step, reduce_retracing=True)

    def step(self, batch: list[np.ndarray], rate: float, share: float, seed: int) -> float:
        """Take one step at a learning rate; the average moves by `share`. Returns the loss."""
        name = self._input[0]
        first = np.ascontiguousarray(batch[0].transpose(self.twin.orders[name]))
        for index, layer in enumerate(self._dropouts):
            layer.seed_generator.state.assign(np.array([seed & 0xFFFFFFFF, index], np.uint32))
        given = [tf.constant(first), *(tf.constant(one) for one in batch[1:])]
        return float(self._compiled(given, tf.constant(rate, tf.float32), tf.constant(share, tf.float32)))

    def _take_step(self, batch: list[Any], rate: Any, share: Any) -> Any:
        before = [tf.identity(layer.moving_variance.value) for layer in self._norms]
        with tf.GradientTape() as tape:
            outputs = self.model({self._input[1].name: batch[0]}, training=True)
            loss = self._loss(outputs[self._output], *batch[1:], **self._loss_settings)
        names = list(self.learned)
        gradients = dict(zip(names, tape.gradient(loss, [self.learned[name] for name in names]), strict=True))
        if self.recipe["clip"]:
            gradients = _clipped(gradients, self.recipe["clip"])
        self._update(self.optimizer, gradients, rate, self.recipe["weight_decay"])
        for layer, old in zip(self._norms, before, strict=True):
            _count_unbiased(layer, old, tf.shape(batch[0])[0])
        for name, mean in self.average.items():
            mean.assign(tf.where(share < 0.5, mean + share * (self.kept[name] - mean),
                                 self.kept[name] - (self.kept[name] - mean) * (1 - share)))  # fmt: skip
        return loss

    def state(self) -> Arrays:
        """Return weights, average and optimizer as arrays."""
        found = {f"weights.{name}": one.numpy() for name, one in self.kept.items()}
        found |= {f"average.{name}": one.numpy() for name, one in self.average.items()}
        return found | {f"optimizer.{name}": one.numpy() for name, one in self.optimizer.arrays().items()}

    def restore(self, arrays: Arrays) -> None:
        """Set what `state` returned; PippinError where it belongs to another network."""
        groups = {"weights": self.kept, "average": self.average, "optimizer": self.optimizer.arrays()}
        expected = {f"{group}.{name}": one for group, part in groups.items() for name, one in part.items()}
        if expected.keys() != arrays.keys():
            raise PippinError("The checkpoint belongs to another network; start again without --resume.")
        for name, one in expected.items():
            if tuple(one.shape) != arrays[name].shape:
                raise PippinError("The checkpoint belongs to another network; start again without --resume.")
            one.assign(arrays[name])

    def initializers(self, *, averaged: bool) -> Arrays:
        """Return the graph's initializers as they are now, or their average."""
        source = self.average if averaged and self.average else self.kept
        weights = {(one.layer, one.index): source[_key(one)].numpy() for one in self.twin.placements}
        return read_initializers(self.twin.placements, weights, self.twin.graph.initializers)


def _key(placement: Placement) -> str:
    part = "" if placement.origin.part is None else f"[{placement.origin.part}]"
    return f"{placement.origin.initializer}{part}:{placement.layer}:{placement.index}"


def _clipped(gradients: dict[str, Any], limit: float) -> dict[str, Any]:
    """Return gradients whose norm in all is at most a limit, as torch.nn.utils.clip_grad_norm_ makes them."""
    size = tf.linalg.global_norm([one for one in gradients.values() if one is not None])
    factor = tf.minimum(1.0, limit / (size + 1e-6))
    return {name: None if one is None else one * factor for name, one in gradients.items()}


def _count_unbiased(layer: Any, before: Any, examples: Any) -> None:
    """Make the running variance what PyTorch keeps: of n numbers, the share that this batch adds times n / (n - 1)."""
    shape = list(layer.input.shape)
    inner = [side for axis, side in enumerate(shape) if axis and axis != layer.axis % len(shape)]
    if None in inner:
        return
    count = tf.cast(examples * int(np.prod(inner, dtype=np.int64)), tf.float32)
    variable, momentum = layer.moving_variance.value, layer.momentum
    added = variable - momentum * before
    variable.assign(momentum * before + added * count / tf.maximum(count - 1, 1))


_trainers: list[Trainer] = []


def begin(arrays: Arrays, trainable: list[str], recipe: dict[str, Any], loss: dict[str, Any]) -> Reply:
    """Convert `onnx` and make it ready to learn."""
    tf.keras.backend.clear_session()
    twin = convert(read_graph(arrays["onnx"].tobytes()), trainable)
    _trainers[:] = [Trainer(twin, trainable, recipe, loss)]
    spent = {"cpu_seconds": time.process_time()}
    return {"layers": len(twin.model.layers), "tensorflow": tf.__version__, **spent}, {}


def take_step(arrays: Arrays, rate: float, share: float, seed: int) -> Reply:
    """Take one step on the parts of a batch, called "0", "1" ..."""
    began = time.perf_counter()
    loss = _trainers[0].step([arrays[str(index)] for index in range(len(arrays))], rate, share, seed)
    return {"loss": loss, "seconds": time.perf_counter() - began}, {}


def read_state(arrays: Arrays) -> Reply:
    """Return all that a checkpoint needs."""
    return {}, _trainers[0].state()


def set_state(arrays: Arrays) -> Reply:
    """Set what a checkpoint holds."""
    _trainers[0].restore(arrays)
    return {}, {}


def read_weights(arrays: Arrays, averaged: bool) -> Reply:
    """Return the initializers by name, and what this process has used: memory in bytes, CPU seconds in all."""
    spent = {"peak_bytes": peak_memory(), "cpu_seconds": time.process_time()}
    return spent, _trainers[0].initializers(averaged=averaged)


COMMANDS: dict[str, Callable[..., Any]] = {
    "begin_training": begin,
    "step": take_step,
    "read_state": read_state,
    "set_state": set_state,
    "read_weights": read_weights,
}
