"""Label images: python use.py IMAGE... (needs numpy, onnxruntime, pillow). Research and education, not for diagnosis."""

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
    found = [label for label, p, limit in zip(facts["labels"], probabilities, facts["limits"]) if p >= limit]
    print(path, facts["labels"][best], f"{probabilities[best]:.3f}", "set:", ", ".join(found) or "empty")
