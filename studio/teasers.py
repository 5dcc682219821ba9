"""What moves on the home page, computed by the built-in models: `python studio/teasers.py`.

A game that the agent played, as its decisions; a photograph made small and enlarged again; a rendered mouth with the
words read off it. Needs the extras of these applications, scikit-image (for a photograph of a cat in the public
domain, CC0) and Pillow with WebP.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from PIL import Image
from skimage import data

import pippin
from pippin.core import registry
from pippin.core.inputs import Image as ImageInput
from pippin.core.workspace import Workspace
from pippin.verbs import context
from pippin.verbs.commands import command

APPS = Path(__file__).parent / "src" / "apps"
GAME, PIPES = 2, 40
CROP = (60, 30, 444, 246)  # of the photograph: left, top, right, bottom
SCALE = 3


def written(application: str, name: str, content: bytes) -> None:
    """Write one file of an application's teaser."""
    folder = APPS / application / "teaser"
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    print(f"{application}/{name}: {len(content) / 1000:.1f} kB")


def encoded(values: Any) -> bytes:
    """Return values as a line of JSON."""
    return (json.dumps(values, ensure_ascii=False) + "\n").encode()


def webp(image: Image.Image, quality: int) -> bytes:
    """Return an image as WebP."""
    content = io.BytesIO()
    image.save(content, "WEBP", quality=quality, method=6)
    return content.getvalue()


def flown() -> None:
    """Record a game of the built-in agent: one digit for each decision, 1 for a flap."""
    (result,) = pippin.predict("flappy", GAME, cap=PIPES, model="builtin").payload["results"]
    (evidence,) = result["evidence"]
    written("flappy", "flight.json", encoded({key: evidence[key] for key in ("seed", "skip", "actions")}))


def enlarged() -> None:
    """Make a photograph small, and have it enlarged by the built-in model."""
    photograph = Image.fromarray(data.chelsea()).crop(CROP)
    small = photograph.resize((photograph.width // SCALE, photograph.height // SCALE), Image.Resampling.BICUBIC)
    content = io.BytesIO()
    small.save(content, "PNG")
    app, space, settings = registry.get("upscale"), Workspace(), {"scale": SCALE}
    loaded = context.load(app, space, context.artifact(app, space, "builtin", settings), settings)
    given = ImageInput(content=content.getvalue(), name="photograph.png", media_type="image/png")
    (answer,) = loaded.learner.predict([given])
    large = Image.open(io.BytesIO(answer.files[0].read())).convert("RGB")
    written("upscale", "before.webp", webp(small, 92))
    written("upscale", "after.webp", webp(large, 88))


def read() -> None:
    """Have a rendered mouth read that is read without an error."""
    frames = command(registry.get("lipread"), "frames")
    for number in range(12):
        report = frames({"mouth": "rendered", "number": number})
        found = report.payload
        if found["answer"] == found["truth"]:
            break
    image = Image.open(io.BytesIO(report.figures[0].content)).convert("L")
    words = [{key: word[key] for key in ("word", "first", "end")} for word in found["words"]]
    kept = {key: found[key] for key in ("frames", "columns", "width", "height", "rate")}
    written("lipread", "mouth.webp", webp(image, 70))
    written("lipread", "mouth.json", encoded({**kept, "words": words}))


if __name__ == "__main__":
    flown()
    enlarged()
    read()
