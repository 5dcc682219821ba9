"""Enlarge images: python use.py IMAGE... writes PNG files beside them (needs numpy, onnxruntime and pillow).

Each image is enlarged whole, which takes about 2 GB of memory for each of its megapixels.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image, ImageOps

folder = Path(__file__).parent
facts = json.loads((folder / "upscale.json").read_text(encoding="utf-8"))
session = onnxruntime.InferenceSession(folder / "upscale.onnx")
scale, radius = facts["scale"], facts["radius"]
for path in map(Path, sys.argv[1:]):
    planes = np.asarray(ImageOps.exif_transpose(Image.open(path)).convert("RGB"), np.float32).transpose(2, 0, 1) / 255
    padded = np.pad(planes, ((0, 0), (radius, radius), (radius, radius)), mode="symmetric")
    bicubic, added = session.run(["bicubic", "added"], {"picture": padded[None]})
    larger = ((bicubic + added)[0].clip(0, 1) * 255 + 0.5).astype(np.uint8).transpose(1, 2, 0)
    target = path.with_name(f"{path.stem}-x{scale}.png")
    Image.fromarray(larger).save(target)
    print(path, target)
