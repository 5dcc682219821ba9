"""Enlarge images: python use.py IMAGE... writes PNG files beside them (needs numpy, onnxruntime and pillow).

Each image is enlarged whole, which takes about 2 GB of memory for each of its megapixels. Pippin then corrects the
local mean of the result, which matters for dithers and halftones; this program does not. How much of what the network
adds is added (`strength`), and how much noise it takes away (`denoise`: auto, or 0 to 1), stand in upscale.json.
"""

import io
import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image, ImageOps

folder = Path(__file__).parent
facts = json.loads((folder / "upscale.json").read_text(encoding="utf-8"))
names = ["upscale", *(["estimator"] if facts["experts"] else []), *(["clean"] if "clean" in facts else [])]
sessions = {name: onnxruntime.InferenceSession(folder / f"{name}.onnx") for name in names}


def estimate(planes):
    """Estimate what an image [3,h,w] went through by its most detailed tiles: the condition that the network takes."""
    side = min(96, *planes.shape[1:])
    grid = [np.unique(np.linspace(0, n - side, min(6, 2 * n // side)).round().astype(int)) for n in planes.shape[1:]]
    tiles = np.stack([planes[:, top : top + side, left : left + side] for top in grid[0] for left in grid[1]])
    detail = sum(np.abs(np.diff(tiles, axis=axis)).sum((1, 2, 3)) for axis in (2, 3))
    best = np.argsort(-detail, kind="stable")[: (detail >= 0.2 * detail.max()).sum()]
    tiles = np.pad(tiles[best], [(0, 0)] * 2 + [(0, max(0, 24 - side))] * 2, mode="symmetric")
    parts = (tiles, tiles[: -(-len(tiles) // 3)])
    by_all, by_sharpest = (sessions["estimator"].run(["condition"], {"tiles": part})[0] for part in parts)
    return np.append((by_sharpest if by_sharpest[0] < by_all[0] else by_all)[:3], by_all[3:])


def jpeg_quality(image):
    """Read the quality of a JPEG file from its table, which encoders scale; None for other files."""
    if image.format != "JPEG":
        return None
    image_of_50 = io.BytesIO()
    Image.new("L", (8, 8)).save(image_of_50, "JPEG", quality=50)
    table, standard = (np.array(one.quantization[0]) for one in (image, Image.open(image_of_50)))
    whole = table < 255
    percent = 100 * table[whole].sum() / standard[whole].sum() if whole.any() else 5000
    return min(max(round((200 - percent) / 2 if percent < 100 else 5000 / percent), 1), 100)


def run(name, shape, planes, **more):
    """Enlarge planes [3,h,w] by one network -> what bicubic makes of them, and what to add."""
    (height, width), (radius, fold, scale) = planes.shape[1:], (shape[key] for key in ("radius", "fold", "scale"))
    padded = np.pad(planes, ((0, 0), (radius, radius), (radius, radius)), mode="symmetric")
    padded = np.pad(padded, ((0, 0), (0, height % fold), (0, width % fold)), mode="edge")
    found = sessions[name].run(["bicubic", "added"], {"picture": padded[None], **more})
    return [one[0, :, : scale * height, : scale * width] for one in found]


def enlarge(planes, quality):
    """Return bicubic's planes [3,h,w], and what the network for their condition, or half of each, adds."""
    if not facts["experts"]:
        return run("upscale", facts, planes)
    condition, limits = estimate(planes), np.array(facts["limits"])
    jpeg, denoise = facts["conditions"].index("jpeg"), facts["denoise"]
    if denoise != "auto":
        condition[[facts["conditions"].index(name) for name in ("noise", "jpeg", "earlier")]] = denoise, denoise, 0
    elif quality is not None:
        condition[jpeg], limits[jpeg] = (100 - quality) / 70, facts["jpeg_limit"]
    clean = 1 - 0.5 * (np.abs(condition) >= limits).any() - 0.5 * (np.abs(condition) >= limits * facts["sure"]).any()
    if clean == 1 and "clean" in facts:
        return run("clean", facts["clean"], planes)
    bicubic, added = run("upscale", facts, planes, condition=condition)
    if clean and "clean" in facts:
        return bicubic, (added + run("clean", facts["clean"], planes)[1]) / 2
    share = 1 - clean if facts["scale"] == 1 else 1 if clean else facts["degraded_strength"]  # at 1, clean ones stay
    return bicubic, share * added


for path in map(Path, sys.argv[1:]):
    image = Image.open(path)
    planes = np.asarray(ImageOps.exif_transpose(image).convert("RGB"), np.float32).transpose(2, 0, 1) / 255
    bicubic, added = enlarge(planes, jpeg_quality(image))
    larger = ((bicubic + facts["strength"] * added).clip(0, 1) * 255 + 0.5).astype(np.uint8).transpose(1, 2, 0)
    target = path.with_name(f"{path.stem}-x{facts['scale']}.png")
    Image.fromarray(larger).save(target)
    print(path, target)
