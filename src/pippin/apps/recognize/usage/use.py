"""Name images: python use.py IMAGE... (needs numpy, onnxruntime and pillow)."""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image, ImageOps

folder = Path(__file__).parent
facts = json.loads((folder / "recognize.json").read_text(encoding="utf-8"))
session = onnxruntime.InferenceSession(folder / "recognize.onnx")
for path in sys.argv[1:]:
    image = ImageOps.exif_transpose(Image.open(path)).convert("RGBA")
    on_white = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    square = on_white.resize((facts["side"], facts["side"]), Image.Resampling.BILINEAR)
    pixels = np.asarray(square, np.float32).transpose(2, 0, 1)[None] * np.float32(facts["range"] / 255)
    (probabilities,) = session.run(["probabilities"], {"pixels": pixels})
    print(path, facts["labels"][int(probabilities.argmax())], f"{probabilities.max():.3f}")
