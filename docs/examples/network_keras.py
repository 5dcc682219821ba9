"""A network of one's own in Keras: images [N, side, side, 3] from 0 to 1 in, one number a label out."""

import keras
from keras import layers


def network(side: int, labels: int) -> keras.Model:
    """Return two layers of convolutions, each halving the side, and a layer that decides."""
    return keras.Sequential(
        [
            keras.Input((side, side, 3)),
            layers.Conv2D(8, kernel_size=3, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(16, kernel_size=3, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(labels),
        ]
    )
