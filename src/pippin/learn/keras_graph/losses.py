"""Losses in TensorFlow, as PyTorch defines them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf


def _smoothed(logits: Any, right: Any, smoothing: float) -> Any:
    """Return the cross-entropy of logits [...,L] and indices, a share of each label given to all alike."""
    chances = tf.nn.log_softmax(logits, axis=-1)
    own = -tf.gather(chances, tf.cast(right, tf.int32), axis=-1, batch_dims=len(right.shape))
    if not smoothing:
        return own
    return (1 - smoothing) * own - smoothing * tf.reduce_mean(chances, axis=-1)


def cross_entropy(logits: Any, right: Any, smoothing: float = 0.0) -> Any:
    """Return the mean cross-entropy of logits [N,L] and indices [N]."""
    return tf.reduce_mean(_smoothed(logits, right, smoothing))


def mean_squared(outputs: Any, right: Any) -> Any:
    """Return the mean squared difference of outputs [N,1] or [N] from numbers [N]."""
    return tf.reduce_mean((tf.reshape(outputs, tf.shape(right)) - right) ** 2)


def members(outputs: Any, right: Any, fold: Any, smoothing: float = 0.0, numbers: bool = False) -> Any:
    """Return the loss of several members [K,N,L] side by side, of which member k does not count rows of fold k."""
    count = outputs.shape[0] or tf.shape(outputs)[0]
    counted = tf.cast(tf.cast(fold, tf.int32)[None] != tf.range(count)[:, None], tf.float32)
    if numbers:
        errors = (outputs[..., 0] - tf.cast(right, tf.float32)) ** 2
    else:
        shape = tf.shape(outputs)[:2]
        errors = _smoothed(outputs, tf.broadcast_to(right[None], shape), smoothing)
    return tf.reduce_sum(errors * counted) / tf.maximum(tf.reduce_sum(counted), 1)


LOSSES: dict[str, Callable[..., Any]] = {
    "cross_entropy": cross_entropy,
    "mean_squared": mean_squared,
    "members": members,
}
