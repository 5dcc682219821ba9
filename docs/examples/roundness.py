"""An expert's features for apples and balls: how round a thing is, how red, and whether it has a stem.

Try it beside what a network finds out by itself:

    pippin recognize compare PHOTOS --features docs/examples/roundness.py
"""

import numpy as np
from skimage.color import rgb2hsv
from skimage.filters import threshold_otsu
from skimage.measure import label, regionprops
from skimage.transform import resize


def features(image):
    """A picture (PIL, RGB) as a few numbers with names; the same names for every picture."""
    rgb = resize(np.asarray(image), (96, 96), anti_aliasing=True)
    hue, saturation, value = np.moveaxis(rgb2hsv(rgb), 2, 0)
    thing = silhouette(rgb)
    whole = regionprops(thing.astype(int))[0]
    inside = thing > 0
    redness = ((hue < 0.05) | (hue > 0.93)) & (saturation > 0.35)
    return {
        # A disc fills 79 % of its box, is as wide as high, and has the least outline for its area.
        "fills its box": whole.extent,
        "longer than wide": whole.eccentricity,
        "roundness": 4 * np.pi * whole.area / max(whole.perimeter, 1) ** 2,
        "red": redness[inside].mean(),
        "green": ((hue > 0.17) & (hue < 0.45) & (saturation > 0.25))[inside].mean(),
        "yellow or orange": ((hue > 0.05) & (hue < 0.17) & (saturation > 0.35))[inside].mean(),
        "white": ((saturation < 0.15) & (value > 0.7))[inside].mean(),
        "black": (value < 0.2)[inside].mean(),
        "pattern": np.abs(np.diff(value, axis=1))[:, 1:][inside[:, 2:]].mean(),
        "stem": stem(thing, value),
    }


def silhouette(rgb):
    """Where the thing is (1) and is not (0): what differs from the colour of the rim, its largest piece."""
    rim = np.concatenate([rgb[0], rgb[-1], rgb[:, 0], rgb[:, -1]])
    unlike = np.linalg.norm(rgb - np.median(rim, axis=0), axis=2)
    pieces = label(unlike > threshold_otsu(unlike))
    if pieces.max() == 0:  # a picture of one colour
        return np.ones(pieces.shape, int)
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    return (pieces == sizes.argmax()).astype(int)


def stem(thing, value):
    """How much thinner, and darker, the top of the thing is than its middle: an apple's stem is both."""
    rows = np.flatnonzero(thing.any(axis=1))
    top = thing[rows[0] : rows[0] + max(3, len(rows) // 12)]
    widest = thing.sum(axis=1).max()
    thin = 1 - top.sum(axis=1).mean() / widest
    dark = value[thing > 0].mean() - value[rows[0] : rows[0] + len(top)][top > 0].mean()
    return thin + dark
