"""CPU time `upscale` takes for a frame of a video (640x360, 10 s, twice as wide), over the same frame as an image.

Two films are rendered: one in which all of the image moves, and one with shapes that move over a still background.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", VIPS_CONCURRENCY="1")

import argparse
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from _results import Row, write
from PIL import Image

from pippin.apps.upscale import application
from pippin.apps.upscale.learner import UpscaleLearner
from pippin.apps.upscale.sample import scene
from pippin.core.artifact import read_artifact
from pippin.core.inputs import Image as ImageInput
from pippin.learn.metrics import bootstrap

HEIGHT, WIDTH, RATE, SECONDS = 360, 640, 25, 10
IMAGES = 25  # of the film's frames, each as an image


def moving(number: int, image: np.ndarray) -> np.ndarray:
    """A camera that pans over the scene: every pixel changes."""
    return image[number : number + HEIGHT, 2 * number : 2 * number + WIDTH]


def still(number: int, image: np.ndarray) -> np.ndarray:
    """Three parts of the scene that move over a still one, as large as a face each."""
    frame = image[:HEIGHT, :WIDTH].copy()
    for place, (down, right) in enumerate(((1, 2), (0, 3), (2, 1))):
        top, left = (40 + 90 * place + down * number) % (HEIGHT - 72), (60 * place + right * number) % (WIDTH - 64)
        frame[top : top + 72, left : left + 64] = image[400:472, 100 * place : 100 * place + 64]
    return frame


def render(path: Path, frame: Callable[[int, np.ndarray], np.ndarray]) -> None:
    """Write a film as a telephone or a camera would: H.264 at a common quality."""
    image = np.asarray(scene(0, 1200))
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"crf": "20"})
        stream.height, stream.width, stream.pix_fmt = HEIGHT, WIDTH, "yuv420p"
        stream.codec_context.time_base = Fraction(1, RATE)
        for number in range(RATE * SECONDS):
            coded = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame(number, image)), "rgb24")
            coded.pts = number
            container.mux(stream.encode(coded))
        container.mux(stream.encode(None))


def split(film: Path, folder: Path) -> list[Path]:
    """Write some of the film's frames as JPEG files."""
    made = []
    with av.open(str(film)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number % (RATE * SECONDS // IMAGES) == 0:
                made.append(folder / f"{film.stem}-{number}.jpg")
                Image.fromarray(frame.to_ndarray(format="rgb24")).save(made[-1], quality=95)
    return made


def spent(learner: UpscaleLearner, path: Path, out: Path) -> float:
    """CPU seconds of this process, all threads, to answer one input and to write its file."""
    start = time.process_time()
    (answer,) = learner.predict([ImageInput.of(path)])
    assert not answer.error, answer.error
    answer.files[0].write(out / answer.files[0].name)
    return time.process_time() - start


def main() -> None:
    """Measure both films in turn with their frames as images."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", default="clean", help="the quickest: what is spent beside the network weighs most")
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    settings = application.configure({"scale": 2, "preset": chosen.preset})
    artifact = read_artifact(application.builtin_for(application.variant(settings)))
    learner = UpscaleLearner(application.config.read({**settings, **artifact.facts["config"]}))
    learner.load(artifact.part("model"))
    rows, kept = [], {}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "out").mkdir()
        for name, frame, what in (
            ("moving", moving, "all of it moves"), ("still", still, "shapes move over a still background")
        ):  # fmt: skip
            film = folder / f"{name}.mp4"
            render(film, frame)
            images = split(film, folder)
            spent(learner, images[0], folder / "out")  # the first time costs more
            by_frame, by_image = [], []
            for _ in range(chosen.rounds):
                half = len(images) // 2
                before = [spent(learner, image, folder / "out") for image in images[:half]]
                by_frame.append(spent(learner, film, folder / "out") / (RATE * SECONDS))
                after = [spent(learner, image, folder / "out") for image in images[half:]]
                by_image.append(float(np.mean(before + after)))
                print(name, by_frame[-1], by_image[-1], flush=True)
            ratio = bootstrap(lambda values: float(values.mean()), np.array(by_frame) / np.array(by_image))
            note = f"{np.mean(by_frame):.3f} CPU s a frame; as an image {np.mean(by_image):.3f}; {chosen.rounds} runs"
            title = f"640x360, 10 s, x2 `{chosen.preset}`, {what}: CPU time a frame over the same frame as an image"
            rows.append(Row(title, ratio.value, "×", ratio.low, ratio.high, "at most 1.1", note=note))
            kept[name] = {"frame": by_frame, "image": by_image}
    write("upscale_video", "Larger videos", rows, seconds=kept)


if __name__ == "__main__":
    main()
