"""Run two layers in TensorFlow: python step_tensorflow.py WEIGHTS.npz STEPS prints outputs and milliseconds as JSON."""

import json
import sys
import time
from typing import Any

import numpy as np
import tensorflow as tf

tf.config.threading.set_intra_op_parallelism_threads(1)
given = np.load(sys.argv[1])
inputs, labels = tf.constant(given["inputs"]), tf.constant(given["labels"])
weights = [tf.Variable(given[name]) for name in ("w1", "b1", "w2", "b2")]


def forward() -> Any:
    """Return the outputs, before the softmax."""
    hidden = tf.nn.relu(inputs @ weights[0] + weights[1])
    return hidden @ weights[2] + weights[3]


outputs = forward().numpy().tolist()
seconds, losses = [], []
for _ in range(int(sys.argv[2])):
    began = time.perf_counter()
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=forward()))
    for weight, gradient in zip(weights, tape.gradient(loss, weights), strict=True):
        weight.assign_sub(float(given["rate"]) * gradient)
    seconds.append(time.perf_counter() - began)
    losses.append(float(loss))
told = {
    "version": tf.__version__,
    "outputs": outputs,
    "milliseconds": float(np.median(seconds)) * 1000,
    "losses": losses,
}
print(json.dumps(told))
