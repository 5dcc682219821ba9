"""Label images: python use.py IMAGE... (needs numpy, onnxruntime, pillow). For research, not for diagnosis."""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

folder = Path(__file__).parent
facts = json.loads((folder / "pathology.json").read_text(encoding="utf-8"))
session = onnxruntime.InferenceSession(folder / "pathology.onnx")
for path in sys.argv[1:]:
    square = Image.open(path).convert("RGB").resize((facts["side"],) * 2, Image.Resampling.BICUBIC, reducing_gap=3.0)
    pixels = np.asarray(square, np.float32).transpose(2, 0, 1)[None] * np.float32(facts["range"] / 255)
    (probabilities,) = session.run(["probabilities"], {"pixels": pixels})[0]
    best = int(probabilities.argmax())
    limits = np.append(facts["limits"], np.full(len(probabilities) - len(facts["limits"]), 0.5))
    found = [facts["labels"][k] for k in range(len(limits)) if probabilities[k] >= limits[k] or k == best]
    print(path, facts["labels"][best], f"{probabilities[best]:.3f}", "set:", ", ".join(found))
