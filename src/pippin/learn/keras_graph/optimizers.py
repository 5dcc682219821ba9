"""SGD, AdamW and Muon in TensorFlow, each step as `learn.nn.training_loop` has PyTorch take it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

ITERATIONS, A, B, C = 5, 3.4445, -4.7750, 2.0315  # of Newton-Schulz, as in learn.nn.muon
MOMENTUM = 0.9


class Slots:
    """What an optimizer remembers of each variable; `ranks` are those of the weights in the graph."""

    def __init__(self, variables: Mapping[str, Any], ranks: Mapping[str, int]) -> None:
        self.variables, self.ranks = variables, ranks
        self.first = {name: tf.Variable(tf.zeros_like(one)) for name, one in variables.items()}
        self.second = {name: tf.Variable(tf.zeros_like(one)) for name, one in variables.items()}
        self.count = tf.Variable(0.0)

    def arrays(self) -> dict[str, Any]:
        """Return all variables by name."""
        found = {f"first.{name}": one for name, one in self.first.items()}
        return found | {f"second.{name}": one for name, one in self.second.items()} | {"count": self.count}


Gradients = Mapping[str, Any]


def sgd(slots: Slots, gradients: Gradients, rate: Any, decay: float) -> None:
    """Take a step of gradient descent with Nesterov's momentum; the decay is part of the gradient."""
    for name, gradient in gradients.items():
        if gradient is None:
            continue
        variable, momentum = slots.variables[name], slots.first[name]
        whole = gradient + decay * variable if decay else gradient
        momentum.assign(MOMENTUM * momentum + whole)
        variable.assign_sub(rate * (whole + MOMENTUM * momentum))


def adamw(slots: Slots, gradients: Gradients, rate: Any, decay: float) -> None:
    """Take a step of AdamW (Loshchilov and Hutter, 2019)."""
    slots.count.assign_add(1.0)
    for name, gradient in gradients.items():
        if gradient is not None:
            _adamw(slots, name, gradient, rate, decay)


def _adamw(slots: Slots, name: str, gradient: Any, rate: Any, decay: float) -> None:
    variable, first, second = slots.variables[name], slots.first[name], slots.second[name]
    if decay:
        variable.assign(variable * (1 - rate * decay))
    first.assign(first + 0.1 * (gradient - first))
    second.assign(0.999 * second + 0.001 * gradient * gradient)
    scale = tf.sqrt(second / (1 - tf.pow(0.999, slots.count))) + 1e-8
    variable.assign_sub(rate / (1 - tf.pow(0.9, slots.count)) * first / scale)


def muon(slots: Slots, gradients: Gradients, rate: Any, decay: float, rest: float = 0.1) -> None:
    """Take a step of Muon for convolutions, of AdamW at `rest` times the rate for all else; see learn.nn.muon."""
    slots.count.assign_add(1.0)
    for name, gradient in gradients.items():
        if gradient is None:
            continue
        if slots.ranks[name] == 4:
            _orthogonal_step(slots, name, gradient, rate, decay)
        else:
            _adamw(slots, name, gradient, rate * rest, decay if slots.ranks[name] > 1 else 0.0)


def _orthogonal_step(slots: Slots, name: str, gradient: Any, rate: Any, decay: float) -> None:
    variable, momentum = slots.variables[name], slots.first[name]
    momentum.assign(MOMENTUM * momentum + gradient)
    whole = tf.transpose(gradient + MOMENTUM * momentum, (3, 2, 0, 1))  # [h,w,in,out] to [out,in,h,w]
    shape = tuple(int(side) for side in whole.shape)
    rows, columns = shape[0], int(np.prod(shape[1:]))
    update = tf.transpose(tf.reshape(orthogonal(tf.reshape(whole, (rows, columns))), shape), (2, 3, 1, 0))
    variable.assign(variable * (1 - rate * decay) - rate * max(1.0, rows / columns) ** 0.5 * update)


def orthogonal(matrix: Any) -> Any:
    """Return the matrix [m,n] with its singular values moved near 1, by Newton-Schulz iteration."""
    tall = matrix.shape[0] > matrix.shape[1]
    x = tf.transpose(matrix) if tall else matrix
    x = x / (tf.norm(x) + 1e-7)
    for _ in range(ITERATIONS):
        gram = tf.matmul(x, x, transpose_b=True)
        x = A * x + tf.matmul(B * gram + C * tf.matmul(gram, gram), x)
    return tf.transpose(x) if tall else x


OPTIMIZERS: dict[str, Callable[..., None]] = {"sgd": sgd, "adamw": adamw, "muon": muon}
