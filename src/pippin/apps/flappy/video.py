"""Games as videos: played again from their decisions, frame by frame; as GIF, MP4, or text on a terminal."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from pippin.apps.flappy.config import FlappyConfig
from pippin.apps.flappy.rules import HEIGHT, WIDTH, Rules
from pippin.apps.flappy.simulator import Simulator
from pippin.apps.flappy.sprites import draw_score, frame
from pippin.core.errors import missing_extra

RATE = 30  # frames a second, as the real game is played
MAX_FRAMES = 20 * RATE  # frames of a GIF: the rest would be megabytes of the same


def screens(config: FlappyConfig, seed: int, actions: Iterable[int]) -> Iterator[np.ndarray]:
    """Yield every frame of a game, uint8 (512, 288, 3), with the score drawn on it as the real game does for people."""
    rules = Rules.of(config)
    simulator = Simulator(1, rules, skip=1, cap=config.max_pipes)
    simulator.begin([0], [seed])
    yield draw_score(frame(simulator.games[0], rules.gap), 0)
    for action in actions:
        for part in range(config.frames_a_decision):
            outcome = simulator.step(np.array([action if part == 0 else 0]))
            yield draw_score(frame(simulator.games[0], rules.gap), int(simulator.games[0].score))
            if outcome.crashed[0]:
                return


def gif(config: FlappyConfig, seed: int, actions: Iterable[int]) -> bytes:
    """Return the first 20 seconds of a game, at half size and 15 frames a second."""
    from PIL import Image

    taken = islice(screens(config, seed, actions), 0, MAX_FRAMES, 2)
    first, *rest = (Image.fromarray(screen[::2, ::2]).quantize(64) for screen in taken)
    file = io.BytesIO()
    first.save(file, "GIF", save_all=True, append_images=rest, duration=2000 // RATE, loop=0)
    return file.getvalue()


def write_gif(config: FlappyConfig, seed: int, actions: Iterable[int], path: Path) -> None:
    """Write what `gif` returns to a file."""
    path.write_bytes(gif(config, seed, actions))


def mp4(images: Iterable[np.ndarray]) -> bytes:
    """Return frames, uint8 (512, 288, 3), as H.264 in MP4, 30 a second."""
    try:
        import av
    except ImportError as problem:
        raise missing_extra("av", "flappy", "Writing MP4") from problem

    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as film:
        stream = film.add_stream("libx264", rate=RATE, width=WIDTH, height=HEIGHT, pix_fmt="yuv420p")
        for image in images:
            film.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        film.mux(stream.encode())
    return file.getvalue()
