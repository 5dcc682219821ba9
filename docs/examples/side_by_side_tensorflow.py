"""The same small network in TensorFlow: a layer, a loss, a gradient, a step."""

import keras
import numpy as np
import tensorflow as tf

rng = np.random.default_rng(0)
inputs, labels = rng.normal(size=(6, 4)).astype("float32"), np.array([0, 1, 2, 0, 1, 2])
first, last = rng.normal(size=(4, 5)).astype("float32"), rng.normal(size=(5, 3)).astype("float32")

layers = [keras.layers.Dense(5, activation="relu", use_bias=False), keras.layers.Dense(3, use_bias=False)]
network = keras.Sequential([keras.Input((4,)), *layers])
network.set_weights([first, last])
optimizer = keras.optimizers.SGD(0.1)

for step in range(3):
    with tf.GradientTape() as tape:
        outputs = network(inputs)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, outputs))
    gradients = tape.gradient(loss, network.trainable_variables)
    print(f"step {step}: loss {float(loss):.4f}, gradient {float(gradients[1][0, 0]):+.4f}")
    optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))
