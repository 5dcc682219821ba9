"""Name the largest face of images: python use.py IMAGE... (needs numpy, onnxruntime and pillow)."""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image, ImageOps

onnxruntime.set_default_logger_severity(3)
folder = Path(__file__).parent
people = json.loads((folder / "people.json").read_text(encoding="utf-8"))
detector, embedder = (onnxruntime.InferenceSession(folder / f"{name}.onnx") for name in ("detector", "embedder"))
template, known = np.array(people["template"]), np.array(people["vectors"])


def find_points(image):
    """Return eyes, nose and corners of the mouth [5,2] of the largest face, in pixels; None where there is no face."""
    scale = 160 / max(image.size)  # in a square of 320 pixels, with as much black around it
    canvas, faces = np.zeros((320, 320, 3), np.float32), []
    small = np.asarray(image.resize([max(1, round(side * scale)) for side in image.size], Image.Resampling.BOX))
    canvas[80 : 80 + small.shape[0], 80 : 80 + small.shape[1]] = small[..., ::-1]
    values = detector.run(None, {"input": canvas.transpose(2, 0, 1)[None]})
    found = {output.name: value[0] for output, value in zip(detector.get_outputs(), values, strict=True)}
    for stride in (8, 16, 32):
        scores = np.sqrt(found[f"cls_{stride}"] * found[f"obj_{stride}"]).ravel()
        for index in np.flatnonzero(scores > 0.6):
            cell = np.array([index % (320 // stride), index // (320 // stride)])
            size = np.exp(found[f"bbox_{stride}"][index, 2:]).prod() * stride**2 * scores[index]
            faces.append((size, ((found[f"kps_{stride}"][index].reshape(5, 2) + cell) * stride - 80) / scale))
    return max(faces, key=lambda face: face[0])[1] if faces else None


def embed(image, points):
    """Return the face's 128 numbers, those of its mirror image added, length 1."""
    x, y = template - template.mean(0), points - points.mean(0)
    a, b = (x * y).sum() / (x**2).sum(), (x[:, 0] * y[:, 1] - x[:, 1] * y[:, 0]).sum() / (x**2).sum()
    left, top = points.mean(0) - np.array([[a, -b], [b, a]]) @ template.mean(0)
    face = image.transform((112, 112), Image.Transform.AFFINE, (a, -b, left, b, a, top), Image.Resampling.BILINEAR)
    pixels = np.asarray(face, np.float32).transpose(2, 0, 1)
    both = np.stack([embedder.run(None, {"data": view[None]})[0][0] for view in (pixels, pixels[..., ::-1].copy())])
    total = (both / np.linalg.norm(both, axis=1, keepdims=True)).sum(0)
    return total / np.linalg.norm(total)


for path in sys.argv[1:] or sys.exit(__doc__):
    image = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    points = find_points(image)
    cosines = np.zeros(1) if points is None else known @ embed(image, points)
    sure = cosines.max() >= people["threshold"]
    print(path, people["names"][int(cosines.argmax())] if sure else "unknown", f"{cosines.max():.3f}")
